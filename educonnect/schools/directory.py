"""The directory of schools: open a school, keep what is known of it up to date."""

from typing import Final

from educonnect.schools.models import School, Sector
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
