"""Which function gives which right: the table of the service, and nothing else."""

from enum import StrEnum


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
