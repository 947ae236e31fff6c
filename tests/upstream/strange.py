"""A provider that may answer anything at all: right by default, each thing it says can be changed."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwk, jws

from educonnect.upstream.rules import Upstream

SECRET = "s" * 64
KEYS: dict[str, Any] = {}


def key(name: str = "one", alg: str = "RS256") -> Any:
    """A key of tests, made once."""
    if (name, alg) not in KEYS:
        parameters = {"kid": name, "use": "sig", "alg": alg}
        made = (
            jwk.RSAKey.generate_key(2048, parameters) if alg == "RS256" else jwk.ECKey.generate_key("P-256", parameters)
        )
        KEYS[name, alg] = made
    return KEYS[name, alg]


@dataclass
class Reply:
    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class Strange:
    """What it answers is in attributes; `asked` keeps what it was asked."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}/api/v2"
        self.alg = "RS256"
        self.signer = key()
        self.published = [key()]
        self.header: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.person: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.nonce = ""
        self.replies: dict[str, Callable[[], Reply]] = {}
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []

    def upstream(self, **values: Any) -> Upstream:
        return Upstream(
            **{
                "name": "proconnect",
                "label": "ProConnect",
                "issuer": self.issuer,
                "client_id": "educonnect",
                "client_secret": SECRET,
                "alg": self.alg,
                "scope": "openid given_name usual_name email uid siret idp_id",
                "acr": ("eidas1-mfa", "eidas1"),
                "asks_claims": True,
                "stand_in": True,
            }
            | values
        )

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.alg, "kid": self.signer.kid} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        return jws.serialize_compact(header, json.dumps(claims).encode(), self.signer, algorithms=[header["alg"]])

    def id_claims(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "educonnect",
            "sub": "agent-1",
            "exp": now + 60,
            "iat": now,
            "nonce": self.nonce,
            "acr": "eidas1-mfa",
            "amr": ["pwd", "mfa"],
            "auth_time": now,
        } | self.claims
        return {name: value for name, value in claims.items() if value is not None}

    def person_claims(self) -> dict[str, Any]:
        claims = {
            "iss": self.issuer,
            "aud": "educonnect",
            "sub": "agent-1",
            "given_name": "Maude",
            "usual_name": "VALDAIRE",
            "email": "maude.valdaire@ac.invalid",
            "siret": "13002526500013",
        } | self.person
        return {name: value for name, value in claims.items() if value is not None}

    def answer(self, path: str) -> Reply:
        if path in self.replies:
            return self.replies[path]()
        if path.endswith("/.well-known/openid-configuration"):
            names = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "jwks",
                "end_session_endpoint": "session/end",
            }
            told = {"issuer": self.issuer, "authorization_response_iss_parameter_supported": True}
            return as_json(told | {name: f"{self.issuer}/{end}" for name, end in names.items()} | self.metadata)
        if path.endswith("/jwks"):
            return as_json({"keys": [one.as_dict(private=False) for one in self.published]})
        if path.endswith("/token"):
            told = {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.sign(self.id_claims())}
            return as_json(told | self.told)
        if path.endswith("/userinfo"):
            return Reply(self.sign(self.person_claims()).encode(), kind="application/jwt")
        return Reply(b"", 404)

    def said(self, end: str) -> list[dict[str, list[str]]]:
        """The forms that an address was sent."""
        return [form for path, form, _ in self.asked if path.endswith(end)]


@contextmanager
def running() -> Iterator[Strange]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = urlsplit(self.path).path
            provider.asked.append((path, parse_qs(body), dict(self.headers)))
            reply = provider.answer(path)
            try:
                self.send_response(reply.status)
                for name, value in {
                    "Content-Type": reply.kind,
                    "Content-Length": str(len(reply.body)),
                    **reply.headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                pieces = [reply.body] if not reply.drip else [bytes([one]) for one in reply.body]
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    time.sleep(reply.drip)
            except OSError:
                pass  # whoever asked has left

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Strange(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
