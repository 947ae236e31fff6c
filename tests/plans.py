"""What the plan of a statement reads, so that a test can hold it to what is shown."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def rows_read(read: Callable[[], object], *tables: str) -> int:
    """Rows that the statements of a reading took from these tables, kept or not."""
    with CaptureQueriesContext(connection) as captured:
        read()
    total = 0
    for one in list(captured):
        if not one["sql"].startswith(("SELECT", "(SELECT")):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + one["sql"])
            plan = cursor.fetchone()[0]
        total += touched((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"], *tables)
    return total


def touched(plan: Mapping[str, Any], *tables: str) -> int:
    """Rows that a plan read from these tables."""
    below = sum(touched(child, *tables) for child in plan.get("Plans", []))
    if "Scan" not in plan["Node Type"] or plan.get("Relation Name") not in tables:
        return below
    rows = float(plan["Actual Rows"]) + float(plan.get("Rows Removed by Filter", 0))
    return below + round(rows * float(plan["Actual Loops"]))
