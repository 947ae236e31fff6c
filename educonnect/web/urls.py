"""Addresses of the screens, in French, by audience."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from educonnect.web.account import (
    children,
    contacts,
    data,
    devices,
    history,
    home,
    password,
    received,
    services,
    staying,
)
from educonnect.web.public import (
    activation,
    catalogue,
    continuing,
    email,
    leaving,
    new_password,
    pages,
    recovery,
    signin,
    signout,
    stuck,
)
from educonnect.web.staff import account as staff_account
from educonnect.web.staff import (
    alerts,
    application,
    codes,
    delegate,
    delegations,
    grants,
    helping,
    join,
    journal,
    lost_factors,
    passkey,
    prove_again,
    rights,
    second_factor,
    security,
    suspensions,
)
from educonnect.web.staff import home as staff_home
from educonnect.web.staff import password as staff_password
from educonnect.web.staff import recovery as staff_recovery
from educonnect.web.staff import signin as staff_signin
from educonnect.web.staff import signout as staff_signout
from educonnect.web.staff import staying as staff_staying

public = [
    path("", pages.home, name="home"),
    path("connexion", signin.sign_in, name="sign-in"),
    path("connexion/aide", stuck.cannot_sign_in, name="cannot-sign-in"),
    path("connexion/aide/<path:answers>", stuck.cannot_sign_in, name="cannot-sign-in-answers"),
    path("activation/mot-de-passe", activation.choose_password, name="choose-password"),
    path("activation/identite", activation.identity, name="identity"),
    path("activation/terminee", activation.done, name="done"),
    path("activation/non-concerne", activation.not_concerned, name="not-concerned"),
    path("mot-de-passe-oublie", recovery.forgotten_password, name="forgotten-password"),
    path("mot-de-passe-oublie/demande", recovery.forgotten_password_sent, name="forgotten-password-sent"),
    path("identifiant-oublie", recovery.forgotten_username, name="forgotten-username"),
    path("identifiant-oublie/demande", recovery.forgotten_username_sent, name="forgotten-username-sent"),
    path("mot-de-passe/<str:token>", recovery.recover_password, name="recover-password"),
    path("mot-de-passe-change", recovery.password_recovered, name="password-recovered"),
    path("nouveau-mot-de-passe", new_password.new_password, name="new-password"),
    path("confirmer/<str:token>", email.confirm_email, name="confirm-email"),
    path("adresse-confirmee", email.email_confirmed, name="email-confirmed"),
    path("continuer", continuing.continue_as, name="continue-as"),
    path("service-reserve", continuing.reserved, name="reserved"),
    path("deconnexion", signout.sign_out, name="sign-out"),
    path("deconnexion/services", leaving.services, name="leaving"),
    path("deconnexion/terminee", signout.signed_out, name="signed-out"),
    path("accessibilite", pages.accessibility, name="accessibility"),
    path("mentions-legales", pages.legal, name="legal"),
    path("donnees-personnelles", pages.personal_data, name="personal-data"),
    path("aide", pages.help_page, name="help"),
    path("catalogue", catalogue.catalogue, name="catalogue"),
]
account = [
    path("mes-services", services.services, name="services"),
    path("mon-compte", home.home, name="home"),
    path("mon-compte/rester-connecte", staying.stay, name="stay"),
    path("mon-compte/mot-de-passe", password.password, name="password"),
    path("mon-compte/adresse-e-mail", contacts.email, name="email"),
    path("mon-compte/adresse-e-mail/renvoyer", contacts.send_again, name="email-send-again"),
    path("mon-compte/adresse-e-mail/abandonner", contacts.drop, name="email-drop"),
    path("mon-compte/adresse-e-mail/retirer", contacts.remove, name="email-remove"),
    path("mon-compte/appareils", devices.devices, name="devices"),
    path("mon-compte/appareils/<uuid:sid>/fermer", devices.end_device, name="end-device"),
    path("mon-compte/appareils/fermer-ailleurs", devices.end_others, name="end-others"),
    path("mon-compte/appareils/fermer-partout", devices.end_all, name="end-all"),
    path("mon-compte/historique", history.history, name="history"),
    path("mon-compte/historique/compte", history.changes, name="changes"),
    path("mon-compte/qui-a-recu-quoi", received.services, name="received"),
    path("mon-compte/qui-a-recu-quoi/<int:provider_id>", received.times, name="received-times"),
    path("mon-compte/donnees", data.data, name="data"),
    path("mon-compte/enfants", children.children, name="children"),
    path("mon-compte/enfants/<int:pupil_id>/retirer", children.refuse, name="refuse-child"),
    path("mon-compte/enfants/ajouter", children.add, name="add-children"),
    path("mon-compte/enfants/ajouter/confirmer", children.join, name="join-children"),
]


class UaiConverter(StringConverter):
    """The shape of a UAI; whether there is such a school, the gate says."""

    regex = "[0-9]{7}[A-Z]"


class AcademieConverter(StringConverter):
    """The shape of an académie's code."""

    regex = "[0-9]{2}"


