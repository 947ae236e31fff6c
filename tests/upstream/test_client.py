"""The relying party, towards a provider that may answer anything."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from educonnect.upstream import attempts, client, published, rules
from educonnect.upstream.client import Told
from educonnect.upstream.errors import Reason, SignInRefused
from educonnect.upstream.rules import Upstream
from tests.upstream.strange import SECRET, Reply, Strange, as_json, key, part

BACK = "https://educonnect.example/personnel/retour/proconnect"


def leaving() -> attempts.Leaving:
    return attempts.Leaving(state="s" * 43, nonce="n" * 43, verifier="v" * 43, started_at=timezone.now())


def come(provider: Strange, upstream: Upstream | None = None, **answer: str) -> Told:
    """Come back with a code, as the provider would send one."""
    provider.nonce = provider.nonce or leaving().nonce
    told = {"code": "a-code", "iss": provider.issuer} | answer
    return client.finish(
        upstream or provider.upstream(),
        leaving(),
        {name: [value] for name, value in told.items() if value},
        redirect_uri=BACK,
        now=timezone.now(),
    )


def refused(provider: Strange, upstream: Upstream | None = None, **answer: str) -> Reason:
    with pytest.raises(SignInRefused) as caught:
        come(provider, upstream, **answer)
    return caught.value.reason


def test_somebody_comes_back_as_who_they_are(provider: Strange) -> None:
    told = come(provider)

    assert (told.issuer, told.subject, told.acr) == (provider.issuer, "agent-1", "eidas1-mfa")
    assert told.claims["usual_name"] == "VALDAIRE"


def test_the_secret_and_the_verifier_go_in_the_body_of_the_form(provider: Strange) -> None:
    come(provider)

    (form,) = provider.said("/token")
    headers = next(headers for path, _, headers in provider.asked if path.endswith("/token"))
    assert form == {
        "grant_type": ["authorization_code"],
        "code": ["a-code"],
        "redirect_uri": [BACK],
        "client_id": ["educonnect"],
        "client_secret": [SECRET],
        "code_verifier": ["v" * 43],
    }
    assert "Authorization" not in headers


def test_the_browser_is_sent_with_state_nonce_pkce_and_nothing_that_proconnect_does_not_know(provider: Strange) -> None:
    address = client.address(provider.upstream(), leaving(), redirect_uri=BACK)

    asked = parse_qs(urlsplit(address).query)
    known = {"client_id", "acr_values", "claims", "response_type", "nonce", "state", "redirect_uri", "scope"}
    assert address.startswith(f"{provider.issuer}/authorize?")
    assert asked.keys() == known | {"code_challenge", "code_challenge_method"}
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["acr_values"] == ["eidas1-mfa eidas1"]


@pytest.mark.parametrize("alg", ["ES256", "HS256"])
def test_each_algorithm_that_may_be_set(provider: Strange, alg: str) -> None:
    from joserfc.jwk import OctKey

    provider.alg = alg
    provider.signer = key(alg=alg) if alg == "ES256" else OctKey.import_key(SECRET, {"kid": "secret"})
    provider.published = [key(alg="ES256")]

    assert come(provider).subject == "agent-1"


now = int(time.time())
TOKENS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "somebody-else"},
    "no audience": {"aud": None},
    "an audience that is no text": {"aud": {"educonnect": True}},
    "several audiences and no azp": {"aud": ["educonnect", "somebody-else"]},
    "another azp": {"azp": "somebody-else"},
    "over": {"exp": now - 3600},
    "never over": {"exp": None},
    "an end that is a text": {"exp": str(now + 60)},
    "an end that is true": {"exp": True},
    "made long ago": {"iat": now - 3600},
    "made tomorrow": {"iat": now + 86400},
    "made at no time": {"iat": None},
    "not before tomorrow": {"nbf": now + 86400},
    "signed in tomorrow": {"auth_time": now + 86400},
    "another nonce": {"nonce": "m" * 43},
    "no nonce": {"nonce": None},
    "a nonce that is no text": {"nonce": ["n" * 43]},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject of several lines": {"sub": "a\nb"},
    "a subject that is a number": {"sub": 1},
    "a subject without end": {"sub": "a" * 256},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("claims", TOKENS.values(), ids=TOKENS.keys())
def test_an_id_token_that_does_not_prove_who_is_there(provider: Strange, claims: dict[str, Any]) -> None:
    provider.claims = claims

    assert refused(provider) is Reason.UNPROVEN


@pytest.mark.parametrize("acr", ["eidas0", "eidas0-mfa", "", "eidas9", None, ["eidas2"]])
def test_a_level_lower_than_asked(provider: Strange, acr: object) -> None:
    provider.claims = {"acr": acr}

    assert refused(provider) is Reason.TOO_LOW


def test_a_level_higher_than_asked_is_welcome(provider: Strange) -> None:
    provider.claims = {"acr": "eidas2"}

    assert come(provider).acr == "eidas2"


def test_alg_none(provider: Strange) -> None:
    provider.nonce = "n" * 43
    token = f"{part({'alg': 'none'})}.{part(provider.id_claims())}."
    provider.told = {"id_token": token}

    assert refused(provider) is Reason.UNPROVEN


def test_HS256_with_the_public_key(provider: Strange) -> None:
    import hashlib
    import hmac

    from educonnect.upstream.client import _plain64

    provider.nonce = "n" * 43
    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(provider.id_claims())}"
    mac = hmac.digest(key().as_pem(private=False), head.encode(), hashlib.sha256)
    provider.told = {"id_token": f"{head}.{_plain64(mac)}"}

    assert refused(provider) is Reason.UNPROVEN


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "crit"])
def test_a_key_or_a_rule_of_the_token_s_own(provider: Strange, name: str) -> None:
    value: object = {"jwk": key("mine").as_dict(private=False), "crit": ["exp"]}.get(name, "https://evil.example/keys")
    provider.nonce = "n" * 43
    good = provider.sign(provider.id_claims())
    provider.told = {"id_token": f"{part({'alg': 'RS256', 'kid': 'one', name: value})}.{good.split('.', 1)[1]}"}

    assert refused(provider) is Reason.UNPROVEN


def test_a_key_that_is_not_published(provider: Strange) -> None:
    provider.signer = key("two")

    assert refused(provider) is Reason.UNPROVEN


def test_a_published_name_for_another_key(provider: Strange) -> None:
    provider.signer, provider.header = key("two"), {"kid": "one"}

    assert refused(provider) is Reason.UNPROVEN


def test_an_altered_token(provider: Strange) -> None:
    provider.nonce = "n" * 43
    head, _, signature = provider.sign(provider.id_claims()).split(".")
    provider.told = {"id_token": f"{head}.{part(provider.id_claims() | {'sub': 'the-head'})}.{signature}"}

    assert refused(provider) is Reason.UNPROVEN


def test_a_token_that_names_no_key_where_there_are_two(provider: Strange) -> None:
    provider.published, provider.header = [key(), key("two")], {"kid": None}

    assert refused(provider) is Reason.UNPROVEN


def test_a_token_that_names_no_key_where_there_is_one(provider: Strange) -> None:
    provider.header = {"kid": None}

    assert come(provider).subject == "agent-1"


def test_a_name_twice_in_what_was_signed(provider: Strange) -> None:
    from joserfc import jws

    body = b'{"sub": "agent-1", "sub": "agent-2"}'
    token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, body, key(), algorithms=["RS256"])
    provider.told = {"id_token": token}

    assert refused(provider) is Reason.UNPROVEN


def test_T53_keys_are_read_again_for_one_that_is_not_known_and_not_without_end(
    provider: Strange, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(provider)
    provider.signer, provider.published = key("two"), [key(), key("two")]
    monkeypatch.setattr(rules, "PUBLISHED_PAUSE", 0.0)

    assert come(provider).subject == "agent-1"
    monkeypatch.setattr(rules, "PUBLISHED_PAUSE", 30.0)
    provider.signer = key("three")
    for _ in range(3):
        assert refused(provider) is Reason.UNPROVEN
    assert len(provider.said("/jwks")) == 2


class TestTheAnswerItself:
    def test_RFC9207_another_issuer(self, provider: Strange) -> None:
        assert refused(provider, iss="https://evil.example") is Reason.ANOTHER_ISSUER
        assert provider.said("/token") == []

    def test_RFC9207_no_issuer_where_there_should_be_one(self, provider: Strange) -> None:
        assert refused(provider, iss="") is Reason.ANOTHER_ISSUER

    def test_no_issuer_where_none_is_announced(self, provider: Strange) -> None:
        provider.metadata = {"authorization_response_iss_parameter_supported": False}

        assert come(provider, iss="").subject == "agent-1"

    @pytest.mark.parametrize(
        ("error", "description", "reason", "told"),
        [
            ("access_denied", "", Reason.GIVEN_UP, "access_denied"),
            ("access_denied", "refus (Y500006)", Reason.REFUSED, "access_denied Y500006"),
            ("invalid_request", "Y000400 : paramètre inconnu", Reason.MISCONFIGURED, "invalid_request Y000400"),
            ("invalid_scope", "", Reason.MISCONFIGURED, "invalid_scope"),
            ("server_error", "", Reason.DOWN, "server_error"),
            ("temporarily_unavailable", "", Reason.DOWN, "temporarily_unavailable"),
            ("<script>", "<b>", Reason.REFUSED, ""),
        ],
    )
    def test_an_error(self, provider: Strange, error: str, description: str, reason: Reason, told: str) -> None:
        with pytest.raises(SignInRefused) as caught:
            come(provider, error=error, error_description=description, code="")

        assert (caught.value.reason, caught.value.told) == (reason, told)

    def test_no_code(self, provider: Strange) -> None:
        assert refused(provider, code="") is Reason.NOT_WAITING

    @pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
    def test_a_parameter_twice(self, name: str) -> None:
        with pytest.raises(SignInRefused):
            client.state_of({"state": ["a"], "code": ["b"]} | {name: ["a", "b"]})


REPLIES: dict[str, tuple[Reply, Reason]] = {
    "HTML": (Reply(b"<html>Y000400</html>", kind="text/html"), Reason.UNREADABLE),
    "nothing": (Reply(b""), Reason.UNREADABLE),
    "a list": (Reply(b"[]"), Reason.UNREADABLE),
    "not JSON": (Reply(b"{"), Reason.UNREADABLE),
    "not Unicode": (Reply(b'{"a": "\xff"}'), Reason.UNREADABLE),
    "no end of brackets": (Reply(b"[" * 100_000), Reason.UNREADABLE),
    "NaN": (Reply(b'{"expires_in": NaN}'), Reason.UNREADABLE),
    "too large": (Reply(b" " * (rules.MOST + 1) + b"{}"), Reason.UNREADABLE),
    "packed": (Reply(b"{}", headers={"Content-Encoding": "gzip"}), Reason.UNREADABLE),
    "a redirect": (Reply(b"{}", 302, headers={"Location": "/elsewhere"}), Reason.UNREADABLE),
    "a redirect that keeps the form": (Reply(b"{}", 307, headers={"Location": "/elsewhere"}), Reason.UNREADABLE),
    "an error": (Reply(b"{}", 500), Reason.DOWN),
    "busy": (Reply(b"busy", 503, "text/plain"), Reason.DOWN),
    "a code that served": (as_json({"error": "invalid_grant"}, 400), Reason.CODE_OVER),
    "a client that is not known": (as_json({"error": "invalid_client"}, 401), Reason.MISCONFIGURED),
    "no ID token": (as_json({"access_token": "a", "token_type": "Bearer"}), Reason.UNREADABLE),
    "an ID token that is no token": (
        as_json({"access_token": "a", "token_type": "Bearer", "id_token": "a.b"}),
        Reason.UNPROVEN,
    ),
    "an access token of several lines": (
        as_json({"access_token": "a\r\nX: y", "token_type": "Bearer", "id_token": "a.b.c"}),
        Reason.UNREADABLE,
    ),
    "another kind of token": (
        as_json({"access_token": "a", "token_type": "DPoP", "id_token": "a.b.c"}),
        Reason.UNREADABLE,
    ),
}


@pytest.mark.parametrize(("reply", "reason"), REPLIES.values(), ids=REPLIES.keys())
def test_what_the_token_endpoint_may_answer(provider: Strange, reply: Reply, reason: Reason) -> None:
    provider.replies["/api/v2/token"] = lambda: reply

    assert refused(provider) is reason
    assert not any("elsewhere" in path for path, _, _ in provider.asked)


def test_a_slow_answer_is_given_up_however_it_trickles(provider: Strange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PATIENCE", 0.6)
    published.metadata(provider.upstream())
    provider.replies["/api/v2/token"] = lambda: Reply(b" " * 600, drip=0.1)
    began = time.monotonic()

    assert refused(provider) is Reason.DOWN
    assert time.monotonic() - began < 30  # the whole would take a minute


class TestUserinfo:
    @pytest.mark.parametrize(
        "person",
        [{"sub": "agent-2"}, {"sub": None}, {"iss": "https://evil.example"}, {"aud": "somebody"}, {"exp": now - 3600}],
    )
    def test_of_somebody_else(self, provider: Strange, person: dict[str, Any]) -> None:
        provider.person = person

        assert refused(provider) is Reason.UNPROVEN

    def test_is_never_read_as_JSON_where_it_should_be_signed(self, provider: Strange) -> None:
        provider.replies["/api/v2/userinfo"] = lambda: as_json(provider.person_claims())

        assert refused(provider) is Reason.UNREADABLE

    def test_JSON_where_the_operator_said_so(self, provider: Strange) -> None:
        provider.replies["/api/v2/userinfo"] = lambda: as_json(provider.person_claims())

        assert come(provider, provider.upstream(signed_userinfo=False)).claims["given_name"] == "Maude"

    def test_JSON_of_somebody_else(self, provider: Strange) -> None:
        provider.person = {"sub": "agent-2"}
        provider.replies["/api/v2/userinfo"] = lambda: as_json(provider.person_claims())

        assert refused(provider, provider.upstream(signed_userinfo=False)) is Reason.UNPROVEN

    @pytest.mark.parametrize("status", [302, 401, 403])
    def test_refused(self, provider: Strange, status: int) -> None:
        provider.replies["/api/v2/userinfo"] = lambda: Reply(b"", status, headers={"Location": "/elsewhere"})

        assert refused(provider) is Reason.UNREADABLE


class TestWhatIsPublished:
    def test_is_read_once(self, provider: Strange) -> None:
        come(provider)
        come(provider)

        assert len(provider.said("openid-configuration")) == len(provider.said("/jwks")) == 1

    def test_by_another_issuer(self, provider: Strange) -> None:
        provider.metadata = {"issuer": "https://evil.example"}

        assert refused(provider) is Reason.ANOTHER_ISSUER

    @pytest.mark.parametrize(
        "address",
        [
            None,
            1,
            "",
            "http://provider.example/token",
            "ftp://127.0.0.1/token",
            "javascript:alert(1)",
            "//evil.example",
            "http://user@127.0.0.1/token",
            "http://127.0.0.1/token#fragment",
            "http://127.0.0.1\\@evil.example/",
            "http://127.0.0.1:99999999/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/" + "a" * 500,
        ],
    )
    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    def test_an_address_that_may_not_be_used(self, provider: Strange, name: str, address: object) -> None:
        provider.metadata = {name: address}

        assert refused(provider) is Reason.UNREADABLE

    def test_plain_http_is_for_this_machine_alone(self) -> None:
        upstream = Strange(1).upstream(issuer="https://provider.example")
        told = {
            "issuer": upstream.issuer,
            **dict.fromkeys(
                ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"), "https://provider.example/"
            ),
            "jwks_uri": "http://127.0.0.1/jwks",
        }

        with pytest.raises(SignInRefused):
            published._read(upstream, told)

    def test_T87_a_provider_that_is_down_is_told_and_not_asked_again_at_once(self, provider: Strange) -> None:
        provider.replies["/api/v2/.well-known/openid-configuration"] = lambda: Reply(b"", 503)

        assert [refused(provider) for _ in range(3)] == [Reason.DOWN] * 3
        assert len(provider.said("openid-configuration")) == 1

    def test_T87_nobody_listens(self) -> None:
        upstream = Strange(9).upstream()  # nothing of ours listens to this port
        published.forget()

        with pytest.raises(SignInRefused) as caught:
            published.metadata(upstream)

        assert caught.value.reason is Reason.DOWN

    def test_what_was_read_serves_while_it_cannot_be_read_again(
        self, provider: Strange, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        come(provider)
        monkeypatch.setattr(rules, "PUBLISHED_FRESH", 0.0)
        monkeypatch.setattr(rules, "PUBLISHED_PAUSE", 0.0)
        for end in (".well-known/openid-configuration", "jwks"):
            provider.replies[f"/api/v2/{end}"] = lambda: Reply(b"", 503)

        assert come(provider).subject == "agent-1"

    def test_a_weak_key_verifies_nothing(self, provider: Strange) -> None:
        from joserfc.errors import SecurityWarning
        from joserfc.jwk import RSAKey

        with pytest.warns(SecurityWarning):
            weak = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig", "alg": "RS256"})
        provider.signer, provider.published = weak, [weak]

        assert refused(provider) is Reason.UNPROVEN

    def test_a_key_for_encryption_verifies_nothing(self, provider: Strange) -> None:
        told = key().as_dict(private=False) | {"use": "enc"}
        provider.replies["/api/v2/jwks"] = lambda: as_json({"keys": [told, 1, None, {"kty": "RSA"}]})

        assert refused(provider) is Reason.UNPROVEN


@pytest.mark.django_db
class TestASignInUnderWay:
    def test_comes_back_once(self) -> None:
        upstream, at = Strange(1).upstream(), timezone.now()
        left = attempts.leave(upstream, "browser", now=at, invitation="a-token", onward="/personnel/")

        assert attempts.come_back(upstream, "browser", left.state, now=at) == left
        with pytest.raises(SignInRefused):
            attempts.come_back(upstream, "browser", left.state, now=at)

    def test_does_not_come_back_in_another_browser_which_takes_nothing_from_it(self) -> None:
        upstream, at = Strange(1).upstream(), timezone.now()
        left = attempts.leave(upstream, "browser", now=at)

        with pytest.raises(SignInRefused):
            attempts.come_back(upstream, "another", left.state, now=at)
        assert attempts.come_back(upstream, "browser", left.state, now=at) == left

    def test_does_not_come_back_from_another_upstream(self) -> None:
        upstream, at = Strange(1).upstream(), timezone.now()
        left = attempts.leave(upstream, "browser", now=at)

        with pytest.raises(SignInRefused):
            attempts.come_back(Strange(1).upstream(name="academie-25"), "browser", left.state, now=at)

    def test_lives_ten_minutes_and_is_forgotten(self) -> None:
        upstream, at = Strange(1).upstream(), timezone.now()
        left = attempts.leave(upstream, "browser", now=at)

        with pytest.raises(SignInRefused):
            attempts.come_back(upstream, "browser", left.state, now=at + timedelta(minutes=10))
        assert attempts.forget_expired(at + timedelta(minutes=10)) == 1

    def test_its_secrets_are_long_and_the_database_has_none(self) -> None:
        from educonnect.upstream.models import Attempt

        left = attempts.leave(Strange(1).upstream(), "browser", now=timezone.now(), invitation="a-token")

        row = Attempt.objects.get()
        kept = repr([getattr(row, field.attname) for field in row._meta.fields]) + repr(bytes(row.sealed))
        assert min(map(len, (left.state, left.nonce, left.verifier))) >= 43
        assert not any(secret in kept for secret in (left.state, left.nonce, left.verifier, "a-token"))
