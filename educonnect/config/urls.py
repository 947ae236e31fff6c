"""Every address of the service."""

from django.urls import include, path

urlpatterns = [
    path("", include("educonnect.web.urls")),
    path("idp/", include("educonnect.saml.urls")),
]

handler400 = "educonnect.web.public.failures.bad_request"
handler403 = "educonnect.web.public.failures.forbidden"
handler404 = "educonnect.web.public.failures.not_found"
handler500 = "educonnect.web.public.failures.server_error"
