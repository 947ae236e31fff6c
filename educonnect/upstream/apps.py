from django.apps import AppConfig


class UpstreamConfig(AppConfig):
    name = "educonnect.upstream"
    label = "upstream"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the staff's screens what they may offer."""
        from educonnect.sessions import elsewhere
        from educonnect.upstream import views

        elsewhere.register(ways=views.ways, again=views.again, leave=views.leave)
