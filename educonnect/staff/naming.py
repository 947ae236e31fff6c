"""People of the staff whom a base names: who they are, found again at its next export. It lets nobody in."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from educonnect.population.names import fold
from educonnect.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a base names them.

    Attributes:
        key: their number there, with what makes it unique, such as `sts:31:epp:1234`.
    """

    key: str
    name: str
    first_name: str

    @property
    def folded(self) -> tuple[str, str]:
        return fold(self.name), fold(self.first_name)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Attributes:
    staff: key -> person.
    created: how many were not known. replaced: keys that now name somebody else.
    """

    staff: dict[str, int]
    created: int
    replaced: tuple[str, ...]


def recognise(people: Iterable[Named], *, near: Collection[int], holding: Collection[int], now: datetime) -> Recognised:
    """The person of the staff that each of these is; whoever is not known becomes one, who cannot sign in.

    Found by their number; else, among the people already in the place, by a name that only one of them and one of those
    named bears. A number whose name and first name both changed is somebody else's now. A name kept for somebody who
    has come since by another way gives its number to that person.

    Args:
        near: who has something where the base comes from. holding: those of them who hold a right.
    """
    named = {one.key: one for one in people}
    known = {one.base_key: one for one in Staff.objects.filter(base_key__in=named).order_by("pk").select_for_update()}
    replaced = tuple(key for key, one in known.items() if key and _another(one, named[key]))
    Staff.objects.filter(base_key__in=replaced).update(base_key=None)
    found: dict[str, int] = {}
    names_only: list[int] = []
    for key, one in known.items():
        if key and key not in replaced:
            found[key] = one.pk
            _rename(one, named[key])
            if one.pk not in holding and not (one.email or one.subject or one.password):
                names_only.append(one.pk)
    wanted = [one for key, one in named.items() if key not in found or found[key] in names_only]
    _recognise_by_name(wanted, near, Counter(one.folded for one in named.values()), found)
    newcomers = [one for key, one in named.items() if key not in found]
    Staff.objects.bulk_create(
        (Staff(base_key=one.key, name=one.name, first_name=one.first_name, created_at=now) for one in newcomers),
        ignore_conflicts=True,  # another import may be naming the same person in another school
    )
    created = Staff.objects.filter(base_key__in=[one.key for one in newcomers]).values_list("base_key", "pk")
    found.update({key: pk for key, pk in created if key})
    return Recognised(found, len(newcomers), replaced)


def _recognise_by_name(
    wanted: list[Named], near: Collection[int], named: Counter[tuple[str, str]], found: dict[str, int]
) -> None:
    there = list(Staff.objects.filter(pk__in=near, base_key__isnull=True, closed_at__isnull=True).exclude(name=""))
    borne = Counter((fold(one.name), fold(one.first_name)) for one in there)
    by_name = {(fold(one.name), fold(one.first_name)): one for one in there}
    for one in wanted:
        if borne[one.folded] == named[one.folded] == 1:
            person = by_name[one.folded]
            Staff.objects.filter(base_key=one.key).update(base_key=None)
            Staff.objects.filter(pk=person.pk).update(base_key=one.key)
            found[one.key] = person.pk


def _another(known: Staff, named: Named) -> bool:
    name, first_name = named.folded
    return fold(known.name) != name and fold(known.first_name) != first_name


def _rename(known: Staff, named: Named) -> None:
    """Follow the base, unless the person was invited or signs in: somebody else said who they are."""
    if (
        known.email
        or known.subject
        or known.password
        or (known.name, known.first_name) == (named.name, named.first_name)
    ):
        return
    Staff.objects.filter(pk=known.pk).update(name=named.name, first_name=named.first_name)
