"""Who signs staff in elsewhere, as the settings say it: what is ill-formed stops the start by name."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from educonnect.config import upstreams

SECRET = "s" * 32
HUB = f'[25]\nissuer = "https://hub.example/"\nclient_id = "educonnect"\nclient_secret = "{SECRET}"\n'


def proconnect(**values: Any) -> Any:
    given = {
        "issuer": "https://proconnect.example/api/v2",
        "client_id": "educonnect",
        "client_secret": SECRET,
        "alg": "RS256",
        "acr": "eidas1-mfa eidas1",
        "stand_in": None,
    }
    return upstreams.proconnect(**(given | values))


def test_nothing_set_is_nothing() -> None:
    assert proconnect(issuer="") == upstreams.hubs("") == []


def test_proconnect() -> None:
    (found,) = proconnect()

    assert (found.name, found.label, found.stand_in, found.is_hub) == ("proconnect", "ProConnect", False, False)
    assert found.acr == ("eidas1-mfa", "eidas1")
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("issuer", "said", "stand_in"),
    [
        ("http://localhost:9000", None, True),
        ("http://127.0.0.1:9000", None, True),
        ("https://integration.example", True, True),
        ("https://proconnect.example", None, False),
    ],
)
def test_a_simulator_is_on_this_machine_or_said_to_be_one(issuer: str, said: bool | None, stand_in: bool) -> None:
    assert proconnect(issuer=issuer, stand_in=said)[0].stand_in is stand_in


@pytest.mark.parametrize(("name", "value"), [("client_id", ""), ("client_secret", ""), ("client_secret", "short")])
def test_proconnect_without_its_client(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"EDUCONNECT_PROCONNECT_{name.upper()}"):
        proconnect(**{name: value})


def test_a_hub_with_what_is_required_alone() -> None:
    (found,) = upstreams.hubs(HUB)

    assert (found.name, found.academie, found.issuer) == ("academie-25", "25", "https://hub.example/")
    assert (found.alg, found.signed_userinfo, found.acr, found.stand_in) == ("RS256", True, (), False)
    assert "Versailles" in found.label


def test_hubs_of_several_academies_with_all_that_may_be_said() -> None:
    more = (
        f'alg = "ES256"\nuserinfo = "json"\nacr = "eidas1"\nlabel = "Guichet"\nstand_in = true\nscope = "openid"\n'
        f'[25.rights]\neduconnect_adm = "administration"\n{HUB.replace("25", "01")}'
    )

    first, second = upstreams.hubs(HUB + more)

    assert (first.alg, first.signed_userinfo, first.acr, first.label) == ("ES256", False, ("eidas1",), "Guichet")
    assert (first.stand_in, first.scope, first.rights) == (True, "openid", {"educonnect_adm": "administration"})
    assert second.academie == "01"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[25", "TOML"),
        ("25 = 1", r"\[25\]"),
        (HUB.replace("25", "99"), r"\[99\]"),
        (HUB + HUB, "TOML"),
        (HUB + "issuers = 1\n", "issuers"),
        (HUB.replace("https://hub.example/", "hub.example"), "issuer"),
        (HUB.replace("https://hub.example/", "https://hub.example/?a"), "issuer"),
        (HUB.replace('"https://hub.example/"', "1"), "issuer"),
        (HUB.replace("client_id", "label"), "client_id"),
        (HUB.replace(SECRET, "short"), "client_secret"),
        (HUB + 'alg = "none"\n', "alg"),
        (HUB + 'userinfo = "xml"\n', "userinfo"),
        (HUB + 'stand_in = "yes"\n', "stand_in"),
        (HUB + 'rights = "all"\n', "rights"),
        (HUB + '[25.rights]\na = "delegation"\n', "rights"),
        (HUB + '[25.rights]\n"A b" = "depannage"\n', "rights"),
    ],
)
def test_an_ill_formed_hub_stops_the_start_by_name(text: str, named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as caught:
        upstreams.hubs(text)

    assert SECRET not in str(caught.value)
