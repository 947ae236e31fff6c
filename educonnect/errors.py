"""The base of everything the domain declines to do."""


class Refusal(Exception):
    """The domain declines a request; nothing it guards was changed.

    Each concrete refusal has its French sentence in `educonnect.web.refusals`; a test walks the
    subclasses and fails where one is missing. A refusal never carries personal data in its message.
    """

    #: Short reference printed small on the screen, for the help desk (« code E-1203 »).
    code = "E-0000"
