from django.apps import AppConfig


class SamlConfig(AppConfig):
    name = "educonnect.saml"
    label = "saml"
    default_auto_field = "django.db.models.BigAutoField"
