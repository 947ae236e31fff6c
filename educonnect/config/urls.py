"""Every address of the service."""

from django.urls import include, path

urlpatterns = [
    path("", include("educonnect.web.urls")),
    path("idp/", include("educonnect.saml.urls")),
]
