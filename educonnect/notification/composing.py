"""From accounts to letters: every word printed, and the line of the table that goes with each.

The words are those of the letter that schools hand out (« Mise à disposition de votre compte »), enriched with the
address, the limit date, the steps, what the account opens and who helps. Source: decision 0027.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from educonnect.accounts.models import Account
from educonnect.letters import qr
from educonnect.letters.letter import Address, Child, Letter, Passage
from educonnect.notification import rules
from educonnect.population.models import Enrolment, Guardian, Guardianship, Level, Pupil
from educonnect.population.rules import has_left, school_year
from educonnect.schools.models import School


@dataclass(frozen=True, slots=True)
class Setting:
    """What all the letters of a chunk share.

    Attributes:
        division: class code they are filed under; empty for none.
        address: where the account is activated.
        extra_address: guardians', the school's own as well; may be empty.
        today: the day the letters bear.
        limit: the last day the provisional passwords work.
    """

    school: School
    division: str
    address: str
    extra_address: str
    today: date
    limit: date


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter, and its line in the table."""

    letter: Letter
    row: tuple[str, ...]


def headings(*, guardians: bool) -> tuple[str, ...]:
    """The first line of the table."""
    return (
        _("Classe"),
        _("Nom"),
        _("Prénom"),
        *([_("Enfants")] if guardians else []),
        _("Identifiant"),
        _("Mot de passe provisoire"),
        _("Valable jusqu’au"),
        _("Adresse"),
    )


def pupils(accounts: Iterable[Account], printed: Mapping[int, str], setting: Setting) -> list[Composed]:
    """The letters of pupils, in the order given.

    Args:
        accounts: with `pupil` selected.
        printed: account id -> provisional password as printed.
    """
    return [_pupil(account, printed[account.pk], setting) for account in accounts]


def guardians(
    accounts: Iterable[Account], printed: Mapping[int, str], setting: Setting, *, named: QuerySet[Pupil]
) -> list[Composed]:
    """The letters of guardians, in the order given, with their children in this school. Two queries more, whatever
    their number.

    Args:
        accounts: with `guardian` selected.
        printed: account id -> provisional password as printed.
        named: the pupils whom whoever prints may know of.
    """
    listed = list(accounts)
    children = _children([account.guardian_id for account in listed if account.guardian_id], setting, named)
    return [
        _guardian(account, children.get(account.guardian_id or 0, []), printed[account.pk], setting)
        for account in listed
    ]


def _children(guardian_ids: list[int], setting: Setting, named: QuerySet[Pupil]) -> dict[int, list[Child]]:
    """Guardian -> children in this school, in the order of their birth, with the class each is in now."""
    here = Enrolment.objects.filter(ended_at__isnull=True, school=setting.school)
    now = here.select_related("division", "school").order_by("year")
    links = (
        Guardianship.objects.filter(
            guardian__in=guardian_ids, ended_at__isnull=True, level=Level.LEGAL, pupil__deceased=False
        )
        .filter(pupil__in=named)
        .filter(pupil__in=here.values("pupil"))
        .select_related("pupil")
        .prefetch_related(Prefetch("pupil__enrolments", queryset=now, to_attr="current"))
        .order_by("guardian_id", "pupil__birthdate", "pupil_id")
    )
    found: dict[int, dict[int, Child]] = {}
    for link in links:  # one link a school: a child of two schools appears once
        if link.pupil_id not in found.setdefault(link.guardian_id, {}):
            found[link.guardian_id][link.pupil_id] = Child(_name(link.pupil), _place(link.pupil, setting.today))
    return {guardian: list(children.values()) for guardian, children in found.items()}


