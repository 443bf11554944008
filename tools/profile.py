"""A portal profile as the data plane knows it: immutable, its password still sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

GLOBAL_TENANT = "-"
"""Stands for global administration wherever a Team Portal's name could stand."""
NO_ACCOUNTS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Profile:
    """One portal profile at one revision; `repr` never holds a secret.

    Timeouts are in seconds. `scope` is `admin` (global administration, many Team Portals) or `user` (end-user
    services of the one Team Portal `tenant`). `sealed_password` is Fernet text; only `tools.portal` unseals it.
    Of identity `caller`, `accounts` (subject to account) or the claim `account_claim` says whose account works, in
    the Team Portal `tenant` or that of the claim `tenant_claim`.
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
    account_claim: str = ""
    tenant_claim: str = ""
    dns_suffix: str = ""
    accounts: Mapping[str, str] = field(default_factory=lambda: NO_ACCOUNTS, repr=False, hash=False)
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

    @property
    def is_personal(self) -> bool:
        """Whether each caller's own portal account does the work."""
        return self.identity == "caller"

    @property
    def half(self) -> str:
        """The half of the portal in which calls work: callers are users of a Team Portal, whoever lets them in."""
        return "user" if self.is_personal else self.scope

    def tenant_for(self, claims: Iterable[tuple[str, str]] = ()) -> str | None:
        """The one Team Portal of a caller with these claims; None where there is none yet, or calls choose."""
        if self.is_personal and not self.tenant:
            return dict(claims).get(self.tenant_claim) or None
        return self.tenant if self.half == "user" else None
