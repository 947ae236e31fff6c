from django.apps import AppConfig


class NotificationConfig(AppConfig):
    name = "educonnect.notification"
    label = "notification"
    default_auto_field = "django.db.models.BigAutoField"
