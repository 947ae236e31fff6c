"""Which function gives which right, for how long one may be given: the table of the service, and nothing else."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from educonnect.population.rules import school_year


class Right(StrEnum):
    """What may be done in a place."""

    ADMINISTRATION = "administration"  # « Administration des comptes EduConnect », which holds dépannage
    DEPANNAGE = "depannage"  # « EduConnect - Dépannage des comptes élèves »
    DELEGATION = "delegation"  # giving rights and reading the journal of all: the head's, the académie's
    OPERATION = "operation"  # the command line's alone


#: A right holds those named beside it.
HOLDS = {
    Right.ADMINISTRATION: frozenset({Right.ADMINISTRATION, Right.DEPANNAGE}),
    Right.DEPANNAGE: frozenset({Right.DEPANNAGE}),
}
BOTH = HOLDS[Right.ADMINISTRATION]
ALL = BOTH | {Right.DELEGATION}

PUBLIC = "PU"

#: An invitation that nobody follows ends after so long.
INVITATION_LIFE = timedelta(days=14)
#: A right that ends within so long is told of to whoever can prolong it.
ENDING_SOON = timedelta(days=30)


def rights_of_post(function: str, *, sector: str = "", degree: int = 2) -> frozenset[Right]:
    """What a function gives by itself.

    Heads and deputies of public schools of the second degree hold both rights; the head of a school that is not known
    to be public holds none until the académie grants them. A directeur d'école (1D) administers guardians (whom
    `Mandate.kinds` narrows to). Only the head, the académie and the nation give rights.

    Source: the académie's slides (« sauf privé »); domain facts, section 6.
    """
    if function in ("academie", "nation"):
        return ALL
    if function == "head" and degree == 2:
        return ALL if sector == PUBLIC else frozenset()
    if function == "deputy" and degree == 2:
        return BOTH if sector == PUBLIC else frozenset()
    if function == "primary-head" and degree == 1:
        return frozenset({Right.ADMINISTRATION})
    return frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is usually given to somebody who does this in a school; `by_class`: for their own classes only."""

    right: Right
    by_class: bool = False


#: Ready choices of the desk. Source: domain facts, section 6: each does no more with less.
READY = {
    "secretariat": Choice(Right.ADMINISTRATION),
    "professeur-principal": Choice(Right.DEPANNAGE, by_class=True),
    "vie-scolaire": Choice(Right.DEPANNAGE),
    "referent-numerique": Choice(Right.DEPANNAGE),
}


def last_day(year: int) -> date:
    """31 August, which ends the school year named by its September. A right given ends then unless told otherwise."""
    return date(year + 1, 8, 31)


def furthest_end(today: date) -> date:
    """No right is given beyond the end of the coming school year. Source: decision 0129."""
    return last_day(school_year(today) + 1)
