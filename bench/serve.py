"""Serve a store made from a fixture, in production mode, for an outside load generator.

    python -m bench.serve --fixture FILE --port N --variant default|cheap

FILE holds `{"users": [[username, password]…], "sp": {"entity", "acs"}}`. Other keys (`clients`, `cas_service`) belong
to protocols not served yet: they are ignored, and so are absent ones. Users become activated pupils with a made-up
identity; the `sp` a SAML service that receives what the Pass Culture receives, but has no certificate: its requests are
not signed, its assertions not encrypted.

The server is `educonnect serve` as anywhere: two workers, an embedded database of its own that is gone at the end,
secrets drawn for the occasion, RSA-2048 as its peers are measured with. `cheap` sets the password hash to its cheapest,
so that what remains is the cost of the protocol. Limits stay as they are: only failures are counted against an address,
so an honest load from one address passes at any rate (the rule of the 35 pupils of one class behind one address); one
that sends wrong passwords is slowed, as it would be for anyone.

One line says `ready http://127.0.0.1:N` on standard output; SIGTERM or Ctrl-C ends it all.
"""

import argparse
import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from bench import store
from educonnect.config import keys

WORKERS = 2
CHEAPEST = {"ARGON2_TIME": "1", "ARGON2_MEMORY_KIB": "8"}
READY_SECONDS = 60
STOP_SECONDS = 10
LAST_PORT = 65535
PAIR = 2


class Stopped(BaseException):
    """The signal to stop came."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the store, serve until told to stop; the status to leave with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixture", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--variant", choices=("default", "cheap"), default="default")
    parser.add_argument(
        "--threads", type=int, default=0, help="threads of each worker; the server's own choice by default"
    )
    options = parser.parse_args(arguments)
    try:
        fixture = json.loads(options.fixture.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        parser.error(f"--fixture: {error}")
    if wrong := ill_formed(fixture):
        parser.error(f"--fixture: {wrong}")
    if not 0 < options.port <= LAST_PORT:
        parser.error(f"--port: from 1 to {LAST_PORT}")
    with (
        contextlib.suppress(OSError),
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", options.port, 1)) as probe,
    ):
        probe.connect()
        parser.error(f"--port: {options.port} is taken")

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        with store.folder("serve") as data_dir:
            os.environ.update(environment(data_dir, options.port, options.variant, fixture))
            from educonnect.config import embedded

            with embedded.running(data_dir) as url:
                os.environ["DATABASE_URL"] = url
                _prepare(data_dir, fixture)
                return _serve(options.port, options.threads)
    except Stopped:
        return 0


def ill_formed(fixture: object) -> str:
    """What is wrong with the shape of a fixture; empty if nothing is."""
    if not isinstance(fixture, dict):
        return "a JSON object is expected"
    users, sp = fixture.get("users") or [], fixture.get("sp") or {}
    pairs = isinstance(users, list) and all(isinstance(user, list) and len(user) == PAIR for user in users)
    if not pairs or not all(isinstance(word, str) and word for user in users for word in user):
        return "users: a list of [username, password] is expected"
    if len({username for username, _ in users}) != len(users):
        return "users: a username is there twice"
    if sp and not (isinstance(sp, dict) and all(isinstance(sp.get(name), str) for name in ("entity", "acs"))):
        return 'sp: {"entity", "acs"} is expected'
    return ""


def environment(data_dir: Path, port: int, variant: str, fixture: dict[str, Any]) -> dict[str, str]:
    """The settings of the server: production's, on loopback, with secrets drawn now.

    A service that takes assertions over plain http anywhere but here is refused in production, as it must be; one that
    a fixture names so is let in by demonstration mode, which serves the same but for its banner.
    """
    acs = urlsplit(str((fixture.get("sp") or {}).get("acs", "")))
    careless = acs.scheme == "http" and acs.hostname not in {"localhost", "127.0.0.1", "::1"}
    for key in [key for key in os.environ if key.startswith("EDUCONNECT_") or key in {"DATABASE_URL", "PORT"}]:
        del os.environ[key]
    key, certificate = _signing_key()
    return {
        "DJANGO_SETTINGS_MODULE": "educonnect.config.settings",
        **{
            f"EDUCONNECT_{name}": value
            for name, value in {
                "BASE_URL": f"http://127.0.0.1:{port}",
                "DATA_DIR": str(data_dir),
                "ALLOWED_HOSTS": "127.0.0.1,localhost",
                "DEMO": "1" if careless else "0",
                "EMAIL_FROM": "bench@educonnect.invalid",
                "PEPPER_PASSWORDS": "1",
                "SAML_KEY": key,
                "SAML_CERTIFICATE": certificate,
                **{name: secrets.token_hex(32) for name in keys.NAMES},
                **(CHEAPEST if variant == "cheap" else {}),
            }.items()
        },
    }


def _signing_key() -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def _prepare(data_dir: Path, fixture: dict[str, Any]) -> None:
    """Tables, static files, people, service: each in a process of its own, so that this one stays small."""
    store.migrate()
    store.educonnect("collectstatic", "--no-input", "--verbosity", "0")
    kept = data_dir / "fixture.json"
    kept.write_text(json.dumps(fixture), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "bench.serve_fill", str(kept)], check=True, cwd=store.ROOT)


def _serve(port: int, threads: int) -> int:
    words = ["serve", "--port", str(port), "--workers", str(WORKERS)]
    if threads:
        words += ["--threads", str(threads)]
    server = subprocess.Popen(
        [sys.executable, "-m", "educonnect", *words],
        cwd=store.ROOT,
        stdout=sys.stderr,
        start_new_session=True,
        env={**os.environ, "EDUCONNECT_FOLLOW_PARENT": "1"},  # it ends with us, however we end
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                sys.stderr.write("the server does not answer\n")
                return 1
            time.sleep(0.1)
        sys.stdout.write(f"ready http://127.0.0.1:{port}\n")
        sys.stdout.flush()
        return server.wait()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/connexion")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