register_converter(UaiConverter, "uai")
register_converter(AcademieConverter, "academie")
_SCHOOL, _ACADEMIE = "etablissements/<uai:uai>/", "academies/<academie:academie>/"
_GRANT = f"{_ACADEMIE}etablissements/<uai:school>/droits/"
desk = [
    path(f"{_SCHOOL}delegations", delegations.delegations, name="delegations"),
    path(f"{_SCHOOL}delegations/terminees", delegations.over, name="delegations-over"),
    path(f"{_SCHOOL}delegations/donner", delegate.choose, name="delegate"),
    path(f"{_SCHOOL}delegations/donner/autre-personne", delegate.newcomer, name="delegate-newcomer"),
    path(f"{_SCHOOL}delegations/donner/<int:staff_id>/adresse", delegate.address, name="delegate-address"),
    path(f"{_SCHOOL}delegations/donner/<int:staff_id>", delegate.right, name="delegate-right"),
    path(f"{_SCHOOL}delegations/donner/<int:staff_id>/verifier", delegate.check, name="delegate-check"),
    path(f"{_SCHOOL}delegations/<int:delegation_id>", delegations.delegation, name="delegation"),
    path(f"{_SCHOOL}delegations/<int:delegation_id>/fin", delegations.change_end, name="delegation-end"),
    path(f"{_SCHOOL}delegations/<int:delegation_id>/retirer", delegations.withdraw, name="delegation-withdraw"),
    path(f"{_SCHOOL}personnes/<int:staff_id>/suspendre", suspensions.suspend, name="suspend"),
    path(f"{_SCHOOL}personnes/<int:staff_id>/connexion", helping.access, name="access"),
    path(f"{_SCHOOL}personnes/<int:staff_id>/deconnecter", helping.disconnect, name="disconnect"),
    path(f"{_SCHOOL}personnes/<int:staff_id>/moyens", helping.forget_factors, name="forget-factors"),
    path(f"{_SCHOOL}personnes/<int:staff_id>/retablir", suspensions.restore, name="restore"),
    path(f"{_ACADEMIE}etablissements", grants.schools, name="academie-schools"),
    path(f"{_GRANT}accorder", grants.grant, name="academie-grant"),
    path(f"{_GRANT}<int:delegation_id>/fin", grants.change_end, name="academie-grant-end"),
    path(f"{_GRANT}<int:delegation_id>/retirer", grants.withdraw, name="academie-grant-withdraw"),
    path(f"{_ACADEMIE}suspensions", suspensions.suspensions, name="academie-suspensions"),
    path(f"{_ACADEMIE}personnes/<int:staff_id>/suspendre", suspensions.suspend, name="academie-suspend"),
    path(f"{_ACADEMIE}personnes/<int:staff_id>/connexion", helping.access, name="academie-access"),
    path(f"{_ACADEMIE}personnes/<int:staff_id>/deconnecter", helping.disconnect, name="academie-disconnect"),
    path(f"{_ACADEMIE}personnes/<int:staff_id>/moyens", helping.forget_factors, name="academie-forget-factors"),
    path(f"{_ACADEMIE}personnes/<int:staff_id>/retablir", suspensions.restore, name="academie-restore"),
    path("nation/academies", grants.academies, name="nation-academies"),
    path("nation/suspensions", suspensions.suspensions, name="nation-suspensions"),
    path("nation/personnes/<int:staff_id>/suspendre", suspensions.suspend, name="nation-suspend"),
    path("nation/personnes/<int:staff_id>/connexion", helping.access, name="nation-access"),
    path("nation/personnes/<int:staff_id>/deconnecter", helping.disconnect, name="nation-disconnect"),
    path("nation/personnes/<int:staff_id>/moyens", helping.forget_factors, name="nation-forget-factors"),
    path(f"{_SCHOOL}acces-perdu", lost_factors.find, name="lost-factors"),
    path(f"{_ACADEMIE}acces-perdu", lost_factors.find, name="academie-lost-factors"),
    path("nation/acces-perdu", lost_factors.find, name="nation-lost-factors"),
    path("nation/personnes/<int:staff_id>/retablir", suspensions.restore, name="nation-restore"),
]
oversight = [
    path("mon-journal", journal.own, name="own-journal"),
    path(f"{_SCHOOL}journal", journal.journal, name="journal"),
    path(f"{_SCHOOL}journal/personne", journal.person, name="journal-person"),
    path(f"{_SCHOOL}journal/tableau", journal.export, name="journal-export"),
    path(f"{_SCHOOL}alertes", alerts.alerts, name="alerts"),
    path(f"{_SCHOOL}alertes/<int:alert_id>", alerts.alert, name="alert"),
    path(f"{_SCHOOL}alertes/<int:alert_id>/vue", alerts.see, name="alert-see"),
    path(f"{_ACADEMIE}journal", journal.journal, name="academie-journal"),
    path(f"{_ACADEMIE}journal/personne", journal.person, name="academie-journal-person"),
    path(f"{_ACADEMIE}journal/tableau", journal.export, name="academie-journal-export"),
    path(f"{_ACADEMIE}alertes", alerts.alerts, name="academie-alerts"),
    path(f"{_ACADEMIE}alertes/<int:alert_id>", alerts.alert, name="academie-alert"),
    path(f"{_ACADEMIE}alertes/<int:alert_id>/vue", alerts.see, name="academie-alert-see"),
    path("nation/alertes", alerts.alerts, name="nation-alerts"),
    path("nation/alertes/<int:alert_id>", alerts.alert, name="nation-alert"),
    path("nation/alertes/<int:alert_id>/vue", alerts.see, name="nation-alert-see"),
]
staff = [
    path("", staff_home.home, name="home"),
    path("connexion", staff_signin.sign_in, name="sign-in"),
    path("deconnexion", staff_signout.sign_out, name="sign-out"),
    path("deconnexion/terminee", staff_signout.signed_out, name="signed-out"),
    path("rester-connecte", staff_staying.stay, name="stay"),
    path("invitation/<str:token>", join.join, name="join"),
    path("mot-de-passe-oublie", staff_recovery.forgotten, name="forgotten-password"),
    path("mot-de-passe-oublie/demande", staff_recovery.forgotten_sent, name="forgotten-password-sent"),
    path("mot-de-passe/<str:token>", staff_recovery.recover, name="recover-password"),
    path("mot-de-passe-change", staff_recovery.recovered, name="password-recovered"),
    path("mon-compte", staff_account.account, name="account"),
    path("mon-compte/mot-de-passe", staff_password.password, name="password"),
    path("mon-compte/appareils/<uuid:sid>/fermer", staff_account.end_device, name="end-device"),
    path("mon-compte/appareils/fermer-ailleurs", staff_account.end_others, name="end-others"),
    path("mon-compte/appareils/fermer-partout", staff_account.end_all, name="end-all"),
    path(_SCHOOL, staff_home.school, name="school"),
    path(_ACADEMIE, staff_home.academie, name="academie"),
    path("nation/", staff_home.nation, name="nation"),
    path("deuxieme-etape", second_factor.second_factor, name="second-factor"),
    path("deuxieme-etape/application", application.add_application, name="add-application"),
    path("deuxieme-etape/cle", passkey.add_passkey, name="add-passkey"),
    path("deuxieme-etape/cle/nouvelle", passkey.new_passkey_asked, name="new-passkey-asked"),
    path("deuxieme-etape/cle/demande", passkey.passkey_asked, name="passkey-asked"),
    path("deuxieme-etape/cle/preuve", passkey.prove_passkey, name="prove-passkey"),
    path("confirmer", prove_again.prove_again, name="prove-again"),
    path("codes-de-secours", codes.recovery_codes, name="recovery-codes"),
    path("codes-de-secours/nouveaux", codes.renew_recovery_codes, name="renew-recovery-codes"),
    path("securite", security.security, name="security"),
    path("securite/cles/<int:passkey_id>/nom", security.rename_passkey, name="rename-passkey"),
    path("securite/cles/<int:passkey_id>/retirer", security.remove_passkey, name="remove-passkey"),
    path("securite/application/retirer", security.remove_application, name="remove-application"),
    path("mes-droits", rights.mine, name="my-rights"),
    *desk,
    *oversight,
]

urlpatterns = [
    path("", include((public, "public"))),
    path("", include((account, "account"))),
    path("personnel/", include((staff, "staff"))),
]
