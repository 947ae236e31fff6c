"""The French sentence of each refusal: what happened, the cure first, and who can help."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from educonnect.accounts import errors as accounts
from educonnect.delegation import errors as delegation
from educonnect.delegation.mandate import OutOfMandate
from educonnect.errors import Refusal
from educonnect.federation.errors import (
    AccountGone,
    MetadataRefused,
    PopulationNotServed,
    ProviderSuspended,
    UnknownAttribute,
    UnknownProvider,
)
from educonnect.helpdesk.errors import CannotLock, NoReport, NotActivated, NotLocked, UnknownAccount
from educonnect.limits.errors import TooManyAttempts
from educonnect.notification.errors import FilesDestroyed, FilesNotReady, NobodySelected, UnknownCriterion
from educonnect.population.errors import MassDeparture, OlderExport, RollBusy, UnknownSchool
from educonnect.privacy.errors import StillEnrolled
from educonnect.schools.errors import NotAUai, PortalReason, PortalRefused
from educonnect.staff import errors as staff
from educonnect.web.forms import Form


def _locked(refusal: accounts.AccountLocked) -> str:
    if refusal.until is None:
        return _gettext("Demandez à votre établissement de débloquer ce compte : il est bloqué.")
    return _gettext(
        "Demandez à votre établissement de débloquer ce compte, ou réessayez plus tard : il est bloqué "
        "jusqu’au %(until)s."
    ) % {"until": date_format(timezone.localtime(refusal.until), "j F à G \\h i")}


def _mismatch(refusal: accounts.BirthdateMismatch) -> str:
    if refusal.tries_left == 0:
        return _gettext(
            "Demandez à votre établissement de vérifier la date de naissance dans sa base et de débloquer le compte : "
            "cette date n’est pas celle qu’il connaît, et le compte est bloqué pour 24 heures."
        )
    return ngettext(
        "Vérifiez la date de naissance : ce n’est pas celle que l’établissement connaît. Il vous reste "
        "%(left)d essai ; si la date est juste, demandez d’abord à l’établissement de corriger sa base.",
        "Vérifiez la date de naissance : ce n’est pas celle que l’établissement connaît. Il vous reste "
        "%(left)d essais ; si la date est juste, demandez d’abord à l’établissement de corriger sa base.",
        refusal.tries_left,
    ) % {"left": refusal.tries_left}


def _wait(refusal: TooManyAttempts) -> str:
    return _gettext(
        "Attendez %(wait)s avant de réessayer : il y a eu trop d’essais. Le bon mot de passe marchera ensuite."
    ) % {"wait": duration(refusal.wait)}


def duration(wait: timedelta) -> str:
    """« 30 secondes », « 2 minutes », « 3 heures »: never less than what is left."""
    seconds = max(math.ceil(wait.total_seconds()), 1)
    if seconds < 60:
        return ngettext("%(n)d seconde", "%(n)d secondes", seconds) % {"n": seconds}
    if seconds <= 90 * 60:
        minutes = math.ceil(seconds / 60)
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = math.ceil(seconds / 3600)
    return ngettext("%(n)d heure", "%(n)d heures", hours) % {"n": hours}


_PORTAL: dict[PortalReason, Promise] = {
    PortalReason.NOTHING: _("Indiquez d’abord l’adresse à imprimer : aucune n’est enregistrée pour ce public."),
    PortalReason.MALFORMED: _(
        "Vérifiez cette adresse : elle ne peut pas être imprimée telle quelle. Copiez-la depuis votre navigateur."
    ),
    PortalReason.NOT_HTTPS: _("Indiquez une adresse qui commence par https:// ; celle-ci n’est pas protégée."),
    PortalReason.UNRESOLVED: _("Vérifiez l’orthographe de cette adresse : aucun site ne porte ce nom."),
    PortalReason.PRIVATE: _(
        "Indiquez une adresse que l’on atteint depuis la maison : celle-ci n’existe que dans un réseau privé."
    ),
    PortalReason.ELSEWHERE: _(
        "Indiquez l’adresse où le site conduit vraiment : celle-ci renvoie vers un autre site, qui n’a pas été vérifié."
    ),
    PortalReason.SILENT: _(
        "Réessayez quand le site fonctionne : il n’a pas répondu correctement, son adresse ne peut pas être vérifiée."
    ),
}


def _portal(refusal: PortalRefused) -> str:
    return str(_PORTAL[refusal.reason])


SENTENCES: dict[type[Refusal], Promise | Callable[[Any], str]] = {
    accounts.PasswordTooShort: _(
        "Choisissez un mot de passe d’au moins 12 caractères. Une phrase courte, facile à retenir pour vous, convient "
        "très bien."
    ),
    accounts.PasswordTooLong: _("Choisissez un mot de passe d’au plus 1 024 caractères."),
    accounts.PasswordCommon: _(
        "Choisissez un autre mot de passe : celui-ci est trop courant, il serait vite deviné. Plusieurs mots sans "
        "rapport entre eux conviennent très bien."
    ),
    accounts.PasswordPattern: _(
        "Choisissez un autre mot de passe : celui-ci répète les mêmes caractères ou suit l’ordre du clavier, il serait "
        "vite deviné."
    ),
    accounts.PasswordHoldsDate: _(
        "Choisissez un mot de passe sans date : une date de naissance, par exemple, serait vite devinée."
    ),
    accounts.PasswordPersonal: _(
        "Choisissez un mot de passe qui ne contient ni votre nom, ni votre prénom, ni votre identifiant, ni le nom ou "
        "la ville de votre établissement."
    ),
    accounts.PasswordProvisional: _(
        "Choisissez un mot de passe à vous : celui de votre lettre ne sert qu’une fois, il est connu de "
        "l’établissement."
    ),
    accounts.TooBusy: _(
        "Beaucoup de personnes se connectent en ce moment. Attendez une minute puis réessayez : rien n’est perdu."
    ),
    accounts.WrongPair: _(
        "Cet identifiant et ce mot de passe ne vont pas ensemble. Vérifiez-les sur votre lettre, ou écrivez le mot de "
        "passe que vous avez choisi. Vous l’avez oublié ? Choisissez « Mot de passe oublié ? » sous ce formulaire."
    ),
    accounts.AccountLocked: _locked,
    accounts.TriesExhausted: _(
        "Connectez-vous depuis un appareil dont vous vous êtes déjà servi pour ce compte, ou demandez un nouveau "
        "mot de passe à votre établissement : il y a eu trop d’essais."
    ),
    accounts.LetterExpired: _(
        "Demandez une nouvelle lettre à votre établissement : la date limite de celle-ci est passée. Votre identifiant "
        "reste le même."
    ),
    accounts.PupilsOnly: _(
        "Connectez-vous avec un compte d’élève : ce service est réservé aux élèves, et ce compte est celui d’un "
        "responsable."
    ),
    accounts.GuardiansOnly: _(
        "Connectez-vous avec un compte de responsable : ce service est réservé aux responsables, et ce compte est "
        "celui d’un élève."
    ),
    accounts.AccountClosed: _(
        "Ce compte est désactivé, car son titulaire n’est plus inscrit dans un établissement. S’il l’est, demandez à "
        "l’établissement de vérifier son inscription : le compte reviendra avec elle."
    ),
    accounts.AccountMerged: lambda refusal: (
        _gettext(
            "Connectez-vous avec l’identifiant %(username)s : vos deux comptes ont été réunis, celui-ci ne sert plus."
        )
        % {"username": refusal.username}
    ),
    accounts.NotAGuardian: _(
        "Écrivez l’identifiant d’une lettre de responsable : celui-ci est d’un compte d’élève. Rien n’a changé."
    ),
    accounts.SameAccount: _(
        "Écrivez l’identifiant de l’autre lettre : celui-ci est du compte où vous êtes, ses enfants y sont déjà."
    ),
    accounts.AnotherPerson: _(
        "Demandez à l’établissement de cet enfant de vérifier votre nom dans sa base : le nom ou le prénom n’y sont "
        "pas ceux de votre compte. Chaque responsable garde son propre compte."
    ),
    accounts.ProofOver: _(
        "Recommencez : écrivez à nouveau l’identifiant et le mot de passe de l’autre lettre. Rien n’a changé."
    ),
    accounts.NotYourChild: _("Cet enfant n’est pas, ou n’est plus, dans votre compte : il n’y a rien à faire."),
    accounts.EmailToConfirm: _(
        "Il reste une étape : ouvrez le message que nous vous avons envoyé et suivez son lien pour confirmer votre "
        "adresse e-mail. Pensez à regarder dans les indésirables. Si l’adresse est fausse, reprenez "
        "l’activation avec le mot de passe provisoire de votre lettre."
    ),
    accounts.NotAwaitingActivation: _(
        "Reconnectez-vous avec le mot de passe provisoire de votre dernière lettre : cette activation n’est plus "
        "possible."
    ),
    accounts.AlreadyActivated: _(
        "Connectez-vous avec le mot de passe que vous avez choisi : ce compte est déjà activé."
    ),
    accounts.BirthdateMismatch: _mismatch,
    accounts.EmailInvalid: _("Vérifiez l’adresse e-mail : il y manque quelque chose, par exemple « @ » ou le point."),
    accounts.EmailRequired: _(
        "Donnez une adresse e-mail que vous consultez : un message vous y attendra pour terminer l’activation."
    ),
    accounts.NotAwaitingPassword: _(
        "Reconnectez-vous avec le mot de passe provisoire de votre dernière lettre : ce changement de mot de passe "
        "n’est plus possible."
    ),
    accounts.LinkUnknown: _(
        "Ouvrez le lien du dernier message reçu, en entier : celui-ci est incomplet, ou un message plus récent l’a "
        "remplacé."
    ),
    accounts.LinkExpired: _(
        "Demandez un nouveau message : le délai de ce lien est passé. Pour cela, connectez-vous puis donnez à nouveau "
        "votre adresse."
    ),
    accounts.WrongPassword: _(
        "Écrivez le mot de passe avec lequel vous vous connectez : celui-ci n’est pas le bon. Respectez les majuscules."
    ),
    accounts.LinkUsed: _("C’est déjà fait : ce lien a déjà servi. Vous pouvez vous connecter."),
    accounts.RecoveryLinkOver: _(
        "Demandez un nouveau message : ce lien a déjà servi, ses 30 minutes sont passées, ou le mot de passe a changé "
        "depuis."
    ),
    accounts.ResetBySchool: _(
        "Connectez-vous avec le mot de passe provisoire de la lettre de votre établissement : il a remplacé votre mot "
        "de passe, et ce lien ne peut pas le changer. Vous n’avez plus la lettre ? Demandez-en une autre à "
        "l’établissement."
    ),
    accounts.EmailUnchanged: _("Écrivez une autre adresse : celle-ci est déjà confirmée pour votre compte."),
    accounts.EmailNeeded: _(
        "Remplacez cette adresse par une autre : le compte d’un responsable en garde toujours une."
    ),
    TooManyAttempts: _wait,
    UnknownAccount: _("Vérifiez l’identifiant : aucun compte de votre périmètre ne le porte."),
    NotActivated: _(
        "Notifiez ce compte au lieu de le réinitialiser : il n’a pas encore de mot de passe, ou il est désactivé."
    ),
    NotLocked: _("Ce compte n’est pas bloqué : il n’y a rien à débloquer."),
    CannotLock: _("Ce compte est désactivé : il ne peut pas être bloqué."),
    NobodySelected: _(
        "Élargissez la sélection : personne n’y attend de courrier. Les comptes déjà activés n’en reçoivent pas ; en "
        "cas d’oubli, réinitialisez leur mot de passe."
    ),
    UnknownCriterion: _("Vérifiez la sélection : cette classe, ou cet état, n’existe pas dans cet établissement."),
    FilesNotReady: _("Attendez un instant : les courriers sont encore en préparation."),
    FilesDestroyed: _(
        "Notifiez de nouveau pour obtenir des courriers : le délai de ceux-ci est passé, ils ont été détruits. Les "
        "courriers déjà distribués restent valables."
    ),
    PortalRefused: _portal,
    OutOfMandate: _("Cette action n’est pas dans vos droits, ou cet établissement n’existe pas."),
    delegation.Oneself: _("Choisissez une autre personne : on ne change pas ses propres droits."),
    delegation.StartsInThePast: _("Choisissez un premier jour à partir d’aujourd’hui."),
    delegation.EndsTooEarly: _("Choisissez un dernier jour à partir d’aujourd’hui, et pas avant le premier."),
    delegation.EndsTooLate: lambda refusal: (
        _gettext("Choisissez un dernier jour au plus tard le %(latest)s.")
        % {"latest": date_format(refusal.latest, "j F Y")}
    ),
    delegation.NoClass: _("Cochez au moins une classe."),
    delegation.ClassOfAnotherYear: _(
        "Choisissez des classes de l’année scolaire du premier jour : les classes de l’année prochaine s’ouvrent le "
        "1er septembre."
    ),
    delegation.AlreadyGiven: lambda refusal: (
        _gettext(
            "Cette personne a déjà ce droit, jusqu’au %(until)s. Pour d’autres dates, changez sa fin dans la liste des "
            "délégations."
        )
        % {"until": date_format(refusal.until, "j F Y")}
    ),
    delegation.NotInForce: _("Donnez ce droit de nouveau : il est terminé, sa fin ne peut plus changer."),
    delegation.GivenElsewhere: _(
        "Changez ce droit dans DELEG-CE, sur le guichet de l’académie : il vient de là. Pour l’arrêter tout de suite, "
        "suspendez la personne."
    ),
    delegation.Suspended: _("Rétablissez d’abord les droits de cette personne : ils sont suspendus."),
    delegation.NothingToGrant: _(
        "Il n’y a rien à accorder ici : ce chef d’établissement a ses droits par sa fonction, ou l’établissement est "
        "du premier degré."
    ),
    delegation.NoHead: _(
        "Attendez que le chef de cet établissement se soit connecté, ou que son export STS soit chargé : cette "
        "personne n’en est pas le chef pour ÉduConnect."
    ),
    delegation.ReachesFurther: _(
        "Adressez cette personne à son académie, ou à l’équipe nationale : elle a aussi des droits ailleurs qu’ici, et "
        "ses moyens de connexion les ouvrent tous."
    ),
    NotAUai: _("Vérifiez le code de l’établissement : il est fait de sept chiffres et d’une lettre, comme 0750001U."),
    RollBusy: _(
        "Attendez une minute puis réessayez : des établissements mettent leurs élèves à jour en ce moment. Rien n’est "
        "perdu."
    ),
    NoReport: _("Vérifiez le numéro : aucun signalement de votre périmètre ne le porte, ou il est déjà traité."),
    UnknownSchool: _("Cet établissement n’est pas connu. Vérifiez son code UAI, puis recommencez."),
    OlderExport: _(
        "Un export plus récent de cet établissement a déjà été importé. Faites un nouvel export, puis importez-le."
    ),
    MassDeparture: _(
        "Cet export retirerait une trop grande part des personnes de l’établissement : il est sans doute incomplet. "
        "Refaites l’export ; s’il est exact, demandez à l’exploitant de confirmer l’import."
    ),
    StillEnrolled: _(
        "Faites d’abord retirer cette personne de la base de l’établissement, puis importez cette base : elle y figure "
        "encore, et le prochain import ramènerait ce qui serait effacé."
    ),
    PopulationNotServed: _("Ce service n’est pas ouvert à votre type de compte."),
    AccountGone: _("Votre connexion a pris fin. Connectez-vous de nouveau."),
    ProviderSuspended: _("Ce service n’est pas relié à ÉduConnect pour le moment. Réessayez plus tard."),
    UnknownProvider: _("Aucun service de ce nom n’est relié à ÉduConnect. Vérifiez son identifiant."),
    UnknownAttribute: _("Cet attribut, ce public ou ce contrat n’existe pas. Vérifiez son nom."),
    staff.WrongPair: _(
        "Vérifiez l’adresse et le mot de passe : ils ne vont pas ensemble. Vous n’avez jamais choisi de mot de passe "
        "ici ? Suivez d’abord le lien de votre invitation."
    ),
    staff.TriesExhausted: _(
        "Connectez-vous depuis un appareil dont vous vous êtes déjà servi, ou choisissez un nouveau mot de passe par "
        "« Mot de passe oublié ? » : il y a eu trop d’essais."
    ),
    staff.PasswordTooShort: _(
        "Choisissez un mot de passe d’au moins 15 caractères : il ouvre les comptes de beaucoup d’autres. Une phrase "
        "facile à retenir pour vous convient très bien."
    ),
    staff.InvitationOver: _(
        "Demandez une nouvelle invitation à la personne qui vous l’a envoyée : celle-ci a servi, a été remplacée, ou a "
        "plus de 14 jours."
    ),
    staff.InvitedElsewhere: _(
        "Connectez-vous comme d’habitude : cette invitation est pour un compte qui existe déjà, et rien ne prend sa "
        "place."
    ),
    staff.AddressTaken: _(
        "Connectez-vous d’abord au compte qui a déjà cette adresse e-mail, puis suivez de nouveau le lien de "
        "l’invitation : ce qu’elle vous ouvre s’y ajoutera."
    ),
    staff.PasswordLinkOver: _("Demandez un nouveau message : ce lien a servi, ou il a plus de 30 minutes."),
    staff.NoAddress: _("Donnez d’abord l’adresse e-mail professionnelle de cette personne : rien ne peut partir."),
    staff.Closed: _("Ce compte est fermé. Demandez à votre chef d’établissement, ou à votre académie, de le rouvrir."),
    staff.WrongCode: _(
        "Écrivez le code que montre votre application maintenant, ou un code de secours qui n’a pas servi : celui-ci "
        "n’est pas le bon, ou il a déjà servi."
    ),
    staff.FirstCodeWrong: _(
        "Écrivez le code que l’application montre maintenant pour ce compte. S’il est toujours refusé, réglez l’heure "
        "du téléphone sur « automatique »."
    ),
    staff.PasskeyRefused: _(
        "Recommencez avec la clé d’accès de votre compte : celle-ci n’a pas été reconnue. Rien n’a changé."
    ),
    staff.ChallengeOver: _(
        "Recommencez : la demande faite à votre clé d’accès a expiré, ou une autre l’a remplacée. Rien n’a changé."
    ),
    staff.PasskeyKnown: _("Choisissez un autre appareil : cette clé d’accès sert déjà."),
    staff.LastFactor: _(
        "Ajoutez d’abord un autre moyen de connexion : sans celui-ci, vous ne pourriez plus entrer. Rien n’a changé."
    ),
    staff.LastPasskey: _(
        "Ajoutez d’abord une autre clé d’accès : votre fonction en demande une, et celle-ci est la seule. Rien n’a "
        "changé."
    ),
    staff.EnrolmentOver: _(
        "Recommencez avec la clé ci-dessous : la précédente n’est plus attendue. Dans l’application, effacez l’ancien "
        "compte."
    ),
    staff.ProofNeeded: _(
        "Montrez d’abord que c’est vous : un moyen de connexion vient d’être ajouté à votre compte. Si ce n’était pas "
        "vous, prévenez tout de suite votre chef d’établissement ou votre académie."
    ),
    staff.TooManyPasskeys: _("Retirez d’abord une clé d’accès : vous en avez dix, ce qui est le plus possible."),
    MetadataRefused: _("Ces métadonnées ne peuvent pas être acceptées. Demandez-en d’autres au service."),
}

#: The field a refusal is about, where the form has it; otherwise it stands above the form.
FIELDS: dict[type[Refusal], str] = {
    accounts.WeakPassword: "password",
    staff.WrongCode: "code",
    staff.FirstCodeWrong: "code",
    accounts.WrongPassword: "current",
    accounts.BirthdateMismatch: "birthdate",
    accounts.EmailInvalid: "email",
    accounts.EmailRequired: "email",
    accounts.EmailUnchanged: "email",
    delegation.StartsInThePast: "starts_on",
    delegation.EndsTooEarly: "ends_on",
    delegation.EndsTooLate: "ends_on",
    delegation.NoClass: "classes",
    delegation.ClassOfAnotherYear: "classes",
}
#: Answers that other programs read by their status; every other refusal is an ordinary page.
STATUSES: dict[type[Refusal], int] = {TooManyAttempts: 429, accounts.TooBusy: 503, RollBusy: 503}
#: Refusals that the school alone can undo: its name and telephone stand under the form. All come after a right pair.
SCHOOL_HELPS = (
    accounts.AccountLocked,
    accounts.AccountClosed,
    accounts.LetterExpired,
    accounts.BirthdateMismatch,
)
#: Refusals after which the same form cannot succeed any more: an activation's screen shows them alone.
OVER = (
    accounts.AccountLocked,
    accounts.AccountClosed,
    accounts.LetterExpired,
    accounts.NotAwaitingActivation,
    accounts.NotAwaitingPassword,
    accounts.AlreadyActivated,
    accounts.RecoveryLinkOver,
    accounts.ResetBySchool,
)


def sentence(refusal: Refusal) -> str:
    """The sentence shown to the person, in the page's language."""
    worded = SENTENCES[type(refusal)]
    return worded(refusal) if callable(worded) else str(worded)


def explain(refusal: Refusal, form: Form) -> None:
    """Put the refusal's sentence where the reader finds it: in the summary, and beside the field it is about.

    Also keeps its reference for the help desk, and the status of the page.
    """
    field = next((name for kind, name in FIELDS.items() if isinstance(refusal, kind) and name in form.fields), None)
    form.add_error(field, sentence(refusal))
    form.reference = refusal.code
    form.status = next((status for kind, status in STATUSES.items() if isinstance(refusal, kind)), 200)
    form.school_helps = isinstance(refusal, SCHOOL_HELPS)
    form.over = isinstance(refusal, OVER) or (
        isinstance(refusal, accounts.BirthdateMismatch) and not refusal.tries_left
    )
