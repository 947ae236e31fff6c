"""Who signs staff in elsewhere, as the operator set it, and the limits of talking to them. No database, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from educonnect.limits.limit import Limit

#: From leaving for the upstream to coming back: time for a password and a second factor there.
ATTEMPT_LIFETIME = timedelta(minutes=10)
#: Source: ProConnect asks for 32 characters of state and nonce; 32 random octets make 43.
OCTETS = 32
#: A clock may be wrong by so much. ID tokens of ProConnect live a minute.
SKEW = timedelta(seconds=30)
#: An ID token is made for the sign-in under way: none is older.
TOKEN_AGE = timedelta(minutes=5)

#: One deadline for a whole call: name, connection, TLS, headers and body. Seconds.
PATIENCE = 5.0
#: A call made while so many others of this process are under way waits, then is given up: the threads of a node are not
#: for a provider that does not answer.
CALLS_AT_ONCE = 4
TURN = 2.0
#: Sign-ins that came to nothing are journalled so many times from one place: whoever never left for an upstream may ask
#: for its page of return as often as they like.
REFUSALS_TOLD = Limit(times=60, within=timedelta(hours=1))
#: Octets of an answer.
MOST = 256 * 1024

#: Seconds. What the upstream publishes is read again after this…
PUBLISHED_FRESH = 3600.0
#: … serves as long as that if it cannot be read again…
PUBLISHED_STALE = 24 * 3600.0
#: … and is not asked for again so soon after a failure, nor for the sake of an unknown key.
PUBLISHED_PAUSE = 30.0

#: Algorithms of signatures that may be set. HS256 has the client's secret for a key.
ALGORITHMS = ("RS256", "ES256", "HS256")
PROCONNECT = "proconnect"
PROCONNECT_SCOPE = "openid given_name usual_name email uid siret idp_id"
#: In order of preference: with a second factor if they have one.
PROCONNECT_ACR = "eidas1-mfa eidas1"
#: Source: public clients of the académies' hub (« guichet »).
HUB_SCOPE = "openid stage profile email"

#: Levels that tell of two factors. Source: implementing regulation (EU) 2015/1502, 2.2.1: substantial and high.
TWO_FACTOR_LEVELS = frozenset({"eidas2", "eidas3"})
#: How high each level stands. Source: ProConnect, list of acr.
_LEVELS = {"eidas0": 0, "eidas0-mfa": 1, "eidas1": 2, "eidas1-mfa": 3, "eidas2": 4, "eidas3": 5}
#: Methods that tell of two factors. Source: RFC 8176; ProConnect's `pop` is the agent's card, which asks for its code.
TWO_FACTOR_METHODS = frozenset({"mfa", "pop"})


@dataclass(frozen=True, slots=True)
class Upstream:
    """An OpenID provider that signs staff in.

    Attributes:
        name: in our addresses: `proconnect`, `academie-25`.
        label: on the button.
        alg: the one algorithm that signs ID tokens and userinfo.
        acr: the levels asked for, the preferred first; one of another level is refused. Empty: whatever.
        asks_claims: the `claims` parameter asks for `amr` and `auth_time`, which are not told otherwise.
        signed_userinfo: userinfo is a JWT; else JSON, which TLS alone protects.
        academie: of a hub, which speaks for its schools and no other.
        rights: of a hub: name of the application in its delegations -> the right it gives here.
        stand_in: a simulator: its button says so, and bears nobody's name.
    """

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    alg: str
    scope: str
    acr: tuple[str, ...] = ()
    asks_claims: bool = False
    signed_userinfo: bool = True
    academie: str = ""
    rights: Mapping[str, str] = field(default_factory=dict, hash=False)
    stand_in: bool = False

    @property
    def is_hub(self) -> bool:
        """Whether it tells the posts and delegations of its académie."""
        return bool(self.academie)


def at_least(acr: str, asked: tuple[str, ...]) -> bool:
    """Whether a level of identity is as high as the lowest of those asked for; a word that is no such level is not."""
    least = [_LEVELS[one] for one in asked if one in _LEVELS]
    return bool(least) and _LEVELS.get(acr, -1) >= min(least)


def two_factors(acr: str, amr: frozenset[str]) -> bool:
    """Whether the upstream says that it asked for a second factor (decision 0124)."""
    return acr.endswith("-mfa") or acr in TWO_FACTOR_LEVELS or bool(amr & TWO_FACTOR_METHODS)
