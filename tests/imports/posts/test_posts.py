"""A file of posts: read whatever a spreadsheet made of it, applied whole or not at all, said again without effect."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educonnect.delegation import invitations
from educonnect.delegation.mandate import OutOfMandate, mandate_for, operator_mandate
from educonnect.delegation.models import Function, Invitation, Post, Source
from educonnect.delegation.rules import Right
from educonnect.imports.findings import Finding
from educonnect.imports.posts.applying import PostsReport, import_posts
from educonnect.journal.models import Entry
from educonnect.schools.models import School
from educonnect.staff.models import Staff
from tests.delegation.factories import a_post, a_staff
from tests.imports.builders import NOW
from tests.schools.factories import SchoolFactory, uai

pytestmark = pytest.mark.django_db

HEADING = "fonction;academie;uai;nom;prenom;courriel;debut;fin"
LYCEE = uai(9720901)
ECOLE = uai(9720902)
TODAY = NOW.date()


class Post_:  # noqa: N801 - what a line says
    head = f"chef;31;{LYCEE};VALDAIRE;Maude;maude.valdaire@ac.invalid;;"
    academie = "académie;31;;ARDENNOIS;Éloïse;eloise@ac.invalid;01/09/2026;31/08/2027"
    nation = "nation;;;BŒUFVILLE;Octave;octave@ministere.invalid;;"


def load(
    folder: Path,
    *lines: str,
    heading: str = HEADING,
    encoding: str = "utf-8-sig",
    content: bytes | None = None,
    **options,
) -> tuple[PostsReport, list[tuple[str, int]], list[int]]:
    """What was done, the rules found with their lines, and who was invited."""
    path = folder / "postes.csv"
    path.write_bytes("\r\n".join([heading, *lines, ""]).encode(encoding) if content is None else content)
    invited: list[int] = []
    found: list[Finding] = []

    def invite(staff_id: int) -> None:
        invited.append(staff_id)
        Invitation.objects.create(
            staff_id=staff_id,
            digest=f"{staff_id}-{len(invited)}",
            created_at=NOW,
            expires_at=NOW + dt.timedelta(days=7),
        )

    report = import_posts(path, mandate=operator_mandate(), now=NOW, invite=invite, found=found.append, **options)
    assert all(finding.problem and finding.cure for finding in found)
    return report, [(finding.rule, finding.line) for finding in found], invited


def held() -> set[tuple[str, str, str | None, str]]:
    posts = Post.objects.filter(ended_at=None, source=Source.FILE).select_related("staff")
    return {(post.staff.email, post.function, post.school_id, post.academie) for post in posts}


@pytest.fixture
def lycee() -> School:
    return SchoolFactory(uai=LYCEE)


def test_heads_academie_and_nation_come_in_and_are_invited(tmp_path: Path, lycee: School) -> None:
    report, found, invited = load(tmp_path, Post_.head, Post_.academie, Post_.nation)

    assert (report, found) == (PostsReport(people=3, added=3, given=3, invited=3), [])
    assert held() == {
        ("maude.valdaire@ac.invalid", "head", LYCEE, ""),
        ("eloise@ac.invalid", "academie", None, "31"),
        ("octave@ministere.invalid", "nation", None, ""),
    }
    assert sorted(invited) == sorted(Staff.objects.values_list("pk", flat=True))
    academie = Post.objects.get(function=Function.ACADEMIE)
    assert (academie.starts_on, academie.ends_on) == (dt.date(2026, 9, 1), dt.date(2027, 8, 31))
    assert mandate_for(Staff.objects.get(name="VALDAIRE").pk, Right.DELEGATION, uai=LYCEE, now=NOW)
    assert Entry.objects.filter(event="post.given", actor="operator:command-line").count() == 3
    assert Entry.objects.filter(event="staff.added").count() == 3


def test_the_same_file_again_changes_nothing_and_invites_nobody(tmp_path: Path, lycee: School) -> None:
    load(tmp_path, Post_.head, Post_.academie)
    before = [list(table.objects.order_by("pk").values()) for table in (Staff, Post, Entry, Invitation)]

    report, found, invited = load(tmp_path, Post_.head, Post_.academie)

    assert (report, found, invited) == (PostsReport(people=2, kept=2), [], [])
    assert [list(table.objects.order_by("pk").values()) for table in (Staff, Post, Entry, Invitation)] == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso8859-15", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_whatever_a_spreadsheet_writes_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [Post_.academie.replace(";", separator), Post_.nation.replace(";", separator)]

    report, found, _ = load(tmp_path, *lines, heading=HEADING.replace(";", separator), encoding=encoding)

    assert (report.given, found) == (2, [])
    assert set(Staff.objects.values_list("name", "first_name")) == {("ARDENNOIS", "Éloïse"), ("BŒUFVILLE", "Octave")}


def test_columns_are_found_by_their_names_in_any_order(tmp_path: Path) -> None:
    report, found, _ = load(
        tmp_path,
        '"octave@ministere.invalid","BŒUFVILLE","Octave","Équipe nationale","05 96 00 00 00"',
        "",
        ",,,,",
        heading='"Courriel","NOM","Prénom","Fonction","Téléphone"',
    )

    assert report.given == 1
    assert found == [("POSTE-COLONNE", 1)]


def test_a_person_without_password_nor_invitation_is_invited_another_is_not(tmp_path: Path) -> None:
    a_staff(name="BŒUFVILLE", first_name="Octave", email="Octave@Ministere.invalid", password="argon2")

    report, found, invited = load(tmp_path, Post_.nation)

    assert (report, found, invited) == (PostsReport(people=1, given=1), [], [])


def test_an_address_that_an_upstream_alone_says_is_nobody_s_until_its_mailbox_was_reached(tmp_path: Path) -> None:
    told = a_staff(
        name="BŒUFVILLE", first_name="Octave", email="octave@ministere.invalid", issuer="https://x", subject="1"
    )

    report, found, invited = load(tmp_path, Post_.nation)

    newcomer = Staff.objects.exclude(pk=told.pk).get()
    assert (report.added, found, invited) == (1, [], [newcomer.pk])
    assert held_nowhere(told)

    invitations.accept_upstream(invitations.make(newcomer.pk, actor="staff:1", now=NOW), "https://x", "1", now=NOW)
    report, found, invited = load(tmp_path, Post_.nation)

    assert (report.added, report.kept, found, invited) == (0, 1, [], [])
    assert mandate_for(told.pk, Right.DELEGATION, now=NOW)


def held_nowhere(staff: Staff) -> bool:
    return not Post.objects.filter(staff=staff).exists()


def test_what_the_file_no_longer_says_of_a_person_ends_and_is_told(tmp_path: Path, lycee: School) -> None:
    both = Post_.academie.replace("académie;31;", f"chef;;{LYCEE}").replace(f"{LYCEE};;", f"{LYCEE};")
    load(tmp_path, Post_.academie, both.replace(";01/09/2026;31/08/2027", ";;"))

    report, found, _ = load(tmp_path, Post_.academie)

    assert (report.kept, report.ended) == (1, 1)
    assert found == [("POSTE-FIN", 2)]
    assert held() == {("eloise@ac.invalid", "academie", None, "31")}


def test_what_others_say_and_who_is_not_named_stay_as_they_are(tmp_path: Path, lycee: School) -> None:
    load(tmp_path, Post_.nation)
    hub = a_post(Function.HEAD, school=lycee, staff=a_staff(email="maude.valdaire@ac.invalid", name="VALDAIRE"))

    load(tmp_path, Post_.academie, Post_.head)

    hub.refresh_from_db()
    assert hub.ended_at is None
    assert ("octave@ministere.invalid", "nation", None, "") in held()


def test_a_school_nobody_knows_is_opened_and_its_head_has_no_right_before_its_base_comes(tmp_path: Path) -> None:
    ecole = f"directrice d’école;;{ECOLE};VALLON;Rose-Aimée;rose@ac.invalid;;"

    report, found, _ = load(tmp_path, Post_.head, ecole)

    assert report.given == 2
    assert found == [("POSTE-NOUVEAU", 2), ("POSTE-NOUVEAU", 3)]
    with pytest.raises(OutOfMandate):
        mandate_for(Staff.objects.get(name="VALDAIRE").pk, Right.DEPANNAGE, uai=LYCEE, now=NOW)
    assert mandate_for(Staff.objects.get(name="VALLON").pk, Right.ADMINISTRATION, uai=ECOLE, now=NOW)


def test_a_dry_run_changes_nothing_and_invites_nobody(tmp_path: Path, lycee: School) -> None:
    report, _, _ = load(tmp_path, Post_.head, dry_run=True)

    assert (report.given, report.invited) == (1, 1)
    assert not any(table.objects.exists() for table in (Staff, Post, Entry, Invitation))


WRONG = [
    ("proviseur adjoint général;31;;A;B;a@ac.invalid;;", "POSTE-FONCTION"),
    (";31;;A;B;a@ac.invalid;;", "POSTE-FONCTION"),
    ("=2+3;31;;A;B;a@ac.invalid;;", "POSTE-FONCTION"),
    ("académie;;;A;B;a@ac.invalid;;", "POSTE-ACADEMIE"),
    ("académie;99;;A;B;a@ac.invalid;;", "POSTE-ACADEMIE"),
    ("académie;1;;A;B;a@ac.invalid;;", "POSTE-ACADEMIE"),
    (f"académie;31;{LYCEE};A;B;a@ac.invalid;;", "POSTE-LIEU"),
    ("nation;31;;A;B;a@ac.invalid;;", "POSTE-LIEU"),
    ("chef;31;;A;B;a@ac.invalid;;", "POSTE-UAI"),
    (f"chef;31;{LYCEE[:-1]}Z;A;B;a@ac.invalid;;", "POSTE-UAI"),
    (f"chef;28;{LYCEE};A;B;a@ac.invalid;;", "POSTE-TERRITOIRE"),
    (f"directeur d'école;31;{LYCEE};A;B;a@ac.invalid;;", "POSTE-DEGRE"),
    ("nation;;;;B;a@ac.invalid;;", "POSTE-NOM"),
    ("nation;;;A;'-';a@ac.invalid;;", "POSTE-NOM"),
    ("nation;;;A;B;;;", "POSTE-COURRIEL"),
    ("nation;;;A;B;a@;;", "POSTE-COURRIEL"),
    ("nation;;;A;B;=a@ac.invalid,b@ac.invalid;;", "POSTE-COURRIEL"),
    ("nation;;;A;B;a@ac.invalid;31/02/2026;", "POSTE-DATE"),
    ("nation;;;A;B;a@ac.invalid;02/09/2026;01/09/2026", "POSTE-DATES"),
    ("nation;;;A;B;a@ac.invalid;;;x", "POSTE-LIGNE"),
    (Post_.nation, "POSTE-DOUBLE"),
    ("académie;31;;BŒUFVILLE;Hugues;octave@ministere.invalid;;", "POSTE-PERSONNE"),
    ("académie;31;;A;B;connue@ac.invalid;;", "POSTE-PERSONNE"),
    ("académie;31;;A;B;deux@ac.invalid;;", "POSTE-PLUSIEURS"),
    ("académie;31;;A;B;fermee@ac.invalid;;", "POSTE-FERME"),
]


@pytest.mark.parametrize(("line", "rule"), WRONG)
def test_one_wrong_line_is_told_by_its_number_and_nothing_is_done(
    tmp_path: Path, lycee: School, line: str, rule: str
) -> None:
    a_staff(name="VALDAIRE", first_name="Maude", email="connue@ac.invalid")
    for _ in range(2):
        a_staff(name="A", first_name="B", email="deux@ac.invalid")
    a_staff(name="A", first_name="B", email="fermee@ac.invalid", closed_at=NOW)
    before = Staff.objects.count()

    report, found, invited = load(tmp_path, Post_.nation, line)

    assert (report, found) == (PostsReport(refused=True), [(rule, 3)])
    assert invited == []
    assert not Post.objects.exists()
    assert Staff.objects.count() == before


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "POSTE-COLONNES"),
        (b"\xef\xbb\xbf", "POSTE-COLONNES"),
        (HEADING.encode(), "POSTE-AUCUN"),
        (b"PK\x03\x04\x00\x00", "POSTE-CSV"),
        (b"fonction;nom;prenom\nnation;A;B\n", "POSTE-COLONNES"),
        (b"fonction;nom;nom;prenom;courriel\nnation;A;A;B;a@b.fr\n", "POSTE-COLONNE-DOUBLE"),
        ((HEADING + '\nnation;;;"A"B;C;a@ac.invalid;;').encode(), "POSTE-CSV"),
        ((HEADING + '\nnation;;;"A').encode(), "POSTE-CSV"),
        ((HEADING + "\nnation;;;" + "A" * 200_000).encode(), "POSTE-CSV"),
    ],
)
def test_T71_what_is_no_file_of_posts_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    report, found, _ = load(tmp_path, content=content)

    assert report.refused
    assert [code for code, _line in found] == [rule]


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    report, found, _ = load(tmp_path, content=b"a" * (8 * 1024 * 1024 + 1))

    assert (report.refused, found) == (True, [("POSTE-FICHIER", 0)])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text(alphabet=";,\"'\n\rchefnation=@+-0129é.", max_size=200).map(str.encode))
def test_T71_whatever_the_bytes_it_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    report, found, _ = load(tmp_path, content=HEADING.encode() + b"\n" + content, dry_run=True)

    assert report.refused == any(code != "POSTE-NOUVEAU" for code, _line in found) or report.given


def test_nobody_of_the_staff_may_give_posts_by_a_file(tmp_path: Path) -> None:
    mandate = mandate_for(a_post(Function.NATION).staff_id, Right.DELEGATION, now=NOW)

    with pytest.raises(OutOfMandate):
        import_posts(tmp_path / "a.csv", mandate=mandate, now=NOW, invite=print, found=print)
