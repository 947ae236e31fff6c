"""Addresses of signing in elsewhere; `personnel/` stands before each."""

from django.urls import path

from educonnect.upstream import views

app_name = "upstream"
urlpatterns = [
    path("connexion/<slug:name>", views.start, name="start"),
    path("confirmer/<slug:name>", views.prove_again, name="prove-again"),
    path("retour/<slug:name>", views.come_back, name="come-back"),
    path("retour/<slug:name>/deconnexion", views.signed_out, name="signed-out"),
    path("arena", views.arena, name="arena"),
]
