"""The console script `educonnect`: Django's commands under our name, with the database they need."""

import logging.config
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

from educonnect.config import embedded, logs, processes, usage

# commands that serve until they are stopped: they say in JSON, on standard output, what happens
SERVING = frozenset({"serve", "work"})
# commands that need no database; one of ours says it itself with a class attribute `database = False`, and the
# others find their tables made
WITHOUT_DATABASE = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages", "run"}
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its status; a refusal is one clear line on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "educonnect.config.settings")
    signal.signal(signal.SIGTERM, _terminated)  # so that what was opened is closed
    processes.follow_parent()
    try:
        status = run(words)
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing more to say
        status = 141
    sys.exit(status)


def run(words: Sequence[str]) -> int:
    """Run one command; the status it leaves with."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db.utils import OperationalError

    from educonnect.errors import Refusal

    try:
        return _run(list(words))
    except Refusal as refusal:
        from educonnect.web.refusals import sentence

        return _complain(f"{sentence(refusal)} ({refusal.code})")
    except CommandError as error:
        return _complain(str(error), status=error.returncode)
    except (ImproperlyConfigured, embedded.DatabaseUnavailable) as error:
        return _complain(str(error))
    except OperationalError as error:
        return _complain(f"la base de données ne répond pas : {str(error).strip().splitlines()[0]}")


def _run(words: list[str]) -> int:
    import django
    from django.conf import settings
    from django.core.management import ManagementUtility, get_commands
    from django.core.management.base import CommandError, handle_default_options
    from django.db import connections

    from educonnect.config import schema

    django.setup()
    if not words or words[0] in {"help", "-h", "--help"}:
        if len(words) > 1:
            words = [words[1], "--help"]
        else:
            print(_help(get_commands()))
            return 0
    if words[0] == "--version":
        words[0] = "version"
    name = words[0]
    if name == "version":
        from importlib.metadata import version

        print(version("educonnect"))
        return 0
    if name not in get_commands():
        raise CommandError(f"commande inconnue : « {name} ». « educonnect help » donne la liste.", returncode=2)
    command = ManagementUtility(["educonnect", *words]).fetch_command(name)
    parser = command.create_parser("educonnect", name)
    try:
        options: dict[str, Any] = vars(parser.parse_args(words[1:]))
    except CommandError as error:
        raise CommandError(usage.in_french(str(error), name), returncode=2) from error
    positional = options.pop("args", ())
    handle_default_options(parser.parse_args(words[1:]))
    needed = getattr(command, "database", name not in WITHOUT_DATABASE)
    own = needed and not os.environ.get("DATABASE_URL")
    with embedded.running(Path(settings.DATA_DIR)) if own else nullcontext():
        try:
            if needed and str(get_commands()[name]).startswith("educonnect."):
                schema.prepare(may_make=own, tell=embedded.say)
            if name in SERVING:
                logging.config.dictConfig(logs.configuration("ext://sys.stdout", settings.LOG_LEVEL))
                command.check(databases=["default"])
                from educonnect.config import inventory  # it reads models, which `django.setup` loads

                inventory.remember()
            command.execute(*positional, **options)
        finally:
            connections.close_all()
    return 0


def _help(commands: dict[str, Any]) -> str:
    from django.core.management import load_command_class

    ours = {
        name: str(load_command_class(app, name).help).strip()
        for name, app in sorted(commands.items())
        if isinstance(app, str) and app.startswith("educonnect.")
    }
    width = max(map(len, ours), default=0)
    lines = ["usage : educonnect COMMANDE [options]", "", "commandes :"]
    lines += [f"  {name:<{width}}  {text}" for name, text in ours.items()]
    others = ", ".join(name for name in ("migrate", "collectstatic", "check", "shell") if name in commands)
    lines += ["", f"et celles de Django, dont {others} ; « educonnect COMMANDE --help » dit les options de chacune."]
    return "\n".join(lines)


def _complain(sentence: str, *, status: int = 1) -> int:
    print(f"educonnect : {sentence}", file=sys.stderr)
    return status


def _terminated(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)
