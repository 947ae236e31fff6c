"""A real nginx with our published example, its addresses and paths changed for this machine."""

import getpass
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.nodes.processes import ROOT, ask, free_port, until

MAIN = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/educonnect.conf;
}}
"""


def example(folder: Path, port: int, nodes: Sequence[int], static: Path) -> str:
    """The example with what an operator changes in it; each change must find what it changes."""
    text = (ROOT / "deploy" / "nginx.conf.example").read_text(encoding="utf-8")
    changes = {
        "server 192.0.2.11:8000": f"server 127.0.0.1:{nodes[0]}",
        "server 192.0.2.12:8000": f"server 127.0.0.1:{nodes[1]}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "https://educonnect.example$": f"https://localhost:{port}$",
        "server_name educonnect.example": "server_name localhost",
        "/etc/ssl/educonnect": str(folder),
        "/var/log/nginx/educonnect.log": f"{folder}/access.log",
        "/var/log/nginx/educonnect-error.log": f"{folder}/errors.log",
        "/var/lib/educonnect/static/": f"{static}/",
        "/usr/share/educonnect": str(ROOT / "deploy"),
    }
    for former, new in changes.items():
        assert former in text, former
        text = text.replace(former, new)
    return text


@contextmanager
def nginx(folder: Path, port: int, nodes: Sequence[int], static: Path) -> Iterator[str]:
    """nginx on https, in front of two nodes; its address."""
    folder.mkdir(parents=True)
    _certificate(folder)
    (folder / "educonnect.conf").write_text(example(folder, port, nodes, static), encoding="utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=getpass.getuser()), encoding="utf-8")
    words = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-p", str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        base = f"https://localhost:{port}"
        until(lambda: ask(f"{base}/sante")[0] != 0 or process.poll() is not None)
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        yield base
    finally:
        process.terminate()
        process.communicate(timeout=15)


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