def _place(pupil: Pupil, today: date) -> str:
    """The class and school of the running year, or before September those of a newcomer's next one."""
    current: list[Enrolment] = getattr(pupil, "current", [])
    there = [enrolment for enrolment in current if not has_left(enrolment.leaves_on, today)]
    year = school_year(today)
    latest = max((one.year for one in there if one.year <= year), default=min((one.year for one in there), default=0))
    places = []
    for enrolment in there:
        if enrolment.year == latest:
            division = enrolment.division.code if enrolment.division else ""
            place = ", ".join(filter(None, (division, enrolment.school.name or enrolment.school.pk)))
            if place not in places:
                places.append(place)
    return " ; ".join(places[-2:])


def _name(person: Pupil | Guardian) -> str:
    return f"{person.first_name} {_family_name(person)}".strip()


def _family_name(person: Pupil | Guardian) -> str:
    """The name in use, in capitals as on any school list."""
    return (person.used_name or person.family_name).upper()


def _pupil(account: Account, printed: str, setting: Setting) -> Composed:
    pupil = account.pupil
    if pupil is None:
        raise ValueError(f"account {account.pk} is not a pupil's")
    letter = Letter(
        school=_school(setting.school),
        place=_school_place(setting.school),
        dated=_("Le %(day)s") % {"day": rules.in_words(setting.today)},
        recipient=_name(pupil),
        division=_("Classe : %(division)s") % {"division": setting.division} if setting.division else "",
        subject=_("Mise à disposition de votre compte"),
        title=_("Votre compte ÉduConnect"),
        introduction=(
            _("Bonjour,"),
            _(
                "Votre établissement met à votre disposition un compte ÉduConnect. Ce compte unique ouvre ses "
                "services numériques et ceux de l’Éducation nationale. Vous le gardez même si vous changez "
                "d’établissement ou d’académie."
            ),
        ),
        call=_("Pour activer votre compte, allez à l’adresse :"),
        addresses=(Address(setting.address),),
        qr=qr.text(setting.address),
        qr_alt=_("Code QR à photographier : il mène à l’adresse %(address)s") % {"address": setting.address},
        username_label=_("Identifiant"),
        username=account.username,
        password_label=_("Mot de passe provisoire"),
        password=printed,
        limit=_limit(setting),
        steps_title=_("Trois étapes"),
        steps=(
            Passage(
                _("Connectez-vous"),
                _("à cette adresse avec l’identifiant et le mot de passe provisoire de l’encadré."),
            ),
            Passage(
                _("Choisissez votre mot de passe :"),
                _("12 caractères ou plus, connus de vous seul. Il remplace le mot de passe provisoire."),
            ),
            Passage(
                _("Confirmez votre identité"),
                _(
                    "avec votre date de naissance. Si vous indiquez une adresse électronique, cliquez sur le lien "
                    "reçu : elle vous permettra, en cas d’oubli, de retrouver votre identifiant ou de changer de "
                    "mot de passe."
                ),
            ),
        ),
        sections=(
            Passage(_("Ensuite,"), _("utilisez toujours cet identifiant et le mot de passe que vous avez choisi.")),
            Passage(_("Ce que votre compte ouvre :"), _opens(rules.age_on(pupil.birthdate, setting.today))),
            Passage(_("En cas de difficulté,"), _help(setting.school)),
        ),
        signature=_("La cheffe ou le chef d’établissement"),
    )
    return Composed(letter, _row(setting, account, _family_name(pupil), pupil.first_name, printed))


