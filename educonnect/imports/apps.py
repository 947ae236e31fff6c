from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "educonnect.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from educonnect.imports import purging

        purging.register()
