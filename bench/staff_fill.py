"""Schools, their people, their staff and what the journal says of them, made by the database itself in seconds.

Every tenth of a size is an académie of its own, made alike: a table ten times larger holds nine other académies.
"""

from datetime import date

ACADEMIE = "31"
SCHOOLS = 200  # of an académie
FULL = 20  # one school in so many has pupils
PUPILS = 1000  # each with a guardian
STAFF = 30  # of each school
PASSWORD = "quatre chats dorment au soleil"
_HEAD, _ACADEMIE_TEAM = 1, 1_000_000_000


def uai(school: int) -> str:
    """The UAI of a school; the first is the one that is looked at."""
    return f"{1000000 + school}A"


def head(school: int) -> int:
    """The number of its head."""
    return _HEAD + school * STAFF


def team(academie: int) -> int:
    """The number of somebody of an académie."""
    return _ACADEMIE_TEAM + academie


def sizes(accounts: int) -> tuple[int, int]:
    """Schools and schools with pupils that so many accounts make."""
    full = accounts // (2 * PUPILS)
    return full * FULL, full


def fill(first: int, last: int) -> None:
    """Make the schools from `first` to `last`, the latter not included, with all that is theirs."""
    from django.db import connection
    from django.utils import timezone

    from educonnect.population.rules import school_year

    year = school_year(timezone.localdate())
    values = {
        "first": first,
        "last": last,
        "academie": ACADEMIE,
        "schools": SCHOOLS,
        "full": FULL,
        "pupils": PUPILS,
        "staff": STAFF,
        "team": _ACADEMIE_TEAM,
        "year": year,
        "from": date(year, 9, 1),
        "to": date(year + 1, 8, 31),
    }
    with connection.cursor() as cursor:
        for statement in filter(str.strip, _ALL.split(";")):
            cursor.execute(statement, values)


def settle() -> None:
    """Let the database know what its tables hold, as its own worker does everywhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


_ALL = r"""
CREATE TEMPORARY TABLE s AS
SELECT n, (1000000 + n) || 'A' AS uai,
  CASE WHEN n < %(schools)s THEN %(academie)s ELSE lpad((n / %(schools)s)::text, 2, '0') END AS academie
FROM generate_series(%(first)s, %(last)s - 1) n;

CREATE TEMPORARY TABLE p AS
SELECT s.n AS school, s.uai, s.n::bigint * %(pupils)s + i + 1 AS id, i, md5(s.n || '-' || i) AS drawn
FROM s CROSS JOIN generate_series(0, %(pupils)s - 1) i WHERE s.n %% %(full)s = 0;

CREATE TEMPORARY TABLE t AS
SELECT s.n AS school, s.uai, s.academie, s.n::bigint * %(staff)s + i + 1 AS id, i
FROM s CROSS JOIN generate_series(0, %(staff)s - 1) i;

ANALYZE s; ANALYZE p; ANALYZE t;

INSERT INTO schools_school (uai, name, kind, sector, degree, departement, academie, si_instance, town, phone,
  head_title, opens_first_degree_pupils)
SELECT uai, 'École ' || n, 'LYC', CASE WHEN n %% 3 = 0 THEN 'PU' ELSE 'PR' END, 2, '0' || academie, academie, academie,
  'Ville ' || n, '', '', false FROM s;

INSERT INTO schools_division (id, school_id, year, code, label)
SELECT n * 100 + d, uai, %(year)s, '2DE' || d, '' FROM s CROSS JOIN generate_series(1, 30) d WHERE n %% %(full)s = 0;

INSERT INTO population_pupil (id, ine, former_ine, first_ine, family_name, used_name, first_name, other_names,
  birthdate, sex, birth_commune, birth_country, folded, deceased)
SELECT id, 'E' || lpad(id::text, 10, '0'), '', 'E' || lpad(id::text, 10, '0'), upper(left(drawn, 6)), '',
  right(drawn, 6), '', date '2009-01-01' + i, '1', '97209', '100', left(drawn, 6) || ' ' || right(drawn, 6), false
FROM p;

INSERT INTO population_enrolment (pupil_id, school_id, year, division_id, mef, level, source_id, started_on,
  leaving_reason)
SELECT id, uai, %(year)s, school * 100 + 1 + i %% 30, '20010018110', '2211', id, %(from)s, '' FROM p;

INSERT INTO population_guardian (id, civility, family_name, used_name, first_name, mobile, email, folded, identity)
SELECT id, 'MME', upper(left(drawn, 6)), '', left(drawn, 5), '', '', left(drawn, 6) || ' ' || left(drawn, 5), '' FROM p;

INSERT INTO population_guardianship (guardian_id, pupil_id, school_id, level, kinship) SELECT id, id, uai, 1, '' FROM p;

INSERT INTO accounts_account (id, kind, pupil_id, guardian_id, username, educonnect_id, password, opened_at,
  notified_at, email, email_to_confirm, failures_since_sign_in, epoch)
