"""The directory of schools: open a school, its divisions, its courses; keep what is known of them up to date."""

from collections.abc import Mapping
from typing import Final

from educonnect.schools.models import Division, Mef, School, Sector
from educonnect.schools.reference import SCHOOL_KINDS
from educonnect.schools.uai import Uai

#: What may be known of a school -> how much of it is kept.
_KNOWN: Final = {"name": 120, "kind": 10, "sector": 2, "town": 60, "phone": 20, "head_title": 60}


def open_school(uai: Uai | str, **known: str) -> School:
    """The school of this UAI, opened if it was not, brought up to date with what is known of it.

    Args:
        uai: where the school stands is read from it.
        known: `name`, `kind`, `sector`, `town`, `phone`, `head_title`. An empty value says nothing and changes nothing;
            one that is too long is cut.

    Raises:
        NotAUai: the text is not a UAI.
    """
    place = uai if isinstance(uai, Uai) else Uai.parse(uai)
    if unknown := known.keys() - _KNOWN.keys():
        raise TypeError(f"not a fact of a school: {', '.join(sorted(unknown))}")
    values: dict[str, str | int] = {name: value[: _KNOWN[name]] for name, value in known.items() if value}
    if values.get("sector", Sector.PUBLIC) not in Sector.values:
        del values["sector"]
    if kind := SCHOOL_KINDS.get(str(values.get("kind", ""))):
        values["degree"] = kind.degree
    school, created = School.objects.get_or_create(
        pk=place.code,
        defaults={
            "departement": place.departement,
            "academie": place.academie,
            "si_instance": place.si_instance,
            **values,
        },
    )
    changed = [] if created else [name for name, value in values.items() if getattr(school, name) != value]
    if changed:
        for name in changed:
            setattr(school, name, values[name])
        school.save(update_fields=changed)
    return school


def open_divisions(school: School, year: int, labels: Mapping[str, str]) -> dict[str, int]:
    """Open the classes of a school for a year, and rename those whose label changed.

    Args:
        year: of its September.
        labels: code -> label; an empty label leaves the one already known.

    Returns:
        code -> id, for every class of this school and year.
    """
    here = Division.objects.filter(school=school, year=year)
    known = {division.code: division for division in here}
    renamed = []
    for code, label in labels.items():
        division = known.get(code)
        if division and label and division.label != label[:40]:
            division.label = label[:40]
            renamed.append(division)
    Division.objects.bulk_update(renamed, ["label"], batch_size=500)
    opened = [
        Division(school=school, year=year, code=code, label=label[:40])
        for code, label in labels.items()
        if code not in known
    ]
    if not opened:
        return {code: division.pk for code, division in known.items()}
    Division.objects.bulk_create(opened, ignore_conflicts=True)
    return dict(here.values_list("code", "pk"))


def open_mefs(mefs: Mapping[str, tuple[str, str]]) -> None:
    """Keep the labels and levels of courses, as a school's nomenclature names them: code -> (label, MEFSTAT4).

    Courses are the nation's: the last school to speak wins, and an empty value never hides a known one.
    """
    known = {
        code: (label, level)
        for code, label, level in Mef.objects.filter(pk__in=list(mefs)).values_list("code", "label", "level")
    }
    fresh = []
    for code in sorted(mefs):
        label, level = mefs[code]
        before = known.get(code, ("", ""))
        after = (label[:60] or before[0], level or before[1])
        if code not in known or after != before:
            fresh.append(Mef(code=code, label=after[0], level=after[1]))
    Mef.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["code"], update_fields=["label", "level"], batch_size=1000
    )
