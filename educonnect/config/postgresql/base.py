"""Django's PostgreSQL backend, which asks an idle connection for its health without a round trip, and lets a prepared
statement be planned once."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection kept for many requests."""

    def init_connection_state(self) -> None:
        """What holds for the whole connection.

        Left to choose, PostgreSQL plans most of our prepared statements again at each call, which costs more than
        running them; all of them look rows up by their keys, and one plan serves every value. Nothing else is
        prepared: the ORM writes its values into its statements.
        """
        super().init_connection_state()
        with self.cursor() as cursor:
            cursor.execute("SET plan_cache_mode = force_generic_plan")

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
