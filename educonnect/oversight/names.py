"""Who stands behind the numbers of the journal, as far as its reader may know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from educonnect.accounts.models import Account, Kind
from educonnect.delegation.mandate import Mandate, OutOfMandate, held, mandate_for
from educonnect.delegation.models import Delegation, Function, Post
from educonnect.delegation.rules import Right
from educonnect.journal.models import Entry
from educonnect.staff.models import Staff


class WhoKind(StrEnum):
    STAFF = "staff"
    OPERATOR = "operator"
    HOLDER = "holder"  # of the account the line is about, or another one
    SYSTEM = "system"


DELEGATE = "delegate"


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted.

    Attributes:
        staff_id: of the staff only. name: empty where the person was erased.
        post: a `Function`, `DELEGATE`, or nothing known in this place.
    """

    kind: WhoKind
    staff_id: int | None = None
    name: str = ""
    post: str = ""


class On(StrEnum):
    NOBODY = "nobody"
    ACCOUNT = "account"  # in scope
    STAFF = "staff"
    ERASED = "erased"
    OUTSIDE = "outside"  # not in scope, or no longer: no name is shown


@dataclass(frozen=True, slots=True)
class Subject:
    """On whom.

    Attributes:
        pk: of the account or of the member of the staff, in scope only.
        username: of an account.
    """

    is_: On = On.NOBODY
    pk: int | None = None
    name: str = ""
    username: str = ""
    guardian: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the mandates whose accounts have names, and where posts are told from."""

    mandates: Sequence[Mandate]
    places: Q

    @classmethod
    def of(cls, mandate: Mandate) -> "Reader":
        """Somebody who answers for a place."""
        scope = mandate.scope
        here = scope.schools("school__") if scope.uai else Q(school__academie=scope.academie)
        return cls((mandate,), here)

    @classmethod
    def oneself(cls, staff_id: int, *, now: datetime) -> "Reader":
        """Somebody who reads of their own gestures: with the mandates that their posts and delegations give today."""
        found = []
        for one in held(staff_id, now=now):
            right = next((right for right in (Right.ADMINISTRATION, Right.DEPANNAGE) if right in one.rights), None)
            if right is None:
                continue
            try:
                place = {"uai": one.scope.uai, "academie": one.scope.academie}
                found.append(mandate_for(staff_id, right, **place, now=now))
            except OutOfMandate:  # ended in between
                continue
        return cls(found, Q(staff=staff_id))

    def look_up(self, entries: Sequence[Entry], *, alone: Collection[int]) -> tuple[dict[str, Who], dict[int, Subject]]:
        """Actor -> who, and line -> on whom; a gesture on many names nobody.

        Args:
            alone: the lines that are a whole gesture.
        """
        people = self._staff({_number(entry.actor) for entry in entries} | {_told(entry) for entry in entries})
        accounts = self._accounts(
            {entry.account_id for entry in entries if entry.pk in alone and entry.account_id is not None}
        )
        who = {entry.actor: self._who(entry.actor, people) for entry in entries}
        on = {entry.pk: self._on(entry, people, accounts, alone) for entry in entries}
        return who, on

    def _who(self, actor: str, people: dict[int, tuple[str, str]]) -> Who:
        kind = actor.partition(":")[0]
        if kind == "staff":
            number = _number(actor)
            name, post = people.get(number, ("", ""))
            return Who(WhoKind.STAFF, number, name, post)
        return Who({"operator": WhoKind.OPERATOR, "account": WhoKind.HOLDER}.get(kind, WhoKind.SYSTEM))

    def _on(
        self, entry: Entry, people: dict[int, tuple[str, str]], accounts: dict[int, Subject], alone: Collection[int]
    ) -> Subject:
        if entry.account_id is not None:
            return accounts[entry.account_id] if entry.pk in alone else Subject()
        concerned = _told(entry)
        if not concerned:
            return Subject()
        name, _ = people.get(concerned, ("", ""))
        return Subject(On.STAFF, concerned, name) if name else Subject(On.ERASED)

    def _staff(self, numbers: set[int]) -> dict[int, tuple[str, str]]:
        """Number -> name and post here, the latest; those who were erased are missing."""
        numbers.discard(0)
        if not numbers:
            return {}
        found = {one.pk: one for one in Staff.objects.filter(pk__in=numbers)}
        above = Q(function__in=(Function.ACADEMIE, Function.NATION))
        posts: dict[int, str] = {}
        held_here = Post.objects.filter(self.places | above, staff__in=found)
        # the latest wins, one in force (no end) before one that ended; a post here before one above
        latest_last = held_here.order_by("ended_at", "starts_on", "pk")
        for staff_id, function in latest_last.values_list("staff", "function"):
            if function in (Function.ACADEMIE, Function.NATION):
                posts.setdefault(staff_id, function)
            else:
                posts[staff_id] = function
        given = Delegation.objects.filter(self.places, staff__in=set(found) - set(posts))
        posts |= dict.fromkeys(given.values_list("staff", flat=True), DELEGATE)
        return {pk: (called(one), posts.get(pk, "")) for pk, one in found.items()}

    def _accounts(self, numbers: set[int]) -> dict[int, Subject]:
        """Number -> who its holder is, in scope only."""
        told: dict[int, Subject] = {}
        for mandate in self.mandates:
            rest = numbers - told.keys()
            if rest:
                found = mandate.accounts(rest).select_related("pupil", "guardian")
                told |= {account.pk: subject(account) for account in found}
        rest = numbers - told.keys()
        known = set(Account.objects.filter(pk__in=rest).values_list("pk", flat=True)) if rest else set()
        return told | {pk: Subject(On.OUTSIDE if pk in known else On.ERASED) for pk in rest}


def subject(account: Account) -> Subject:
    """An account in scope, with its holder selected."""
    holder = account.pupil or account.guardian
    name = f"{(holder.used_name or holder.family_name).upper()} {holder.first_name}" if holder else ""
    return Subject(On.ACCOUNT, account.pk, name, account.username, account.kind == Kind.GUARDIAN)


def staff_name(staff_id: int) -> str:
    """First name and name; empty where they were erased."""
    found = Staff.objects.filter(pk=staff_id).first()
    return called(found) if found else ""


def called(one: Staff) -> str:
    """« Maude VALDAIRE », or a number where no name is known."""
    return f"{one.first_name} {one.name.upper()}".strip() or f"n° {one.pk}"


def _number(actor: str) -> int:
    kind, _, number = actor.partition(":")
    return int(number) if kind == "staff" and number.isdigit() else 0


def _told(entry: Entry) -> int:
    """The member of the staff a line is about, or 0."""
    number = entry.detail.get("staff")
    return number if isinstance(number, int) else 0
