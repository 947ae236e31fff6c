from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "educonnect.config"
    label = "config"

    def ready(self) -> None:
        from educonnect.config import checks  # noqa: F401  they register themselves
