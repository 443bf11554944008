"""A portal profile as the data plane knows it: immutable, its password still sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

GLOBAL_TENANT = "-"
"""Stands for global administration wherever a Team Portal's name could stand."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One portal profile at one revision; `repr` never holds a secret.

    Timeouts are in seconds. `scope` is `admin` (global administration, many Team Portals) or `user` (end-user
    services of the one Team Portal `tenant`). `sealed_password` is Fernet text; only `tools.portal` unseals it.
    """

    name: str
    revision: int
    host: str
    port: int
    https: bool
    verify_tls: bool
    scope: str
    username: str
    sealed_password: str = field(repr=False)
    ca_pem: str = field(default="", repr=False)
    tenant: str = ""
    tenant_host: str = ""
    identity: str = "service"
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    total_timeout: float = 60.0
    max_sessions: int = 20
    enabled: bool = True
    default: bool = False

    @property
    def base_url(self) -> str:
        """Scheme, host and port, as the SDK's `base`."""
        return f"{'https' if self.https else 'http'}://{self.host}:{self.port}"
