"""What the demonstration declines to do. Not refusals of the trade: no screen ever says them."""


class NotADemonstration(Exception):
    """Fictive people are not let into an installation that has a public address."""


class NoSheet(Exception):
    """The fictive académie was not loaded yet, or its sheet was taken away."""
