"""The published systemd units: read by systemd itself, hardened, and true to what the settings ask for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from educonnect.config import keys
from tests.nodes.processes import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("educonnect*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/usr/lib/educonnect/.venv/bin/educonnect"


@pytest.mark.needs("systemd")
def test_systemd_reads_every_unit_without_a_word(tmp_path: Path) -> None:
    assert len(UNITS) == 4
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "educonnect" in line] == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_gets_each_secret_in_memory_and_may_do_little_else(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    credentials = dict(re.findall(r"^LoadCredential=(\w+):(\S+)$", text, re.MULTILINE))
    files = dict(re.findall(r"^Environment=EDUCONNECT_(\w+)_FILE=%d/(\w+)$", text, re.MULTILINE))

    assert set(files) == {*keys.NAMES, "SAML_KEY", "SAML_CERTIFICATE"}
    assert set(files.values()) == set(credentials)
    for hardening in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="):
        assert f"\n{hardening}\n" in text


def test_the_program_of_the_units_is_told_what_it_knows() -> None:
    said = {word for unit in SERVICES for word in re.findall(rf"={PROGRAM} (\w+)", unit.read_text(encoding="utf-8"))}

    assert said == {"migrate", "collectstatic", "serve", "work"}
