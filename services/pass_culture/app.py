"""The example pass Culture as a WSGI application."""

import hmac
import os
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, request, session

from services.pass_culture.educonnect import EduConnect
from services.pass_culture.screens import Service, origin, screens
from services.pass_culture.store import Store


def create_app(
    base_url: str,
    idp_metadata: str,
    data: Path,
    *,
    today: Callable[[], date] = date.today,
    educonnect_is_on: bool = True,
) -> Flask:
    """The service at this address, with its own store and keys under `data`."""
    app = Flask(__name__)
    app.secret_key = _secret(data)
    app.config.update(
        SESSION_COOKIE_NAME="pass_culture",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=base_url.startswith("https"),
        MAX_CONTENT_LENGTH=512 * 1024,
    )
    store = Store(data / "pass_culture.sqlite3")
    idp = EduConnect(base_url, idp_metadata, data / "keys")
    app.extensions["pass_culture"] = Service(base_url, origin(idp_metadata), store, idp, today, educonnect_is_on)
    app.register_blueprint(screens)

    @app.before_request
    def know_the_person() -> None:
        g.account = store.by_id(session["account"]) if "account" in session else None
        # an answer of ÉduConnect comes from another site, without our cookie: its signature is what proves it
        if request.method == "POST" and request.endpoint != "pass.acs":
            expected = session.get("csrf", "")
            if not expected or not hmac.compare_digest(expected, request.form.get("csrf", "")):
                abort(403)

    @app.context_processor
    def values() -> dict[str, Any]:
        session.setdefault("csrf", secrets.token_urlsafe(24))
        return {"account": g.get("account"), "csrf": session["csrf"], "euros": _euros}

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none';"
            f" form-action 'self' {origin(idp_metadata)}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _euros(cents: int) -> str:
    return f"{cents // 100} €" if cents % 100 == 0 else f"{cents / 100:.2f} €".replace(".", ",")


def _secret(data: Path) -> bytes:
    data.mkdir(parents=True, exist_ok=True)
    path = data / "session-secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()
