"""The console script, in processes of its own as people run it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from educonnect.config import cli, embedded
from educonnect.delegation.mandate import OutOfMandate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="educonnect-cli-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "var"
        if (pointer := Path(folder) / "var" / "postgresql.elsewhere").exists():
            shutil.rmtree(pointer.read_text().strip())


def educonnect(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    names = ("EDUCONNECT_", "DATABASE_", "PORT")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    environment |= {"EDUCONNECT_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)} | more
    command = [sys.executable, "-m", "educonnect", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_help_lists_our_commands_in_French_and_starts_no_database(data: Path, words: tuple[str, ...]) -> None:
    done = educonnect(data, *words)

    assert done.returncode == 0
    assert done.stdout.startswith("usage : educonnect COMMANDE")
    assert all(f"\n  {name} " in done.stdout for name in ("serve", "run", "work", "demo-files"))
    assert not (data / "postgresql").exists()


@pytest.mark.slow
def test_an_unknown_command_is_one_line_and_a_failure(data: Path) -> None:
    done = educonnect(data, "notifiy")

    assert done.returncode == 2
    assert done.stderr == "educonnect : commande inconnue : « notifiy ». « educonnect help » donne la liste.\n"


@pytest.mark.slow
def test_a_command_works_without_a_running_server_and_leaves_none(data: Path) -> None:
    done = educonnect(data, "migrate", "--verbosity", "0")
    again = educonnect(data, "migrate", "--check")

    assert (done.returncode, done.stderr) == (0, "")
    assert again.returncode == 0
    assert embedded.server_pid(data) is None


@pytest.mark.slow
def test_the_first_command_of_ours_makes_the_tables_and_says_so(data: Path) -> None:
    first = educonnect(data, "provider", "list")
    again = educonnect(data, "provider", "list")

    assert (first.returncode, again.returncode) == (0, 0)
    assert "Première utilisation" in first.stderr
    assert again.stderr == ""


@pytest.mark.slow
def test_tables_of_another_version_are_said_before_anything_is_read(data: Path) -> None:
    educonnect(data, "migrate", "schools", "--verbosity", "0")

    done = educonnect(data, "import", str(data / "absent.xml"))

    assert done.returncode == 1
    assert "educonnect migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_wrong_command_line_is_one_line_in_french_that_starts_no_database(data: Path) -> None:
    done = educonnect(data, "notify", "--division", "2DE1")

    assert done.returncode == 2
    assert done.stderr == "educonnect : il manque : --uai. « educonnect notify --help » dit comment l’employer.\n"
    assert not (data / "postgresql").exists()


@pytest.mark.slow
def test_an_ill_formed_setting_is_one_line_that_names_it(data: Path) -> None:
    done = educonnect(data, "check", EDUCONNECT_SESSION_IDLE="soon")

    assert done.returncode == 1
    assert done.stderr.startswith("educonnect : EDUCONNECT_SESSION_IDLE")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_said_without_a_traceback(data: Path) -> None:
    done = educonnect(data, "migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert done.returncode == 1
    assert "la base de données ne répond pas" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_serve_finds_its_port_taken_before_it_serves(data: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = educonnect(data, "serve", "--port", str(port))

    assert done.returncode == 1
    assert f"le port {port} est déjà pris" in done.stderr
    assert embedded.server_pid(data) is None


@pytest.mark.slow
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])
def test_a_demonstration_listens_to_this_machine_alone(data: Path, host: str) -> None:
    done = educonnect(data, "serve", "--host", host)

    assert done.returncode == 1
    assert f"une démonstration n’écoute que la machine seule, et non {host}." in done.stderr


@pytest.mark.slow
def test_a_first_port_without_room_for_the_services_is_said_before_anything_starts(data: Path) -> None:
    done = educonnect(data, "run", PORT="65535")

    assert done.returncode == 1
    assert "PORT : il faut 2 ports de suite" in done.stderr
    assert not (data / "postgresql").exists()


def test_a_refusal_is_its_French_sentence_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(words: list[str]) -> int:
        raise OutOfMandate

    monkeypatch.setattr(cli, "_run", refuse)

    status = cli.run(["notify"])

    assert status == 1
    sentence = "Cette action n’est pas dans vos droits, ou cet établissement n’existe pas."
    assert capsys.readouterr().err == f"educonnect : {sentence} ({OutOfMandate.code})\n"
