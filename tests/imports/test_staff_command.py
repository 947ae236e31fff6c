"""`educonnect staff import`: what an operator reads, and whom it writes to."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from educonnect.delegation.models import Invitation, Post
from educonnect.messaging.models import OutboxMessage
from educonnect.staff.models import Staff

pytestmark = pytest.mark.django_db

HEADING = "fonction;academie;uai;nom;prenom;courriel;debut;fin"
ACADEMIE = "académie;31;;ARDENNOIS;Éloïse;eloise@ac.invalid;;"
NATION = "nation;;;BŒUFVILLE;Octave;octave@ministere.invalid;;"


def file(folder: Path, *lines: str) -> Path:
    path = folder / "postes.csv"
    path.write_text("\n".join([HEADING, *lines]), encoding="utf-8")
    return path


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("staff", "import", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_says_what_it_did_and_writes_to_each_once(tmp_path: Path) -> None:
    path = file(tmp_path, ACADEMIE, NATION)

    first, second = said(path), said(path)

    assert "Personnes : 2 (nouvelles : 2). Postes donnés : 2" in first
    assert "Invitations envoyées : 2." in first
    assert "inchangés : 2. Invitations envoyées : 0." in second
    assert Invitation.objects.count() == 2
    assert OutboxMessage.objects.filter(key__startswith="invitation:").count() == 2
    assert Post.objects.count() == 2


def test_a_dry_run_writes_to_nobody(tmp_path: Path) -> None:
    text = said(file(tmp_path, ACADEMIE), "--dry-run")

    assert "Postes donnés : 1" in text
    assert "Essai seulement" in text
    assert not any(table.objects.exists() for table in (Staff, Post, Invitation, OutboxMessage))


def test_a_wrong_line_is_shown_with_its_number_and_its_cure(tmp_path: Path) -> None:
    out = StringIO()

    with pytest.raises(CommandError, match="rien n’a été changé"):
        call_command("staff", "import", str(file(tmp_path, NATION, ACADEMIE.replace("31", "99"))), stdout=out)

    assert out.getvalue().splitlines() == [
        "BLOQUANT POSTE-ACADEMIE postes.csv, ligne 3",
        "  Le code de l’académie manque ou n’est pas connu.",
        "  → Écrivez ses deux chiffres, comme 31 pour la Martinique ; gardez le zéro du début.",
    ]
    assert not Staff.objects.exists()


def test_every_finding_goes_to_the_report(tmp_path: Path) -> None:
    report = tmp_path / "constats.csv"
    wrong = [ACADEMIE.replace("31", "99")] * 30
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("staff", "import", str(file(tmp_path, *wrong)), "--report", str(report), stdout=out)

    rows = list(csv.reader(report.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert [row[4] for row in rows[1:]] == [str(line) for line in range(2, 32)]
    assert "… 10 autres constats" in out.getvalue()


def test_a_report_never_takes_the_place_of_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, ACADEMIE)

    with pytest.raises(CommandError, match="constats"):
        said(path, "--report", path)

    assert not Staff.objects.exists()
