"""Names the app of tools and portals to Django."""

from django.apps import AppConfig


class ToolsConfig(AppConfig):
    """Portal profiles and the tools that work on them."""

    name = "tools"
    verbose_name = "Portals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what moves the revision and guards the history, and the system checks."""
        from tools import checks, governed, history  # noqa: F401
