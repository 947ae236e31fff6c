"""`educonnect run`: everything one machine needs, started in order, watched, and ended together (decision 0004)."""

import contextlib
import hashlib
import http.client
import importlib.metadata
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from educonnect.config import embedded, ports, processes, started

ANSWER_SECONDS = 60  # for a child to answer, on a slow machine
STOP_SECONDS = 8  # for a child to end when asked, more than the server gives its own workers
GRACE_SECONDS = 6  # for the remains of a killed start to leave
DEATHS = 3  # within DEATHS_SECONDS, of one child: everything stops rather than start it for ever
DEATHS_SECONDS = 60
LOOK_SECONDS = 0.5
LOG_BYTES = 20 * 1024 * 1024

Say = Callable[[str], Any]


class Child:
    """A process we start, watch, and start again if it dies."""

    def __init__(self, name: str, words: Sequence[str], answers: Callable[[], bool], *, environment: dict[str, str]):
        self.name = name
        self.words = [sys.executable, "-m", *words]
        self.answers = answers
        self.environment = environment
        self.log = Path(settings.DATA_DIR) / "log" / f"{name}.log"
        self.deaths: deque[float] = deque(maxlen=DEATHS)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """In a session of its own, so that Ctrl-C reaches us alone; killed by the kernel if we are."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=settings.BASE_DIR,
                env=self.environment,
                start_new_session=True,
                preexec_fn=partial(processes.die_with, os.getpid()),  # noqa: PLW1509  we have one thread
            )

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def dead(self) -> bool:
        """Whether it has ended without being asked to."""
        return self.process is not None and self.process.poll() is not None

    def wait(self) -> None:
        """Until it answers.

        Raises:
            CommandError: it ended, or does not answer in time; with its last words.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self.answers():
            if self.dead() or time.monotonic() > deadline:
                raise CommandError(
                    _("« %(name)s » ne répond pas ; son journal, %(log)s, finit ainsi :\n%(words)s")
                    % {"name": self.name, "log": self.log, "words": self.last_words()}
                )
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, deadline: float) -> None:
        """Wait until `deadline` for its end, then kill it and all it started."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-15:])


def run(say: Say) -> None:
    """Start everything, say where it is, and watch it until told to stop.

    Raises:
        CommandError: before anything starts, if a port is taken or the folder is already run; later, if a child
            does not hold. Nothing it started is left in any case.
    """
    data_dir = Path(settings.DATA_DIR)
    signal.signal(signal.SIGHUP, _leave)
    with _alone(data_dir):
        first = settings.PORT
        services = {"pass-culture": first + 1} if settings.DEMO else {}
        asked = [first, *services.values()]
        patience = GRACE_SECONDS if started.read(data_dir) else 0.0
        if taken := ports.taken(asked, patience=patience):
            raise CommandError(_taken(taken, asked))
        try:
            with _database(data_dir, say) as url:
                environment = {**os.environ, "DATABASE_URL": url, "PORT": str(first), "PYTHONUNBUFFERED": "1"}
                _prepare(environment, say)
                children = _children(first, services, environment)
                try:
                    _start(children, say)
                    _tell(data_dir, children, first, services, stopping=False)
                    _sheet(environment, say)
                    _watch(data_dir, children, first, services, say)
                finally:
                    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                        signal.signal(number, signal.SIG_IGN)  # we are leaving already
                    _tell(data_dir, children, first, services, stopping=True)
                    say(_("\nArrêt…"))
                    _stop(children)
        except (KeyboardInterrupt, SystemExit):
            pass  # told to stop: that is how it ends
        finally:
            started.forget(data_dir)
            say(_("Tout est arrêté."))


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Be the only `run` of this folder; one that is stopping is waited for."""
    began = time.monotonic()
    while True:
        with started.alone(data_dir) as alone:
            if alone:
                yield
                return
        known = started.read(data_dir)
        if time.monotonic() - began > (4 * STOP_SECONDS if known.get("stopping") else 2):
            raise CommandError(
                _("EduConnect tourne déjà sur %(url)s (processus %(pid)s) : arrêtez-le d’abord.")
                % {"url": known.get("base_url", "?"), "pid": known.get("processes", {}).get("run", "?")}
            )
        time.sleep(0.1)


def _taken(taken: Sequence[int], asked: Sequence[int]) -> str:
    other = asked[0] + 100
    return _(
        "port déjà pris : %(taken)s. Rien n’a été démarré. Arrêtez le programme qui l’occupe, "
        "ou choisissez un autre premier port, par exemple : PORT=%(other)d make run"
    ) % {"taken": ", ".join(map(str, taken)), "other": other}


@contextmanager
def _database(data_dir: Path, say: Say) -> Iterator[str]:
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    say(_("Base de données embarquée…"))
    with embedded.running(data_dir, tell=say) as url:
        yield url


def _prepare(environment: dict[str, str], say: Say) -> None:
    """Tables, static files, and the fictive académie the first time."""
    say(_("Tables…"))
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static(say)
    BaseCommand().check(databases=["default"])
    fictive = settings.DEMO and "demo-load" in get_commands()
    if fictive and not apps.get_model("demo", "Mark")._default_manager.exists():
        say(_("Académie fictive : écriture et import de ses fichiers…"))
        _command(environment, "demo-load")
    connection.close()


