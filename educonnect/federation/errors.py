"""Why a service learns nothing."""

from educonnect.errors import Refusal


class PopulationNotServed(Refusal):
    """The service is not open to accounts of this kind."""

    code = "E-6001"


class AccountGone(Refusal):
    """The account was closed, or its sessions ended, since its holder signed in."""

    code = "E-6002"


class UnknownProvider(Refusal):
    """No such service was ever registered."""

    code = "E-6006"


class ProviderSuspended(Refusal):
    """The service is registered, and answered no more."""

    code = "E-6003"


class UnknownAttribute(Refusal):
    """An attribute, population or profile that does not exist was asked for a provider."""

    code = "E-6004"


class MetadataRefused(Refusal):
    """The metadata handed over cannot be trusted to answer to: the message says what is wrong with them."""

    code = "E-6005"
