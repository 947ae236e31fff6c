"""Promise T77: the headers of every answer."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from educonnect.config.middleware import SecurityHeaders


class LeadingAway(HttpResponse):
    csp_form_action = "https://sp.example:8443/saml/acs/?x=1; script-src *"


def answer(response: HttpResponse) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return response

    return SecurityHeaders(view)(RequestFactory().get("/"))


def directives(response: HttpResponse) -> dict[str, list[str]]:
    policy = response.headers["Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in policy.split(";")}


def test_T77_a_page_runs_nothing_inline_and_loads_nothing_from_elsewhere() -> None:
    policy = directives(answer(HttpResponse()))

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]
    assert policy["base-uri"] == ["'none'"]


def test_T46_no_page_can_be_framed() -> None:
    response = answer(HttpResponse())

    assert directives(response)["frame-ancestors"] == ["'none'"]
    assert response.headers["X-Frame-Options"] == "DENY"


def test_T77_the_other_headers_are_there() -> None:
    response = answer(HttpResponse())

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_T77_https_is_remembered_for_at_least_a_year(settings: Settings) -> None:
    settings.SECURE = True

    header = answer(HttpResponse()).headers["Strict-Transport-Security"]

    assert int(header.split("=")[1].split(";")[0]) >= 365 * 24 * 3600


def test_plain_http_on_loopback_does_not_ask_for_https() -> None:
    assert "Strict-Transport-Security" not in answer(HttpResponse()).headers


def test_T62_a_form_to_another_site_adds_its_origin_and_nothing_more() -> None:
    policy = directives(answer(LeadingAway()))

    assert policy["form-action"] == ["'self'", "https://sp.example:8443"]
    assert policy["script-src"] == ["'self'"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/acs", "*", "https://"])
def test_what_is_no_address_of_a_site_adds_nothing(address: str) -> None:
    response = HttpResponse()
    response.csp_form_action = address  # type: ignore[attr-defined]

    assert directives(answer(response))["form-action"] == ["'self'"]


def test_a_file_keeps_the_life_it_was_given() -> None:
    assert answer(HttpResponse(headers={"Cache-Control": "max-age=60"})).headers["Cache-Control"] == "max-age=60"


def test_T77_an_unknown_address_has_them_too(client: Client) -> None:
    response = client.get("/nulle-part")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert "'none'" in response.headers["Content-Security-Policy"]
