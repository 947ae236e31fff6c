"""Addresses of the screens, in French, by audience."""

from django.urls import include, path

from educonnect.web.account import services
from educonnect.web.public import catalogue, continuing, pages, signin, signout

public = [
    path("", pages.home, name="home"),
    path("connexion", signin.sign_in, name="sign-in"),
    path("connexion/aide", pages.cannot_sign_in, name="cannot-sign-in"),
    path("continuer", continuing.continue_as, name="continue-as"),
    path("service-reserve", continuing.reserved, name="reserved"),
    path("deconnexion", signout.sign_out, name="sign-out"),
    path("deconnexion/terminee", signout.signed_out, name="signed-out"),
    path("accessibilite", pages.accessibility, name="accessibility"),
    path("mentions-legales", pages.legal, name="legal"),
    path("donnees-personnelles", pages.personal_data, name="personal-data"),
    path("aide", pages.help_page, name="help"),
    path("catalogue", catalogue.catalogue, name="catalogue"),
]
account = [path("mes-services", services.services, name="services")]

urlpatterns = [
    path("", include((public, "public"))),
    path("", include((account, "account"))),
]
