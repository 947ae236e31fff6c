"""Letters in, PDF out: tagged (PDF/UA-1), one page an account, text that can be selected and read aloud."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, cast

from django.utils.translation import gettext as _

from educonnect.letters import printable, qr, rules
from educonnect.letters.letter import Letter

SECRETIVE = ("EDUCONNECT_", "DATABASE_URL", "PG")
PRESS = Path(__file__).with_name("press.py")


class PressFailed(Exception):
    """Nothing could be printed. The message never holds what the letters say."""


def render(letters: Sequence[Letter], *, title: str = "") -> bytes:
    """Print at most `rules.LETTERS_A_PROCESS` letters, one A4 page each, in the order given.

    The same letters give the same bytes. Typesetting runs in another process, so that its memory is given back.

    Args:
        title: of the document, as readers announce it.

    Raises:
        ValueError: no letter, or too many.
        PressFailed: the typesetting process refused or died, twice.
    """
    if not 0 < len(letters) <= rules.LETTERS_A_PROCESS:
        raise ValueError(f"1 to {rules.LETTERS_A_PROCESS} letters, not {len(letters)}")
    batch = {
        "title": printable.text(title or _("Comptes ÉduConnect")),
        "author": "ÉduConnect",
        "folding": _(
            "Pour distribuer : pliez en accordéon aux deux repères. Le nom reste dehors, l’encadré est caché."
        ),
        "codes": {letter.qr: qr.svg(letter.qr) for letter in letters},
        "letters": [printable.values(asdict(letter)) | {"crowded": letter.crowded} for letter in letters],
    }
    content = json.dumps(batch, ensure_ascii=False).encode()
    press = _Press.take(len(letters))
    try:
        return press.print(content, len(letters))
    except OSError:  # it left while idle, or was killed: a fresh one tells whether the batch is to blame
        press.close()
        press = _Press()
        try:
            return press.print(content, len(letters))
        except OSError as error:
            raise PressFailed("the typesetting process died") from error
    finally:
        press.give_back()


class _Press:
    """A typesetting process, used by one thread at a time."""

    _idle: list["_Press"] = []
    _lock = threading.Lock()

    def __init__(self) -> None:
        self.printed = 0
        # a session of its own: Ctrl-C reaches the worker, which finishes the batch in hand; and none of our secrets
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(PRESS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(SECRETIVE)},
        )
        self.sink = cast(IO[bytes], self.process.stdin)
        self.source = cast(IO[bytes], self.process.stdout)

    @classmethod
    def take(cls, letters: int) -> "_Press":
        """A process with room left for that many letters."""
        spent = []
        with cls._lock:
            while cls._idle:
                press = cls._idle.pop()
                if press.process.poll() is None and press.printed + letters <= rules.LETTERS_A_PROCESS:
                    break
                spent.append(press)
            else:
                press = None
        for old in spent:
            old.close()
        return press or cls()

    def print(self, content: bytes, letters: int) -> bytes:
        """The PDF of a batch.

        Raises:
            OSError: the process is no more; this press is spent.
            PressFailed: it refused the batch; this press still works.
        """
        before, self.printed = self.printed, rules.LETTERS_A_PROCESS
        patience = threading.Timer(rules.PATIENCE, self.process.kill)
        patience.start()
        try:
            self.sink.write(len(content).to_bytes(8) + content)
            self.sink.flush()
            head = self.source.read(9)
            made = self.source.read(int.from_bytes(head[1:])) if len(head) == 9 else b""
            if len(head) < 9 or len(made) < int.from_bytes(head[1:]):
                raise BrokenPipeError
        finally:
            patience.cancel()
        self.printed = before + letters
        if head[:1] != b"P":
            raise PressFailed(made.decode(errors="replace"))
        return made

    def give_back(self) -> None:
        """Keep it for the next batch if it has room left, else end it."""
        if self.process.poll() is None and self.printed < rules.LETTERS_A_PROCESS:
            with self._lock:
                self._idle.append(self)
        else:
            self.close()

    def close(self) -> None:
        """End it and wait for its end."""
        for pipe in (self.sink, self.source):
            with contextlib.suppress(BrokenPipeError):  # it was gone with bytes unread
                pipe.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@atexit.register
def close_presses() -> None:
    """End every idle typesetting process now rather than after its idle time."""
    while _Press._idle:
        _Press._idle.pop().close()
