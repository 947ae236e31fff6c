"""`python -m bench [NAME…] [--quick]`: run the benches one at a time, write `bench/results/DATE.md`."""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench import measure

HERE = Path(__file__).resolve().parent
FRAME = {"__init__", "__main__", "application", "measure", "profile", "store", "serve", "serve_fill", "staff_fill"}


def names() -> list[str]:
    """The benches there are."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in FRAME)


def main() -> None:
    """Run, print, write; a bench that fails makes the command fail, after the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"among: {', '.join(names())}; all by default")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing written to bench/results")
    parser.add_argument("--output", type=Path, help="instead of bench/results/DATE.md")
    options = parser.parse_args()
    unknown = [name for name in options.names if importlib.util.find_spec(f"bench.{name}") is None]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}")
    facts = measure.machine()
    sections, failed = [], []
    for name in options.names or names():
        with tempfile.TemporaryDirectory() as scratch:
            kept = Path(scratch) / "figures.json"
            command = [sys.executable, "-m", f"bench.{name}", "--json", str(kept)]
            sys.stderr.write(f"{name}…\n")
            done = subprocess.run([*command, *(["--quick"] if options.quick else [])], cwd=HERE.parent, check=False)
            if done.returncode:
                failed.append(name)
                continue
            document = json.loads(kept.read_text())
        sections.append(f"## {document['title']}\n\n{measure.table(measure.read(document))}\n")
    report = "\n".join(
        [
            f"# Figures of {date.today().isoformat()}",  # noqa: DTZ011 - the day where the bench runs
            "",
            "CPU of all processes that worked, PostgreSQL apart. Wall time tells nothing where the machine is shared.",
            "",
            *(f"- {fact}: {value}" for fact, value in facts.items()),
            "",
            *sections,
            *(f"{name}: failed, see its output.\n" for name in failed),
        ]
    )
    sys.stdout.write(report)
    target = options.output or (
        None if options.quick else HERE / "results" / f"{date.today().isoformat()}.md"  # noqa: DTZ011
    )
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(report, encoding="utf-8")
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
