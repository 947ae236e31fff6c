"""The process that typesets, apart from all others: its memory is given back by ending it.

Run by its path, without the project on its path. Frames on standard input and output: eight bytes of length, then the
content. In: a batch as JSON. Out: one byte, `P` for a PDF or `E` for what went wrong, then the frame.
It ends at the end of its input, or after `IDLE` seconds without work.
"""

import os
import select
import sys
from pathlib import Path
from typing import BinaryIO

IDLE = 20.0
FOLDER = Path(__file__).parent


def main() -> None:
    import typst

    # only what we ship and what typst embeds: the same page on every machine
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FOLDER / "fonts"])
    compiler = typst.Compiler(FOLDER / "letter.typ", root=FOLDER, font_paths=fonts)
    while (batch := read(sys.stdin.buffer)) is not None:
        try:
            made = compiler.compile(sys_inputs={"batch": batch.decode()}, format="pdf", pdf_standards="ua-1")
        except typst.TypstError as error:
            answer(b"E", error.message.encode())
        else:
            answer(b"P", made if isinstance(made, bytes) else b"".join(made or ()))


def read(source: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the input, or when none comes."""
    ready, _, _ = select.select([source], [], [], IDLE)
    head = source.read(8) if ready else b""
    if len(head) < 8:
        return None
    return source.read(int.from_bytes(head))


def answer(kind: bytes, content: bytes) -> None:
    sys.stdout.buffer.write(kind + len(content).to_bytes(8) + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # whoever asked was killed: nobody is left to tell, at the last flush neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
