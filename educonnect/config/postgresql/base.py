"""Django's PostgreSQL backend, which asks an idle connection for its health without a round trip."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection kept for many requests."""

    def is_usable(self) -> bool:
        """Whether the connection can serve one more request.

        A server that goes away closes its connections, which makes them readable at once; a connection with nothing
        to read is what it was after its last statement. Only what says something is asked in full.
        """
        if self.connection is None:
            return False
        state = self.connection.pgconn
        if state.status != ConnStatus.OK:
            return False
        watch = select.poll()
        watch.register(state.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not watch.poll(0) or bool(super().is_usable())
