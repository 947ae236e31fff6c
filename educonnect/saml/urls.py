"""Addresses of the SAML identity provider, as the real service has them; `idp/` stands before each."""

from django.urls import path

from educonnect.saml import views

app_name = "saml"
urlpatterns = [
    path("shibboleth", views.shibboleth, name="metadata"),
    path("profile/SAML2/Redirect/SSO", views.redirect_sso, name="redirect-sso"),
    path("profile/SAML2/POST/SSO", views.post_sso, name="post-sso"),
    path("profile/SAML2/reprise", views.resume, name="resume"),
    path("profile/Logout", views.logout, name="logout"),
]
