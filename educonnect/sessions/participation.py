"""Which services share a session, and what each knows it by."""

import hashlib

from educonnect.federation.models import Provider
from educonnect.sessions.sso import Current
from educonnect.statements import Also

# A service that asks again changes nothing, and writes nothing. A session that ends in this very instant keeps nobody.
_TAKING_PART = """
taking_part AS (
  INSERT INTO sessions_participation AS known (session_id, provider_id, session_index, subject, name_id, at)
  SELECT session.digest, %(provider)s, %(session_index)s,
         COALESCE(%(transient)s::varchar, %(subject)s::varchar), %(name_id)s, %(now)s
  FROM first CROSS JOIN sessions_session session
  WHERE session.sid = %(sid)s FOR KEY SHARE OF session
  ON CONFLICT (session_id, provider_id) DO UPDATE
  SET session_index = excluded.session_index, subject = excluded.subject, name_id = excluded.name_id
  WHERE (known.session_index, known.subject) <> (excluded.session_index, excluded.subject)
)
"""


def taking_part(who: Current, provider: Provider, name_id: str) -> Also:
    """What makes a provider share the session, written with the release of who its person is.

    Args:
        name_id: `transient` or `persistent`, the kind of subject that the provider is told.
    """
    return Also(
        _TAKING_PART,
        {
            "sid": who.sid,
            "session_index": session_index(who, provider),
            "transient": transient(who, provider) if name_id == "transient" else None,
            "name_id": name_id,
        },
    )


def session_index(who: Current, provider: Provider) -> str:
    """What a provider knows this session by: the same at each of its requests, and no other provider's."""
    return _drawn(who, provider, "session")


def transient(who: Current, provider: Provider) -> str:
    """What a provider that asks for no lasting name calls the person, while this session lasts."""
    return _drawn(who, provider, "subject")


def _drawn(who: Current, provider: Provider, what: str) -> str:
    """The session's own number never leaves; what is drawn from it tells nothing of it."""
    return "_" + hashlib.sha256(f"{who.sid}:{provider.pk}:{what}".encode()).hexdigest()[:32]
