"""A database of its own for a bench or a measured server: fresh, migrated, gone at the end."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def folder(name: str) -> Iterator[Path]:
    """A temporary data folder that PostgreSQL may enter when it runs under another user; removed at the end."""
    path = Path(tempfile.mkdtemp(prefix=f"educonnect-{name}-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def fresh(name: str, **settings: str) -> Iterator[Path]:
    """Start an empty, migrated database and set Django up on it, for this process; yields the data folder.

    Must come before anything imports Django's settings. `settings` are operator settings without their prefix, such as
    `ARGON2_TIME="1"`. What other programs left in the environment about EduConnect is put aside.
    """
    if "educonnect.config.settings" in sys.modules:
        raise RuntimeError("Django is already set up: open the store before importing anything that needs it")
    with folder(name) as data_dir:
        for key in [key for key in os.environ if key.startswith("EDUCONNECT_") or key == "DATABASE_URL"]:
            del os.environ[key]
        os.environ.update({f"EDUCONNECT_{key}": value for key, value in settings.items()})
        os.environ["EDUCONNECT_DATA_DIR"] = str(data_dir)
        os.environ["DJANGO_SETTINGS_MODULE"] = "educonnect.config.settings"
        from educonnect.config import embedded

        with embedded.running(data_dir) as url:
            os.environ["DATABASE_URL"] = url
            migrate()
            import django

            django.setup()
            yield data_dir
            from django.db import connections

            connections.close_all()


def migrate() -> None:
    """Make the tables, in a process of its own so that what it loads weighs on no measure."""
    educonnect("migrate", "--verbosity", "0")


def educonnect(*words: str) -> None:
    """Run one `educonnect` command in a process of its own, on the database of this environment."""
    code = "import sys; from educonnect.config.cli import main; sys.argv[0] = 'educonnect'; main()"
    subprocess.run([sys.executable, "-c", code, *words], check=True, cwd=ROOT)
