"""What the operator does by hand for one person of the staff: add, invite, close, take lost factors away, list."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from educonnect.accounts.contacts import valid_email
from educonnect.accounts.errors import EmailInvalid
from educonnect.delegation import helping, invitations, posts
from educonnect.delegation.mandate import OPERATOR, OutOfMandate, operator_mandate
from educonnect.delegation.models import Function, Post, Source
from educonnect.delegation.posts import HeldElsewhere
from educonnect.errors import Refusal
from educonnect.journal.recording import record
from educonnect.journal.rules import Event
from educonnect.schools.reference import ACADEMIES, TERRITORIES
from educonnect.staff import adding, closing
from educonnect.staff.errors import NoAddress
from educonnect.staff.models import Staff

_SCHOOLS = (("head", Function.HEAD), ("deputy", Function.DEPUTY), ("primary-head", Function.PRIMARY_HEAD))


def add_arguments(what: Any) -> None:
    """One word a gesture, after `educonnect staff`."""
    add = what.add_parser("add", help=_("ajouter une personne, lui donner une fonction et l’inviter"))
    where = add.add_mutually_exclusive_group(required=True)
    where.add_argument("--nation", action="store_true", help=_("équipe nationale"))
    where.add_argument("--academie", type=_academie, metavar="14", help=_("une académie, par son numéro"))
    for name, function in _SCHOOLS:
        where.add_argument(f"--{name}", type=str.upper, metavar="UAI", help=str(function.label))
    add.add_argument("--first-name", required=True, metavar=_("PRÉNOM"))
    add.add_argument("--name", required=True, metavar=_("NOM"))
    add.add_argument("--email", required=True, type=_email, metavar=_("ADRESSE"), help=_("adresse professionnelle"))
    for parser in (
        add,
        _of_one(what, "invite", _("inviter de nouveau une personne ; l’invitation d’avant ne sert plus")),
    ):
        parser.add_argument(
            "--print", action="store_true", dest="printed", help=_("écrire le lien ici, sans envoyer d’e-mail")
        )
    _of_one(what, "close", _("fermer le compte d’une personne : plus rien ne s’ouvre, nulle part"))
    _of_one(
        what, "reset-factors", _("retirer les moyens de connexion qu’une personne a perdus, la prévenir et l’inviter")
    )
    listed = what.add_parser("list", help=_("qui tient une fonction"))
    listed.add_argument("uai", nargs="?", default="", type=str.upper, metavar="UAI", help=_("d’un établissement"))


def do(options: Mapping[str, Any], say: Callable[[str], object]) -> None:
    """The gesture asked for, told to `say`."""
    now = timezone.now()
    try:
        if options["what"] == "add":
            _add(options, say, now)
        elif options["what"] == "list":
            _list(options["uai"], say, now)
        else:
            _of(options, _found(options["person"]), say, now)
    except NoAddress:
        raise CommandError(_("Aucune adresse e-mail n’est connue pour cette personne : rien n’a été changé.")) from None
    except OutOfMandate:
        raise CommandError(_("Cette personne ne tient rien en ce moment : rien n’a été changé.")) from None
    except Refusal as refusal:
        raise CommandError(_("Refusé (code %(code)s) : rien n’a été changé.") % {"code": refusal.code}) from refusal


def _add(options: Mapping[str, Any], say: Callable[[str], object], now: datetime) -> None:
    if options["nation"]:
        held = HeldElsewhere(Function.NATION)
    elif options["academie"]:
        held = HeldElsewhere(Function.ACADEMIE, academie=options["academie"])
    else:
        function, uai = next((one, options[name.replace("-", "_")]) for name, one in _SCHOOLS if _given(options, name))
        held = HeldElsewhere(function, uai=uai)
    with transaction.atomic():
        known = Staff.objects.filter(email__iexact=options["email"], closed_at__isnull=True).order_by("pk")
        theirs = [one for one in known if one.address_is_theirs]
        staff = min(theirs, key=invitations.never_came, default=None)  # who came before who did not
        if staff is None:
            staff = adding.add(options["first_name"], options["name"], options["email"], now=now)
            record(Event.STAFF_ADDED, actor=OPERATOR, staff=staff.pk, source=Source.OPERATOR)
        if posts.give(staff.pk, held, Source.OPERATOR, now=now, actor=OPERATOR).unknown:
            raise CommandError(_("Aucun établissement ne porte cet UAI : rien n’a été changé."))
        say(_("Personne %(number)d : %(name)s.") % {"number": staff.pk, "name": _name(staff)})
        if invitations.never_came(staff):
            _invite(staff, say, now, printed=options["printed"])


def _of(options: Mapping[str, Any], staff: Staff, say: Callable[[str], object], now: datetime) -> None:
    if options["what"] == "invite":
        _invite(staff, say, now, printed=options["printed"])
    elif options["what"] == "close":
        done = closing.close(staff.pk, actor=OPERATOR, now=now)
        say(_("Le compte est fermé.") if done else _("Le compte était déjà fermé."))
    else:
        helping.forget_factors(operator_mandate(), staff.pk, now=now)
        say(_("Ses moyens de connexion sont retirés ; elle est prévenue et invitée par e-mail."))


def _invite(staff: Staff, say: Callable[[str], object], now: datetime, *, printed: bool) -> None:
    if printed:
        say(_("Invitation, à remettre en main propre : %s") % _link(staff, now))
    else:
        invitations.send(staff.pk, actor=OPERATOR, now=now)
        say(_("Une invitation part vers %s.") % staff.email)


def _link(staff: Staff, now: datetime) -> str:
    return invitations.address(invitations.make(staff.pk, actor=OPERATOR, now=now))


def _list(uai: str, say: Callable[[str], object], now: datetime) -> None:
    today = timezone.localdate(now)
    held = Post.objects.filter(ended_at__isnull=True, staff__closed_at__isnull=True).exclude(ends_on__lt=today)
    held = held.filter(school=uai) if uai else held.exclude(function=Function.OTHER)
    for post in held.select_related("staff", "school").order_by("academie", "school", "function", "pk"):
        where = post.school_id or post.academie or "-"
        say(f"{post.staff_id}  {where}  {Function(post.function).label}  {_name(post.staff)}  {post.staff.email}")


def _found(person: str) -> Staff:
    """By number, or by professional address."""
    found = Staff.objects.filter(pk=int(person)) if person.isdecimal() else Staff.objects.filter(email__iexact=person)
    if len(found) != 1:
        raise CommandError(
            _("Plusieurs personnes ont cette adresse : donnez le numéro (educonnect staff list).")
            if found
            else _("Personne n’a ce numéro ou cette adresse.")
        )
    return found[0]


def _of_one(what: Any, gesture: str, help_text: str) -> Any:
    parser = what.add_parser(gesture, help=help_text)
    parser.add_argument("person", metavar=_("PERSONNE"), help=_("son numéro, ou son adresse e-mail"))
    return parser


def _given(options: Mapping[str, Any], name: str) -> bool:
    return bool(options[name.replace("-", "_")])


def _academie(typed: str) -> str:
    if typed not in ACADEMIES and typed not in TERRITORIES:
        raise ArgumentTypeError(_("aucune académie ne porte ce numéro : %s") % typed)
    return typed


def _email(typed: str) -> str:
    try:
        return valid_email(typed)
    except EmailInvalid:
        raise ArgumentTypeError(_("ce n’est pas une adresse e-mail : %s") % typed) from None


def _name(staff: Staff) -> str:
    return f"{staff.first_name} {staff.name}".strip()
