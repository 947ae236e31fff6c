"""The statements that every sign-in and every visit takes, one for each step."""

from educonnect.statements import UNHURRIED

_LIVE = """
SELECT session.digest, session.sid, session.account_id, session.epoch, session.stage, session.method, session.shared,
       session.authenticated_at, session.last_seen_at, session.expires_at, session.waiting_id, session.draft,
       account.kind, account.username, COALESCE(pupil.first_name, guardian.first_name, ''),
       COALESCE(NULLIF(pupil.used_name, ''), pupil.family_name,
                NULLIF(guardian.used_name, ''), guardian.family_name, ''),
       account.epoch, account.closed_at IS NOT NULL
FROM {source} session
JOIN accounts_account account ON account.id = session.account_id
LEFT JOIN population_pupil pupil ON pupil.id = account.pupil_id
LEFT JOIN population_guardian guardian ON guardian.id = account.guardian_id
"""
READ = _LIVE.format(source="sessions_session") + "WHERE session.digest = %s"

# The former session of this browser goes, and the services of the same person share the new one; the requests that
# other accounts began in it go too; the one that waits is this account's from now on; the new session is written.
# All or nothing, in one statement.
_OPENING = """
WITH same AS (
  SELECT FROM sessions_session WHERE digest = %(former)s AND account_id = %(account)s
), shares AS (
  DELETE FROM sessions_participation WHERE session_id = %(former)s AND NOT EXISTS (SELECT FROM same)
), kept AS (
  UPDATE sessions_participation SET session_id = %(digest)s
  WHERE session_id = %(former)s AND EXISTS (SELECT FROM same)
), former AS (
  DELETE FROM sessions_session WHERE digest = %(former)s
), dropped AS (
  DELETE FROM sessions_waiting
  WHERE (id = %(waiting)s OR browser = %(browser)s) AND began_as_id IS NOT NULL AND began_as_id <> %(account)s
  RETURNING id
), untied AS (
  UPDATE sessions_session SET waiting_id = NULL
  WHERE waiting_id IN (SELECT id FROM dropped) AND digest <> %(former)s
), named AS (
  UPDATE sessions_waiting SET began_as_id = %(account)s
  WHERE id = %(waiting)s AND (began_as_id IS NULL OR began_as_id = %(account)s) RETURNING id
), opened AS (
INSERT INTO sessions_session (digest, sid, account_id, epoch, stage, method, shared, device, authenticated_at,
                              last_seen_at, expires_at, waiting_id, draft)
VALUES (%(digest)s, %(sid)s, %(account)s, %(epoch)s, %(stage)s, %(method)s, %(shared)s, %(device)s,
        %(authenticated_at)s, %(now)s, %(expires_at)s, (SELECT id FROM named), %(draft)s::jsonb)
RETURNING *
)
"""
OPEN = _OPENING + _LIVE.format(source="opened")

# a request that a crash of the database forgets is asked again by its service's page
WAIT = f"""
INSERT INTO sessions_waiting (id, browser, provider_id, protocol, request, created_at, expires_at)
SELECT %(id)s, %(browser)s, %(provider)s, %(protocol)s, %(request)s::jsonb, %(created_at)s, %(expires_at)s FROM first
WHERE {UNHURRIED}
"""  # noqa: S608 - constants

# the same request, by the same browser
AGAIN = """
SELECT id FROM sessions_waiting
WHERE browser = %s AND provider_id = %s AND request = %s::jsonb AND expires_at > %s
"""

WAITING = """
SELECT id, browser, protocol, began_as_id, confirmed_by, created_at, expires_at, provider_id, request
FROM sessions_waiting WHERE id = %s AND expires_at > %s
"""

# the same work whether or not the username exists; what the try leads to is written after it
NAME = f"""
WITH named AS (
  UPDATE sessions_waiting SET began_as_id = (SELECT id FROM accounts_account WHERE username = %(username)s)
  WHERE id = %(waiting)s AND browser = %(browser)s AND expires_at > %(now)s AND began_as_id IS NULL
  RETURNING id, began_as_id
)
SELECT waiting.id, waiting.browser, waiting.protocol, COALESCE(named.began_as_id, waiting.began_as_id),
       waiting.confirmed_by, waiting.created_at, waiting.expires_at, waiting.provider_id, waiting.request,
       named.id IS NOT NULL
FROM sessions_waiting waiting LEFT JOIN named ON named.id = waiting.id
WHERE waiting.id = %(waiting)s AND waiting.browser = %(browser)s AND waiting.expires_at > %(now)s
  AND {UNHURRIED}
"""  # noqa: S608 - constants

TAKE = """
first AS (
  DELETE FROM sessions_waiting
  WHERE id = %(taken)s AND (began_as_id IS NULL OR began_as_id = %(taken_by)s) RETURNING id
), untied AS (
  UPDATE sessions_session SET waiting_id = NULL WHERE waiting_id IN (SELECT id FROM first)
)
"""
