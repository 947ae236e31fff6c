"""Addresses of the SAML identity provider, as the real service has them."""

from django.urls import path  # noqa: F401

urlpatterns: list[object] = []
