"""The operator's commands: letters to a folder, progress, clear words."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from educonnect.accounts.models import Account
from educonnect.delegation.mandate import OutOfMandate
from educonnect.letters import pdf
from educonnect.notification.errors import NobodySelected
from educonnect.notification.models import Campaign, Download
from tests.notification.conftest import NOW, World

pytestmark = pytest.mark.django_db


def run(*words: object) -> str:
    said = io.StringIO()
    call_command(*map(str, words), stdout=said)
    return said.getvalue()


def test_letters_are_made_even_without_a_worker_and_written_for_their_owner_alone(world: World, tmp_path: Path) -> None:
    world.pupil("ABADIE", code="2DE1")
    world.pupil("BERNIER", code="2DE2")
    world.pupil("CLAIRVAL", code="2DE2", activated_at=NOW, password="x")

    said = run("notify", "--uai", world.school.pk.lower(), "--out", tmp_path / "new" / "folder")

    (path,) = (tmp_path / "new" / "folder").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert zipfile.ZipFile(path).namelist() == ["classe-2DE1.pdf", "classe-2DE2.pdf", "identifiants.csv"]
    assert "2 courriers, 2 classes." in said
    assert "déjà activés, laissés de côté : 1" in said
    assert "puis sont détruits" in said
    assert Download.objects.count() == 1


def test_filters_of_the_command_are_those_of_the_selection(world: World, tmp_path: Path) -> None:
    wanted = world.pupil("ABADIE", code="2DE1", enrolment__level="2211")
    world.pupil("ABADIE", code="2DE2", enrolment__level="2211")
    world.pupil("BERNIER", code="2DE1", enrolment__level="2211")

    run("notify", "--uai", world.school.pk, "--division", "2DE1", "--level", "2211", "--state", "opened",
        "--name", "aba", "--out", tmp_path)  # fmt: skip

    assert list(Account.objects.filter(notified_at__isnull=False)) == [wanted]


def test_one_may_not_wait_and_take_the_files_later(world: World, tmp_path: Path) -> None:
    world.pupil("ABADIE")

    said = run("notify", "--uai", world.school.pk, "--no-wait")
    campaign = Campaign.objects.get()
    waited = campaign.done
    run("files", campaign.pk, "--out", tmp_path)

    assert f"educonnect files {campaign.pk}" in said
    assert waited == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_school_nobody_knows_is_refused(db: None) -> None:
    with pytest.raises(OutOfMandate):
        run("notify", "--uai", "0750001U")


def test_nobody_to_notify_is_said(world: World) -> None:
    with pytest.raises(NobodySelected):
        run("notify", "--uai", world.school.pk)


@pytest.mark.parametrize("out", ["file", "file/folder"])
def test_a_folder_that_cannot_be_written_is_said_before_any_letter_is_voided(
    world: World, tmp_path: Path, out: str
) -> None:
    world.pupil("ABADIE")
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="écriture impossible"):
        run("notify", "--uai", world.school.pk, "--out", tmp_path / out)

    assert not Campaign.objects.exists()


def test_letters_made_stay_to_be_taken_where_a_folder_cannot_be_written(world: World, tmp_path: Path) -> None:
    world.pupil("ABADIE")
    run("notify", "--uai", world.school.pk)
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="écriture impossible"):
        run("files", Campaign.objects.get().pk, "--out", tmp_path / "file")

    run("files", Campaign.objects.get().pk, "--out", tmp_path)
    assert any(path.suffix == ".zip" for path in tmp_path.iterdir())


def test_a_press_that_fails_is_said(world: World, monkeypatch) -> None:
    world.pupil("ABADIE")

    def fails(*_: object, **__: object) -> bytes:
        raise pdf.PressFailed("no ink")

    monkeypatch.setattr(pdf, "render", fails)

    with pytest.raises(CommandError, match="no ink"):
        run("notify", "--uai", world.school.pk)
