"""Every address of the service."""

from django.urls import include, path

urlpatterns = [
    path("idp/", include("educonnect.saml.urls")),  # first: one look tells, and services ask there most
    path("", include("educonnect.web.urls")),
    path("personnel/", include("educonnect.upstream.urls")),
]

handler400 = "educonnect.web.public.failures.bad_request"
handler403 = "educonnect.web.public.failures.forbidden"
handler404 = "educonnect.web.public.failures.not_found"
handler500 = "educonnect.web.public.failures.server_error"
