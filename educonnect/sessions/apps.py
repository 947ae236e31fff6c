from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "educonnect.sessions"
    label = "sessions"
    default_auto_field = "django.db.models.BigAutoField"
