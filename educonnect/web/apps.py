from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "educonnect.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what draws the sign-in page."""
        from educonnect.sessions import sso
        from educonnect.web.public import signin

        sso.register_sign_in_page(signin.page)