def _command(environment: dict[str, str], name: str) -> None:
    """One command in a process of its own, which gives back the memory it took; it says what it does itself."""
    sys.stdout.flush()
    words = [sys.executable, "-m", "educonnect", name]
    if subprocess.run(words, env=environment, cwd=settings.BASE_DIR, check=False).returncode:
        raise CommandError(_("« educonnect %(name)s » a échoué.") % {"name": name})


def _collect_static(say: Say) -> None:
    """Gather the static files unless those gathered last are still the same."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(importlib.metadata.version("whitenoise").encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = Path(settings.DATA_DIR) / "static.stamp"
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest.hexdigest():
        return
    say(_("Fichiers statiques…"))
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest(), encoding="ascii")


def _children(first: int, services: dict[str, int], environment: dict[str, str]) -> list[Child]:
    base = f"http://{ports.LOOPBACK}:{first}"
    children = [
        Child(
            "serve",
            ["educonnect", "serve", "--port", str(first)],
            partial(_answers, base, settings.BASE_URL.split("//")[1]),
            environment=environment,
        )
    ]
    if "work" in get_commands():
        children.append(Child("work", ["educonnect", "work"], _registered(), environment=environment))
    if "pass-culture" in services and (Path(settings.BASE_DIR) / "services/pass_culture/__main__.py").exists():
        port = services["pass-culture"]
        # an example service knows nothing of us but what it is told here: neither our secrets nor our database
        private = ("EDUCONNECT_", "DATABASE_URL", "DJANGO_")
        children.append(
            Child(
                "pass-culture",
                [
                    "services.pass_culture",
                    *("--port", str(port)),
                    *("--idp-metadata", f"{settings.BASE_URL}/idp/shibboleth"),
                    *("--data", str(Path(settings.DATA_DIR) / "services" / "pass-culture")),
                ],
                partial(_answers, f"http://{ports.LOOPBACK}:{port}", f"{ports.LOOPBACK}:{port}"),
                environment={name: value for name, value in environment.items() if not name.startswith(private)},
            )
        )
    return children


def _answers(base: str, host: str) -> bool:
    """Whether an HTTP server answers there, with anything but an error of its own."""
    request = urllib.request.Request(f"{base}/", headers={"Host": host})  # noqa: S310  an http address of ours
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere())
    try:
        with opener.open(request, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except (OSError, http.client.HTTPException):
        return False


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer: it may lead to another host."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


def _registered() -> Callable[[], bool]:
    """Whether a job worker that was not there yet has made itself known in the database."""
    known: list[int] = []

    def newest() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM procrastinate_workers")
            row = cursor.fetchone()
        connection.close()
        return int(row[0]) if row else 0

    def answers() -> bool:
        if not known:
            known.append(newest())
            return False
        return newest() > known[0]

    answers()
    return answers


def _start(children: Sequence[Child], say: Say) -> None:
    say(_("Démarrage : %(names)s…") % {"names": ", ".join(child.name for child in children)})
    for child in children:
        child.start()
    for child in children:
        child.wait()


def _tell(data_dir: Path, children: Sequence[Child], first: int, services: dict[str, int], *, stopping: bool) -> None:
    started.write(
        data_dir,
        {
            "base_url": settings.BASE_URL,
            "port": first,
            "services": {name: f"http://{ports.LOOPBACK}:{port}" for name, port in services.items()},
            "processes": {"run": os.getpid(), **{child.name: child.pid for child in children}},
            "postgresql": None if os.environ.get("DATABASE_URL") else embedded.server_pid(data_dir),
            "stopping": stopping,
        },
    )


def _sheet(environment: dict[str, str], say: Say) -> None:
    """The sheet of addresses and accounts, as `educonnect demo` prints it."""
    if settings.DEMO and "demo" in get_commands():
        _command(environment, "demo")
    say(
        _("EduConnect : %(url)s\nJournaux des programmes : %(logs)s\nCtrl-C arrête tout.")
        % {"url": settings.BASE_URL, "logs": Path(settings.DATA_DIR) / "log"}
    )


def _watch(data_dir: Path, children: Sequence[Child], first: int, services: dict[str, int], say: Say) -> None:
    """Start again what dies, until we are told to stop or a child dies too often."""
    ours = not os.environ.get("DATABASE_URL")
    while True:
        time.sleep(LOOK_SECONDS)
        changed = False
        if ours and embedded.revive(data_dir, tell=say):
            say(_("La base de données s’était arrêtée : elle est relancée."))
            changed = True
        for child in children:
            if not child.dead():
                continue
            now = time.monotonic()
            child.deaths.append(now)
            if len(child.deaths) == DEATHS and now - child.deaths[0] < DEATHS_SECONDS:
                raise CommandError(
                    _("« %(name)s » s’arrête sans cesse ; son journal, %(log)s, finit ainsi :\n%(words)s")
                    % {"name": child.name, "log": child.log, "words": child.last_words()}
                )
            say(_("« %(name)s » s’était arrêté : il est relancé.") % {"name": child.name})
            child.stop(now)  # what it had started
            child.start()
            changed = True
        if changed:
            _tell(data_dir, children, first, services, stopping=False)


def _stop(children: Sequence[Child]) -> None:
    for child in reversed(children):
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in reversed(children):
        child.stop(deadline)
