"""The console script `educonnect`: Django's commands under our name, with the database they need."""

import os
import sys
from pathlib import Path

WITHOUT_DATABASE = {
    "help",
    "--help",
    "-h",
    "--version",
    "makemigrations",
    "compilemessages",
    "makemessages",
    "demo-files",
}


def main() -> None:
    """Run one command; start the embedded database around it where no DATABASE_URL is given."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "educonnect.config.settings")
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in WITHOUT_DATABASE or os.environ.get("DATABASE_URL"):
        execute_from_command_line(sys.argv)
        return
    from educonnect.config import embedded

    data_dir = Path(os.environ.get("EDUCONNECT_DATA_DIR", Path(__file__).resolve().parents[2] / "var")).resolve()
    with embedded.running(data_dir):
        execute_from_command_line(sys.argv)