def _guardian(account: Account, children: list[Child], printed: str, setting: Setting) -> Composed:
    guardian = account.guardian
    if guardian is None:
        raise ValueError(f"account {account.pk} is not a guardian's")
    addresses = [Address(setting.address)]
    if setting.extra_address and setting.extra_address != setting.address:
        addresses = [
            Address(setting.address, _("Portail national")),
            Address(setting.extra_address, _("ou celui de l’établissement")),
        ]
    letter = Letter(
        school=_school(setting.school),
        place=_school_place(setting.school),
        dated=_("Le %(day)s") % {"day": rules.in_words(setting.today)},
        recipient=" ".join(filter(None, (guardian.civility, _name(guardian)))),
        division=_("Responsable d’élève – classe : %(division)s") % {"division": setting.division}
        if setting.division
        else _("Responsable d’élève"),
        subject=_("Mise à disposition de votre compte"),
        title=_("Votre compte ÉduConnect"),
        introduction=(
            _("Bonjour,"),
            _(
                "L’établissement met à votre disposition un compte ÉduConnect. Ce compte unique ouvre les services "
                "numériques de la scolarité de tous vos enfants. Vous le gardez s’ils changent d’établissement ou "
                "d’académie."
            ),
        ),
        call=_("Pour activer votre compte, allez à l’adresse :"),
        addresses=tuple(addresses),
        qr=qr.text(setting.address),
        qr_alt=_("Code QR à photographier : il mène à l’adresse %(address)s") % {"address": setting.address},
        username_label=_("Identifiant"),
        username=account.username,
        password_label=_("Mot de passe provisoire"),
        password=printed,
        limit=_limit(setting),
        children_title=_("Vos enfants dans cet établissement"),
        children=tuple(children),
        steps_title=_("Trois étapes"),
        steps=(
            Passage(_("Connectez-vous"), _("avec l’identifiant et le mot de passe de l’encadré.")),
            Passage(_("Choisissez votre mot de passe"), _("(12 caractères ou plus, connus de vous seul).")),
            Passage(
                _("Donnez la date de naissance de chaque enfant et votre adresse électronique,"),
                _("obligatoire : le compte n’est activé que lorsque vous cliquez sur le lien reçu."),
            ),
        ),
        sections=(
            Passage(
                _("Un enfant de cet établissement manque ?"),
                _(
                    "Il est sur un autre compte : activez celui-ci, puis ajoutez l’enfant dans « Mes enfants » avec la "
                    "lettre de son établissement. Si vous n’êtes pas le représentant légal de l’un d’eux, cochez la "
                    "case prévue lors de l’activation."
                ),
            ),
            Passage(_("En cas de difficulté,"), _help(setting.school)),
        ),
        signature=_("La cheffe ou le chef d’établissement"),
    )
    return Composed(
        letter,
        _row(
            setting,
            account,
            _family_name(guardian),
            guardian.first_name,
            printed,
            children=", ".join(child.name for child in children),
        ),
    )


def _row(
    setting: Setting, account: Account, family_name: str, first_name: str, printed: str, *, children: str | None = None
) -> tuple[str, ...]:
    return (
        setting.division,
        family_name,
        first_name,
        *([] if children is None else [children]),
        account.username,
        printed,
        setting.limit.strftime("%d/%m/%Y"),
        setting.address,
    )


def _limit(setting: Setting) -> str:
    return _("Valable jusqu’au %(day)s inclus.") % {"day": rules.in_words(setting.limit, weekday=True)}


def _opens(age: int) -> str:
    """What the account is for at that age."""
    ordinary = _("votre scolarité en ligne (livret scolaire, orientation, affectation).")
    if age >= rules.DOCUMENT_FROM:
        return ordinary
    if age >= rules.CREDIT_FROM:
        return _("votre scolarité en ligne, et dès maintenant le crédit du pass Culture, dont il certifie votre âge.")
    if age >= rules.PASS_CULTURE_FROM:
        return _(
            "votre scolarité en ligne. Dès maintenant, vous pouvez créer votre pass Culture ; à 17 ans, il en "
            "ouvrira le crédit."
        )
    return _("votre scolarité en ligne ; à partir de 15 ans, le pass Culture ; à 17 ans, son crédit.")


def _help(school: School) -> str:
    if school.phone:
        return _("contactez l’établissement au %(phone)s : il peut vous donner un nouveau mot de passe provisoire.") % {
            "phone": rules.phone(school.phone)
        }
    return _("contactez l’établissement : il peut vous donner un nouveau mot de passe provisoire.")


def _school(school: School) -> str:
    return school.name or _("Établissement %(uai)s") % {"uai": school.pk}


def _school_place(school: School) -> tuple[str, ...]:
    return tuple(filter(None, (school.town, rules.phone(school.phone))))
