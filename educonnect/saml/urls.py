"""Addresses of the SAML identity provider, as the real service has them; `idp/` stands before each."""

from django.urls import path

from educonnect.saml import logout, unsolicited, views

app_name = "saml"
urlpatterns = [
    path("shibboleth", views.shibboleth, name="metadata"),
    path("profile/SAML2/Redirect/SSO", views.redirect_sso, name="redirect-sso"),
    path("profile/SAML2/POST/SSO", views.post_sso, name="post-sso"),
    path("profile/SAML2/reprise", views.resume, name="resume"),
    path("profile/SAML2/Unsolicited/SSO", unsolicited.unsolicited, name="unsolicited"),
    path("profile/SAML2/Redirect/SLO", logout.redirect_slo, name="redirect-slo"),
    path("profile/SAML2/POST/SLO", logout.post_slo, name="post-slo"),
    path("profile/Logout", logout.logout, name="logout"),
]
