"""Names the composition root to Django, so that its system checks run."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Settings, endpoint and commands of the whole server."""

    name = "ctera_mcp_site"
    verbose_name = "Server"

    def ready(self) -> None:
        """Register the system checks."""
        from ctera_mcp_site import checks  # noqa: F401
