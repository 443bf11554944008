"""Names the app of scopes, policies and evidence to Django."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """Who may call what, where, and what happened."""

    name = "oauth"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from oauth import checks, uses  # noqa: F401
