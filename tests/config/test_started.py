"""Ports, and what is written down of what runs."""

import socket
from pathlib import Path

import pytest

from educonnect.config import ports, started


def test_a_port_somebody_listens_on_is_taken_and_another_is_not() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        assert ports.taken([port]) == [port]
    assert ports.taken([port]) == []


def test_the_port_is_what_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")

    assert started.port(tmp_path) == 8123


def test_without_it_the_port_is_that_of_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    started.write(tmp_path, {"port": 8123})

    with started.alone(tmp_path) as alone:
        assert alone
        assert started.port(tmp_path) == 8123
    assert started.port(tmp_path) == started.DEFAULT_PORT


def test_one_program_at_a_time_runs_a_folder(tmp_path: Path) -> None:
    with started.alone(tmp_path), started.alone(tmp_path) as second:
        assert not second


def test_a_torn_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"port": ')

    assert started.read(tmp_path) == {}
