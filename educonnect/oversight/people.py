"""Find of whom to read the journal, in scope."""

from django.db.models import Q

from educonnect.accounts.models import Account
from educonnect.accounts.rules import typed_username
from educonnect.delegation.mandate import Mandate, OutOfMandate
from educonnect.delegation.models import Delegation, Post
from educonnect.delegation.rules import Right
from educonnect.oversight import names, rules
from educonnect.oversight.names import On, Subject
from educonnect.population.names import fold
from educonnect.staff.models import Staff


def named(mandate: Mandate, typed: str) -> list[Subject]:
    """The accounts in scope of a username, or whose holder's name begins so, in any case and accents.

    At most `rules.FOUND` and one more, which says that there are too many. In a school, any of the holder's names.

    Raises:
        OutOfMandate: without the right to read the journal.
    """
    mandate.require(Right.DELEGATION)
    accounts = mandate.accounts().select_related("pupil", "guardian")
    exact = accounts.filter(username=typed_username(typed)).first()
    if exact is not None:
        return [names.subject(exact)]
    folded = fold(typed)
    if not folded:
        return []
    found: list[Account] = []
    for holder in ("pupil", "guardian"):  # each by the index of its names
        wanted = Q(**{f"{holder}__folded__startswith": folded})
        if mandate.scope.uai:
            wanted |= Q(**{f"{holder}__folded__contains": f" {folded}"})
        found += accounts.filter(wanted).order_by(f"{holder}__folded", "pk")[: rules.FOUND + 1 - len(found)]
    return [names.subject(account) for account in found]


def staff_named(mandate: Mandate, typed: str) -> list[Subject]:
    """Those of the staff who hold or held something in the place, whose name or first name begins so; at most
    `rules.FOUND` and one more.

    Raises:
        OutOfMandate: without the right to read the journal.
    """
    mandate.require(Right.DELEGATION)
    word = typed.strip()
    if not word:
        return []
    scope = mandate.scope
    posts = Post.objects.filter(scope.rows())
    given = Delegation.objects.filter(scope.schools("school__"))
    theirs = Q(pk__in=posts.values("staff")) | Q(pk__in=given.values("staff"))
    called = Q(name__istartswith=word) | Q(first_name__istartswith=word)
    found = Staff.objects.filter(theirs, called).order_by("name", "first_name", "pk")
    return [Subject(On.STAFF, person.pk, names.called(person)) for person in found[: rules.FOUND + 1]]


def one(mandate: Mandate, account_id: int) -> Subject:
    """An account in scope.

    Raises:
        OutOfMandate: it is not.
    """
    mandate.require(Right.DELEGATION)
    found = mandate.accounts().filter(pk=account_id).select_related("pupil", "guardian").first()
    if found is None:
        raise OutOfMandate
    return names.subject(found)
