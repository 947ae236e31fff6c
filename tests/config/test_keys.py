"""Secrets a demonstration draws for itself."""

import os
from pathlib import Path

import pytest

from educonnect.config import env, keys


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*keys.NAMES, "SAML_KEY", "SAML_CERTIFICATE"):
        monkeypatch.delenv(f"EDUCONNECT_{name}", raising=False)
        monkeypatch.setenv(f"EDUCONNECT_{name}_FILE", "")
        monkeypatch.delenv(f"EDUCONNECT_{name}_FILE")
    keys.provide(tmp_path)
    return tmp_path


def test_each_is_different_marked_and_readable_by_us_alone(drawn: Path) -> None:
    values = [env.secret(name) for name in keys.NAMES]

    assert all(value.startswith(keys.MARK) for value in values)
    assert len(set(values)) == len(values)
    assert {path.stat().st_mode & 0o777 for path in (drawn / "keys").iterdir()} == {0o600}
    assert (drawn / "keys").stat().st_mode & 0o077 == 0


def test_they_are_drawn_once(drawn: Path) -> None:
    first = [env.secret(name) for name in keys.NAMES]
    for name in keys.NAMES:
        del os.environ[f"EDUCONNECT_{name}_FILE"]

    keys.provide(drawn)

    assert [env.secret(name) for name in keys.NAMES] == first


def test_a_value_the_environment_gives_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUCONNECT_PEPPER", "p" * 40)

    keys.provide(tmp_path)

    assert env.secret("PEPPER") == "p" * 40
    assert not (tmp_path / "keys" / "pepper").exists()
