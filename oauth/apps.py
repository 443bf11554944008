"""Names the app of scopes, policies and evidence to Django."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """Who may call what, where, and what happened."""

    name = "oauth"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what is asked before a row that policies name goes."""
        from oauth import uses  # noqa: F401
