from django.apps import AppConfig


class UpstreamConfig(AppConfig):
    name = "educonnect.upstream"
    label = "upstream"
    default_auto_field = "django.db.models.BigAutoField"