SELECT 2 * id - g, CASE g WHEN 0 THEN 'pupil' ELSE 'guardian' END, CASE g WHEN 0 THEN id END, CASE g WHEN 1 THEN id END,
  'u' || id || '.' || g, drawn || drawn || md5(id || '.' || g), '', now(), now(), '', '', 0, 0
FROM p CROSS JOIN generate_series(0, 1) g;

INSERT INTO staff_staff (id, first_name, name, email, issuer, subject, password, created_at, last_signed_in_at,
  failures_since_sign_in, epoch)
SELECT id, 'Maude', 'VALDAIRE' || md5(id::text), 'personne' || id || '@ac.invalid', '', '', 'none', now(), now(), 0, 0
FROM t
UNION ALL SELECT DISTINCT %(team)s + n / %(schools)s, 'Maude', 'ABADIE',
  'equipe' || n / %(schools)s || '@ac.invalid', '', '', 'none', now(), now(), 0, 0 FROM s;

INSERT INTO staff_totp (staff_id, sealed, confirmed_at, last_step, created_at)
SELECT id, '\x00', now(), 0, now() FROM staff_staff WHERE id NOT IN (SELECT staff_id FROM staff_totp);

INSERT INTO staff_recoverycode (staff_id, digest, created_at)
SELECT id, md5(id || '-' || c) || md5(id || '+' || c), now() FROM t CROSS JOIN generate_series(1, 5) c;

INSERT INTO delegation_post (staff_id, function, title, school_id, academie, source, starts_on)
SELECT id, CASE i WHEN 0 THEN 'head' WHEN 1 THEN 'deputy' ELSE 'other' END, 'ENS', uai, '', 'sts', %(from)s FROM t
UNION ALL SELECT DISTINCT %(team)s + n / %(schools)s, 'academie', '', NULL, academie, 'file', %(from)s FROM s;

INSERT INTO delegation_delegation (staff_id, "right", school_id, whole_school, as_head, starts_on, ends_on, given_as,
  given_by_id, given_at, withdrawn_at, withdrawn_by)
SELECT id, 'administration', uai, true, false, %(from)s, %(to)s, 'head', id - i, now() - i * interval '1 day',
  CASE WHEN round > 0 THEN now() END, '' FROM t CROSS JOIN generate_series(0, 2) round WHERE i BETWEEN 2 AND 16;

INSERT INTO delegation_invitation (staff_id, digest, created_at, expires_at, used_at)
SELECT id, md5(id::text) || md5(id || '-'), now(), now() + interval '14 days', CASE WHEN i < 25 THEN now() END FROM t;

INSERT INTO delegation_suspension (staff_id, school_id, academie, "by", at, lifted_at, lifted_by)
SELECT id, uai, '', 'staff:' || id - i, now(), CASE WHEN i < 29 THEN now() END, '' FROM t WHERE i > 25;

INSERT INTO oversight_alert (cause, staff_id, school_id, academie, count, raised_at, last_at, seen_at, seen_by)
SELECT 'rows', id, uai, academie, 600, now() - i * interval '1 hour', now(), CASE WHEN i > 28 THEN now() END, ''
FROM t WHERE i > 27;

INSERT INTO sessions_staffsession (digest, sid, staff_id, epoch, stage, first, second, device, authenticated_at,
  proved_at, last_seen_at, expires_at, draft, upstream)
SELECT md5(id::text) || md5(id || '-'), gen_random_uuid(), id, 0, 'open', 'password', 'totp', '', now(), now(), now(),
  now() + interval '8 hours', '{}', '{}' FROM t WHERE i < 5;

INSERT INTO journal_entry (at, event, actor, account_id, uai, detail)
SELECT * FROM (
  SELECT now() - random() * interval '300 days' AS at, 'session.signed-in', 'account:' || id, id, '', '{}'::jsonb
  FROM (SELECT 2 * id - g AS id FROM p, generate_series(0, 1) g) a CROSS JOIN generate_series(1, 3)
  UNION ALL SELECT now() - interval '250 days', 'account.opened', 'system', 2 * id - g, uai, '{}'::jsonb
  FROM p, generate_series(0, 1) g
  UNION ALL SELECT now() - random() * interval '300 days', 'staff.signed-in', 'staff:' || id, NULL, '', '{}'::jsonb
  FROM t CROSS JOIN generate_series(1, 3)
  UNION ALL SELECT now() - random() * interval '300 days', 'account.reset',
    'staff:' || n::bigint * %(staff)s + 1 + l %% 5, 2 * (n::bigint * %(pupils)s + l + 1), uai, '{}'::jsonb
  FROM s CROSS JOIN generate_series(1, 200) l
  UNION ALL SELECT now() - random() * interval '300 days', 'rights.suspended',
    'staff:' || %(team)s + n / %(schools)s, NULL, '',
    jsonb_build_object('academie', academie, 'staff', n::bigint * %(staff)s + 30)
  FROM s
) lines ORDER BY 1;

DROP TABLE s, p, t
"""
