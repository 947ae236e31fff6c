"""Addresses of the screens, in French, by audience."""

from django.urls import path  # noqa: F401

urlpatterns: list[object] = []
