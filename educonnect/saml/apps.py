from django.apps import AppConfig


class SamlConfig(AppConfig):
    name = "educonnect.saml"
    label = "saml"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which view takes a waiting request up again, and how services are told that their person leaves."""
        from educonnect.federation.models import Protocol
        from educonnect.saml import logout, views
        from educonnect.sessions import leaving, sso

        sso.register_resumption(Protocol.SAML, "saml:resume", views.answer_waiting)
        leaving.register_wing(Protocol.SAML, logout.WING)
