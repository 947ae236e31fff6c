"""What every test stands on, loaded before Django: a real PostgreSQL, its own secrets, a cheap hash."""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EDUCONNECT_TEST_DATA", ROOT / "var" / "tests"))

os.environ["EDUCONNECT_DEMO"] = "1"
os.environ["EDUCONNECT_DATA_DIR"] = str(DATA)
os.environ.setdefault("EDUCONNECT_ARGON2_TIME", "1")
os.environ.setdefault("EDUCONNECT_ARGON2_MEMORY_KIB", "8")
os.environ.setdefault("EDUCONNECT_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
for name in [key for key in os.environ if key.startswith("EDUCONNECT_BASE")]:
    del os.environ[name]

if "DATABASE_URL" not in os.environ:
    from educonnect.config import embedded

    # xdist workers inherit DATABASE_URL from the controller, which alone starts and stops the server
    _server = ExitStack()
    os.environ["DATABASE_URL"] = _server.enter_context(embedded.running(DATA, durable=False))
    atexit.register(_server.close)
