"""`make messages`: the catalogue of translations, whose source strings are the French sentences of the code.

With `--check`, nothing is written: it fails if a sentence of the sources is missing from the catalogue, if the
catalogue has one the sources no longer say, or if a translation is marked doubtful (fuzzy).
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = Path("locale") / "en" / "LC_MESSAGES" / "django.po"
SOURCES = (".py", ".html", ".txt")
ENTRY = re.compile(r'^(msgctxt|msgid|msgid_plural) ((?:".*"\n?)+)', re.MULTILINE)
HEADER = '''# English translations of EduConnect's sentences; an empty one shows the French.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"'''


def made(folder: Path) -> str:
    """The catalogue as it should be: what the sources say now, with the translations already there.

    Raises:
        SystemExit: gettext's programs are missing, or cannot read a source.
    """
    copy = folder / "educonnect"
    package = ROOT / "educonnect"
    for path in sorted(package.rglob("*")):
        if path.suffix in SOURCES and "migrations" not in path.parts and "static" not in path.parts:
            target = copy / path.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (copy / CATALOGUE).parent.mkdir(parents=True)
    if (package / CATALOGUE).exists():
        shutil.copyfile(package / CATALOGUE, copy / CATALOGUE)
    # without our settings, whose LOCALE_PATHS would have the real catalogue written
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    options = ["--locale=en", "--no-location", "--no-obsolete", "--no-wrap", "--extension=html,txt,py"]
    done = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", *options],
        cwd=copy,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"traductions : {done.stderr.strip() or done.stdout.strip()}")
    blocks = (copy / CATALOGUE).read_text(encoding="utf-8").strip().split("\n\n")[1:]
    return "\n\n".join([HEADER, *map(without_guess, blocks)]) + "\n"


def without_guess(block: str) -> str:
    """The entry, its translation emptied if it was guessed from a sentence alike."""
    lines = block.splitlines()
    flags = next((line for line in lines if line.startswith("#, ")), "")
    if "fuzzy" not in flags:
        return block
    kept = ", ".join(flag for flag in flags[3:].split(", ") if flag != "fuzzy")
    head = [line for line in lines if line.startswith("#") and not line.startswith(("#|", "#, "))]
    body = block[block.index("\nmsg") + 1 :]
    body = re.sub(r'(?m)^(msgstr(?:\[\d\])?) "[^\n]*"(?:\n"[^\n]*")*', r'\1 ""', body)
    return "\n".join([*head, *([f"#, {kept}"] if kept else []), body])


def sentences(catalogue: str) -> set[str]:
    """Each source sentence of a catalogue, with its context and plural, in one string."""
    found = set()
    for block in catalogue.split("\n\n"):
        if not block.lstrip().startswith("#~"):
            words = [text(match.group(2)) for match in ENTRY.finditer(block + "\n")]
            if any(words):
                found.add("\x04".join(words))
    return found


def text(quoted: str) -> str:
    """The string that consecutive quoted lines spell."""
    return "".join(str(ast.literal_eval(line)) for line in quoted.strip().splitlines())


def faults(committed: str, wanted: str) -> Iterator[str]:
    """What the catalogue lacks, has too much of, or doubts."""
    for sentence in sorted(sentences(wanted) - sentences(committed)):
        yield f"absente du catalogue : « {sentence} »"
    for sentence in sorted(sentences(committed) - sentences(wanted)):
        yield f"le code ne dit plus : « {sentence} »"
    if "#, fuzzy" in committed:
        yield "une traduction est marquée douteuse (fuzzy)"


def main() -> int:
    """Write the catalogue, or with `--check` compare it; 0 if it is, or now is, up to date."""
    path = ROOT / "educonnect" / CATALOGUE
    with tempfile.TemporaryDirectory() as folder:
        wanted = made(Path(folder))
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if "--check" not in sys.argv:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} : {len(sentences(wanted))} phrases")
        return 0
    found = list(faults(committed, wanted))
    for fault in found:
        print(fault)
    if found:
        print("Le catalogue n’est pas à jour : make messages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
