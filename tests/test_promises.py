"""`docs/promises.md` tells the truth: a line a promise, and a test of its number for each one it calls shown."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (T\d\d) \| (shown|partly|not yet|not ours) \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    return {number: state for number, state, _ in ROW.findall((ROOT / "docs" / "promises.md").read_text("utf-8"))}


def numbered() -> set[str]:
    return {
        number
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
        for number in re.findall(r"T\d\d", name)
    }


def test_each_promise_has_its_line() -> None:
    assert list(rows()) == [f"T{number:02d}" for number in range(1, 89)]


def test_what_is_called_shown_or_partly_shown_has_a_test_that_bears_its_number() -> None:
    claimed = {number for number, state in rows().items() if state in {"shown", "partly"}}

    assert claimed - numbered() == set()
    assert numbered() - claimed == set()
