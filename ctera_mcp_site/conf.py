"""Typed view of the settings that the server reads; lazy, so that a test may override them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from oauth import metadata

if TYPE_CHECKING:
    from ctera_mcp_site.environment import Problem


def environment_problems() -> list[Problem]:
    """Variables that could not be used."""
    return settings.ENVIRONMENT_PROBLEMS


def unknown_variables() -> list[str]:
    """Names in `.env` that nothing reads."""
    return settings.UNKNOWN_VARIABLES


def variable(name: str) -> str:
    """What an environment variable of a plain value amounts to, its default included."""
    return str(getattr(settings, name))


@dataclass(frozen=True, slots=True)
class ServerConfiguration:
    """What one worker is started with. Durations are in seconds unless named, limits in bytes."""

    public_url: str
    allowed_hosts: list[str]
    allowed_origins: list[str]
    environment_url: str
    resource_id: str
    policy_max_staleness: float
    explain_to_caller: str
    insufficient_scope: str
    list_step_up_tools: bool
    upload_limit: int
    operation_wait: float
    link_minutes: int
    link_upload_limit: int
    transfer_timeout: float
    read_limit: int
    portal_probe_seconds: float
    rate_limit_storage: str = field(repr=False)
    secret_key: str = field(repr=False)

    @property
    def resource(self) -> str:
        """The protected resource's URL (RFC 8707)."""
        return metadata.resource_url(self.public_url)

    @property
    def metadata_url(self) -> str:
        """Where the protected resource metadata is served (RFC 9728, section 3.1)."""
        return metadata.metadata_url(self.public_url)


def is_never_secure() -> bool:
    """Whether PUBLIC_URL promises https and nothing that could have taken it off is trusted to say so."""
    return settings.IS_HTTPS and not settings.TRUSTED_PROXIES


def configuration() -> ServerConfiguration:
    """The configuration as of now."""
    return ServerConfiguration(
        public_url=settings.PUBLIC_URL,
        allowed_hosts=settings.ALLOWED_HOSTS,
        allowed_origins=settings.ALLOWED_ORIGINS,
        environment_url=settings.SCALEKIT_ENVIRONMENT_URL,
        resource_id=settings.SCALEKIT_RESOURCE_ID,
        policy_max_staleness=settings.POLICY_MAX_STALENESS,
        explain_to_caller=settings.EXPLAIN_TO_CALLER,
        insufficient_scope=settings.INSUFFICIENT_SCOPE,
        list_step_up_tools=settings.LIST_STEP_UP_TOOLS,
        upload_limit=settings.UPLOAD_LIMIT,
        operation_wait=settings.OPERATION_WAIT,
        link_minutes=settings.LINK_MINUTES,
        link_upload_limit=settings.LINK_UPLOAD_LIMIT,
        transfer_timeout=settings.TRANSFER_TIMEOUT,
        read_limit=settings.READ_LIMIT,
        portal_probe_seconds=settings.PORTAL_PROBE_SECONDS,
        rate_limit_storage=settings.RATE_LIMIT_STORAGE,
        secret_key=settings.SECRET_KEY,
    )


@dataclass(frozen=True, slots=True)
class MetricsConfiguration:
    """Who may read `/metrics` (no token: programs on this machine alone), and where workers share their numbers."""

    token: str = field(repr=False)
    directory: str
    trusted_proxies: list[str]


def metrics() -> MetricsConfiguration:
    """What `/metrics` goes by, as of now."""
    return MetricsConfiguration(settings.METRICS_TOKEN, settings.METRICS_DIR, settings.TRUSTED_PROXIES)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how the processes listen."""

    host: str
    port: int
    workers: int
    trusted_proxies: list[str]


def listening() -> Listening:
    """Where to listen, as of now."""
    return Listening(settings.HOST, settings.PORT, settings.WORKERS, settings.TRUSTED_PROXIES)
