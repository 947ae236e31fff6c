"""Addresses of the screens, in French, by audience."""

from django.urls import include, path

from educonnect.web.account import children, data, devices, history, home, received, services, staying
from educonnect.web.public import (
    activation,
    catalogue,
    continuing,
    email,
    leaving,
    new_password,
    pages,
    signin,
    signout,
)

public = [
    path("", pages.home, name="home"),
    path("connexion", signin.sign_in, name="sign-in"),
    path("connexion/aide", pages.cannot_sign_in, name="cannot-sign-in"),
    path("activation/mot-de-passe", activation.choose_password, name="choose-password"),
    path("activation/identite", activation.identity, name="identity"),
    path("activation/terminee", activation.done, name="done"),
    path("activation/non-concerne", activation.not_concerned, name="not-concerned"),
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

urlpatterns = [
    path("", include((public, "public"))),
    path("", include((account, "account"))),
]
