"""The real provider as a process: fetched once into `var`, by its lock, and set like ProConnect."""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from educonnect.upstream import rules
from educonnect.upstream.rules import Upstream
from tests.environment import ROOT, WAY_OUT

HERE = Path(__file__).with_name("provider")
SECRET = "p" * 64
PEOPLE: dict[str, dict[str, Any]] = {
    "maude": {
        "acr": "eidas1-mfa",
        "amr": ["pwd", "mfa"],
        "claims": {
            "given_name": "Maude",
            "usual_name": "VALDAIRE",
            "email": "maude.valdaire@ac.invalid",
            "uid": "mvaldaire",
            "siret": "13002526500013",
            "idp_id": "71144ab3-ee1a-4401-b7b3-79b44f7daeeb",
        },
    },
    "sans-second": {"acr": "eidas1", "amr": ["pwd"], "claims": {"given_name": "Lou", "usual_name": "BRIAND"}},
    "trop-bas": {"acr": "eidas0", "amr": ["pwd"], "claims": {"given_name": "Ali", "usual_name": "OULD"}},
    "chef": {
        "acr": "",
        "amr": ["pwd"],
        "claims": {
            "given_name": "Inès",
            "family_name": "LORMEAU",
            "email": "ines.lormeau@ac.invalid",
            "codaca": "25",
            "typensi": "G",
            "title": "PERDIR",
            "FrEduFonctAdm": "DIR",
            "FrEduRneResp": ["0780001A$UAJ$PU$N$T3$LYC$302", "0750001B$UAJ$PU$N$T3$LYC$302"],
            "FrEduResDel": ["X"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Real:
    issuer: str

    def proconnect(self, alg: str = "RS256", **values: Any) -> Upstream:
        return Upstream(
            **{
                "name": rules.PROCONNECT,
                "label": "ProConnect",
                "issuer": self.issuer,
                "client_id": alg.lower(),
                "client_secret": SECRET,
                "alg": alg,
                "scope": rules.PROCONNECT_SCOPE,
                "acr": tuple(rules.PROCONNECT_ACR.split()),
                "asks_claims": True,
                "stand_in": True,
            }
            | values
        )

    def hub(self) -> Upstream:
        values = {"label": "Guichet", "client_id": "hub", "scope": rules.HUB_SCOPE, "acr": (), "asks_claims": False}
        return self.proconnect("ES256", name="academie-25", academie="25", **values)


def fetched() -> Path:
    """The folder the provider runs in: what the lock names, fetched once for each lock."""
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("package*.json")))).hexdigest()[:16]
    folder = ROOT / "var" / "npm" / mark
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in HERE.iterdir():
            shutil.copy(path, folder)
        if not (folder / "whole").exists():
            words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
            done = subprocess.run(words, env={**os.environ, **WAY_OUT}, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm ci : {done.stderr}\nSKIP=npm leaves out what needs it"
            (folder / "whole").touch()
    return folder


@contextmanager
def running(bases: Sequence[str]) -> Iterator[Real]:
    """The provider, which knows our addresses at each of these."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    clients = [
        _client("rs256", "RS256", "proconnect", bases),
        _client("es256", "ES256", "proconnect", bases),
        _client("hs256", "HS256", "proconnect", bases),
        _client("hub", "ES256", "academie-25", bases),
    ]
    told = json.dumps({"port": port, "clients": clients, "people": PEOPLE})
    folder = fetched()
    with subprocess.Popen(
        ["node", str(folder / "provider.js"), told],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Real(f"http://127.0.0.1:{port}/api/v2")
        finally:
            process.kill()


def _client(name: str, alg: str, place: str, bases: Sequence[str]) -> dict[str, Any]:
    back = [f"{base}/personnel/retour/{place}" for base in bases]
    return {
        "client_id": name,
        "client_secret": SECRET,
        "redirect_uris": back,
        "post_logout_redirect_uris": [f"{address}/deconnexion" for address in back],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": alg,
        "userinfo_signed_response_alg": alg,
    }
