"""Readers of the environment: a wrong value stops the start by its name, and no secret is repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from educonnect.config import env


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("X"), "perhaps"),
        (lambda: env.number("X", 1), "many"),
        (lambda: env.number("X", 1, least=5), "4"),
        (lambda: env.seconds("X", 1), "0"),
        (lambda: env.url("X"), "ftp://idp.example"),
        (lambda: env.url("X"), "idp.example"),
        (lambda: env.secret("X"), "short"),
        (lambda: env.choice("X", "A", among=("A", "B")), "C"),
    ],
    ids=["flag", "number", "too small", "no time", "scheme", "no scheme", "secret", "choice"],
)
def test_an_ill_formed_value_stops_the_start_by_its_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str
) -> None:
    monkeypatch.setenv("EDUCONNECT_X", value)

    with pytest.raises(ImproperlyConfigured, match="EDUCONNECT_X"):
        read()


def test_a_missing_value_stops_the_start_by_its_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="EDUCONNECT_NOWHERE"):
        env.text("NOWHERE")


def test_a_secret_too_short_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUCONNECT_X", "hunter2")

    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret("X")

    assert "hunter2" not in str(refused.value)


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("from the file\n")
    monkeypatch.setenv("EDUCONNECT_X_FILE", str(tmp_path / "x"))

    assert env.text("X") == "from the file"


def test_a_file_that_cannot_be_read_stops_the_start_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDUCONNECT_X_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(ImproperlyConfigured, match="EDUCONNECT_X_FILE"):
        env.text("X", "a default")


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", ""])
def test_a_port_is_from_1_to_65535(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)

    with pytest.raises(ImproperlyConfigured, match="PORT"):
        env.port("PORT", 8000)


def test_an_address_of_a_database_is_read_with_its_escapes() -> None:
    read = env.database("postgresql://edu:p%40ss@db.example:5433/base")

    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "edu",
        "p@ss",
        "db.example",
        "5433",
        "base",
    )


def test_another_engine_than_PostgreSQL_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database("mysql://db.example/base")


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUCONNECT_FIRST", "given")
    monkeypatch.setenv("EDUCONNECT_SECOND_FILE", "/etc/hostname")

    with pytest.raises(ImproperlyConfigured) as refused:
        env.require("FIRST", "SECOND", "THIRD", "FOURTH")

    assert str(refused.value) == "EDUCONNECT_THIRD, EDUCONNECT_FOURTH : à régler, voir docs/settings.md"


OLD, NEW = "an old secret, long enough to be one", "a new secret, long enough to be one"


def test_a_secret_without_a_version_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUCONNECT_X", OLD)

    assert env.versions("X", former=[]) == {1: OLD}


def test_a_new_version_serves_and_the_former_ones_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "former").write_text(f"2:{OLD}\n\n{OLD} still\n")
    monkeypatch.setenv("EDUCONNECT_X", f"3:{NEW}")
    monkeypatch.setenv("EDUCONNECT_X_FORMER_FILE", str(tmp_path / "former"))

    found = env.versions("X", former=env.former("X_FORMER"))

    assert found == {3: NEW, 2: OLD, 1: f"{OLD} still"}


@pytest.mark.parametrize(
    ("current", "former"),
    [(NEW, [OLD]), (f"1:{NEW}", [f"2:{OLD}"]), (f"2:{NEW}", [f"2:{OLD}"])],
    ids=["no version", "a lower one", "the same"],
)
def test_versions_that_say_nothing_clear_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, current: str, former: list[str]
) -> None:
    monkeypatch.setenv("EDUCONNECT_X", current)

    with pytest.raises(ImproperlyConfigured, match="EDUCONNECT_X") as stopped:
        env.versions("X", former=former)

    assert OLD not in str(stopped.value)
    assert NEW not in str(stopped.value)


def test_a_former_secret_too_short_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUCONNECT_X_FORMER", f"{OLD}\nshort one")

    with pytest.raises(ImproperlyConfigured, match="EDUCONNECT_X_FORMER") as stopped:
        env.former("X_FORMER")

    assert "short one" not in str(stopped.value)
