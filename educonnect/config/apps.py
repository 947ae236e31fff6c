from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "educonnect.config"
    label = "config"
