"""The classes and courses a school base names."""

from collections.abc import Mapping

from educonnect.schools.models import Division, Mef


def keep_divisions(uai: str, year: int, labels: Mapping[str, str]) -> tuple[dict[str, int], int]:
    """Make sure a school has these classes for a year; an empty label changes none.

    Args:
        labels: code -> label, empty when unknown.

    Returns:
        code -> identifier for every class of that school and year, and how many were created.
    """
    known = {division.code: division for division in Division.objects.filter(school_id=uai, year=year)}
    created = Division.objects.bulk_create(
        Division(school_id=uai, year=year, code=code, label=label[:40])
        for code, label in sorted(labels.items())
        if code not in known
    )
    renamed = []
    for code, label in labels.items():
        if code in known and label and known[code].label != label[:40]:
            known[code].label = label[:40]
            renamed.append(known[code])
    if renamed:
        Division.objects.bulk_update(renamed, ["label"])
    return {division.code: division.pk for division in [*known.values(), *created]}, len(created)


def keep_mefs(mefs: Mapping[str, tuple[str, str]]) -> None:
    """Learn courses never seen, and the level of those that had none. A known label is national: it stays.

    Args:
        mefs: code -> (label, MEFSTAT4).
    """
    known = dict(Mef.objects.filter(pk__in=list(mefs)).values_list("code", "level"))
    missing = {code: told for code, told in sorted(mefs.items()) if code not in known}
    if missing:
        Mef.objects.bulk_create(
            (Mef(code=code, label=label[:60], level=level) for code, (label, level) in missing.items()),
            ignore_conflicts=True,
        )
    levelless = [code for code, (_, level) in mefs.items() if level and known.get(code) == ""]
    if levelless:
        # locked in one order by all, so that two imports never wait for each other
        completed = list(Mef.objects.select_for_update().filter(pk__in=levelless).order_by("pk"))
        for mef in completed:
            mef.level = mefs[mef.code][1]
        Mef.objects.bulk_update(completed, ["level"])
