"""`educonnect run`: everything one machine needs, started in order, watched, and ended together (decision 0004)."""

import contextlib
import hashlib
import http.client
import importlib.metadata
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from educonnect.config import embedded, ports, processes, schema, started

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

    def start_again(self) -> None:
        """Take the place of the one that died, and of all it had started.

        Raises:
            CommandError: it died too often lately; with its last words.
        """
        now = time.monotonic()
        self.deaths.append(now)
        if len(self.deaths) == DEATHS and now - self.deaths[0] < DEATHS_SECONDS:
            raise CommandError(
                _("« %(name)s » s’arrête sans cesse ; son journal, %(log)s, finit ainsi :\n%(words)s")
                % {"name": self.name, "log": self.log, "words": self.last_words()}
            )
        self.stop(now)
        self.start()

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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's « & » starts us with it ignored
    signal.signal(signal.SIGHUP, _leave)
    with _alone(Path(settings.DATA_DIR)):
        house = House(say)
        house.clear_remains()
        try:
            with house.database():
                house.start()
                house.watch()
        except (KeyboardInterrupt, SystemExit):
            pass  # told to stop: that is how it ends
        finally:
            started.forget(house.data_dir)
            say(_("Tout est arrêté."))


class House:
    """One start of everything on a data folder."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.data_dir = Path(settings.DATA_DIR)
        self.port = settings.PORT
        self.services = {"pass-culture": self.port + 1} if settings.DEMO else {}
        self.own_database = not os.environ.get("DATABASE_URL")
        self.token = secrets.token_hex(16)
        self.children: list[Child] = []

    def clear_remains(self) -> None:
        """End what a killed start left behind, then see that our ports are free.

        Raises:
            CommandError: another program listens on one of them, or there are not as many ports from there.
        """
        patience = 0.0
        if token := started.read(self.data_dir).get("token"):
            processes.end_bearers(str(token))
            patience = GRACE_SECONDS
        asked = [self.port, *self.services.values()]
        if max(asked) > ports.LAST:
            raise CommandError(
                _("PORT : il faut %(count)d ports de suite, le dernier à %(last)d au plus. Rien n’a été démarré.")
                % {"count": len(asked), "last": ports.LAST}
            )
        if taken := ports.taken(asked, patience=patience):
            raise CommandError(
                _(
                    "port déjà pris : %(taken)s. Rien n’a été démarré. Arrêtez le programme qui l’occupe, "
                    "ou choisissez un autre premier port, par exemple : PORT=%(other)d make run"
                )
                % {"taken": ", ".join(map(str, taken)), "other": self.port + 100}
            )

    @contextmanager
    def database(self) -> Iterator[None]:
        """The database for as long as we run; the children end before it does."""
        self.tell()
        with ExitStack() as stack:
            url = os.environ.get("DATABASE_URL", "")
            if self.own_database:
                self.say(_("Base de données embarquée…"))
                url = stack.enter_context(embedded.running(self.data_dir, tell=self.say))
            self.environment = {
                **os.environ,
                "DATABASE_URL": url,
                "PORT": str(self.port),
                "PYTHONUNBUFFERED": "1",
                "STARTED_BY": self.token,
            }
            try:
                yield
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # we are leaving already
                self.tell(stopping=True)
                self.say(_("\nArrêt…"))
                self.stop()

    def start(self) -> None:
        """Tables, static files, the fictive académie the first time, then each child until it answers."""
        self.say(_("Tables…"))
        schema.migrate()
        self.collect_static()
        BaseCommand().check(databases=["default"])
        fictive = settings.DEMO and "demo-load" in get_commands()
        # loaded to its end, and its services registered for the ports of this start
        marks = apps.get_model("demo", "Mark")._default_manager.filter(loaded_at__isnull=False, port=self.port)
        if fictive and not marks.exists():
            self.say(_("Académie fictive : écriture et import de ses fichiers…"))
            self.command("demo-load")
        connection.close()
        self.children = self.make_children()
        self.say(_("Démarrage : %(names)s…") % {"names": ", ".join(child.name for child in self.children)})
        for child in self.children:
            child.start()
        self.tell()
        for child in self.children:
            child.wait()
        if settings.DEMO and "demo" in get_commands():
            self.command("demo")
        self.say(
            _("EduConnect : %(url)s\nJournaux des programmes : %(logs)s\nCtrl-C arrête tout.")
            % {"url": settings.BASE_URL, "logs": self.data_dir / "log"}
        )

    def command(self, name: str) -> None:
        """One command in a process of its own, which gives back the memory it took; it says what it does itself."""
        sys.stdout.flush()
        words = [sys.executable, "-m", "educonnect", name]
        if subprocess.run(words, env=self.environment, cwd=settings.BASE_DIR, check=False).returncode:
            raise CommandError(_("« educonnect %(name)s » a échoué.") % {"name": name})

    def collect_static(self) -> None:
        """Gather the static files unless those gathered last are still the same."""
        from django.contrib.staticfiles.finders import get_finders

        digest = hashlib.sha256(importlib.metadata.version("whitenoise").encode())
        for finder in get_finders():
            for path, storage in finder.list([]):
                found = Path(storage.path(path)).stat()
                digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
        stamp = self.data_dir / "static.stamp"
        manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
        if manifest.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == digest.hexdigest():
            return
        self.say(_("Fichiers statiques…"))
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest.hexdigest(), encoding="ascii")

    def make_children(self) -> list[Child]:
        """The programs of this installation, in the order they are started."""
        base = f"http://{ports.LOOPBACK}:{self.port}"
        children = [
            Child(
                "serve",
                ["educonnect", "serve", "--port", str(self.port)],
                partial(_answers, base, settings.BASE_URL.split("//")[1]),
                environment=self.environment,
            )
        ]
        if "work" in get_commands():
            children.append(Child("work", ["educonnect", "work"], _registered(), environment=self.environment))
        if "pass-culture" in self.services and (Path(settings.BASE_DIR) / "services/pass_culture/__main__.py").exists():
            port = self.services["pass-culture"]
            # an example service knows nothing of us but what it is told here: neither our secrets nor our database
            private = ("EDUCONNECT_", "DATABASE_URL", "DJANGO_")
            children.append(
                Child(
                    "pass-culture",
                    [
                        "services.pass_culture",
                        *("--port", str(port)),
                        *("--idp-metadata", f"{settings.BASE_URL}/idp/shibboleth"),
                        *("--data", str(self.data_dir / "services" / "pass-culture")),
                    ],
                    partial(_answers, f"http://{ports.LOOPBACK}:{port}", f"{ports.LOOPBACK}:{port}"),
                    environment={
                        name: value for name, value in self.environment.items() if not name.startswith(private)
                    }
                    | {"no_proxy": "localhost,127.0.0.1"},  # it asks this machine only, whatever the way out
                )
            )
        return children

    def tell(self, *, stopping: bool = False) -> None:
        """Write down what runs, for the commands that come after and for the start after a kill."""
        started.write(
            self.data_dir,
            {
                "base_url": settings.BASE_URL,
                "port": self.port,
                "services": {name: f"http://{ports.LOOPBACK}:{port}" for name, port in self.services.items()},
                "processes": {"run": os.getpid(), **{child.name: child.pid for child in self.children}},
                "postgresql": embedded.server_pid(self.data_dir) if self.own_database else None,
                "token": self.token,
                "stopping": stopping,
            },
        )

    def watch(self) -> None:
        """Start again what dies, until we are told to stop.

        Raises:
            CommandError: a child dies too often.
        """
        while True:
            time.sleep(LOOK_SECONDS)
            changed = False
            if self.own_database and embedded.revive(self.data_dir, tell=self.say):
                self.say(_("La base de données s’était arrêtée : elle est relancée."))
                changed = True
            for child in filter(Child.dead, self.children):
                child.start_again()
                self.say(_("« %(name)s » s’était arrêté : il est relancé.") % {"name": child.name})
                changed = True
            if changed:
                self.tell()

    def stop(self) -> None:
        """End every child, last started first."""
        for child in reversed(self.children):
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            child.stop(deadline)


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
