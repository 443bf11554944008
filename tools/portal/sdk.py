"""Builds SDK clients with settings of their own: TLS, port, scheme, timeouts, no proxies, no netrc, no globals.

The SDK's settings are process-wide by design but copied into each object as it is built; its constructor ignores the
port of plain HTTP; it takes only a bool for TLS and always trusts the environment. The private edges
used here are held by contract tests.
"""

from __future__ import annotations

import logging
import ssl
from functools import lru_cache
from typing import Any, Final

import aiohttp
import cterasdk
from cterasdk.asynchronous.core import cloudfs, files, notifications, portals, roles, settings, tasks, users
from cterasdk.clients import clients as sdk_clients
from cterasdk.clients.settings import from_configuration
from cterasdk.objects import uri
from cterasdk.objects.asynchronous.core import AsyncGlobalAdmin, AsyncPortal, AsyncServicesPortal, Clients
from cterasdk.objects.services import AsyncManagement

from tools.errors import PortalUnavailable
from tools.portal.hooks import answer_hooks
from tools.portal.session import TextSession
from tools.profile import Profile

PARALLEL: Final = 32
"""Connections of one portal session; more callers of a session wait for one."""

uri.create = lru_cache(maxsize=256)(uri.create)
"""The SDK puts each address together twice a request, by way of file paths: a fifth of the time of reading a file.

It is a function of its texts alone, so what it gave may be given again.
"""

sdk_clients.event_loop.close()  # made as the SDK is imported, for its synchronous classes; nobody else would close it


class _Quiet(logging.Filter):
    """Drops what `cterasdk.http` says below WARNING: session cookies and tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


def silence_http_log() -> None:
    """Make the leaking logger deaf to whatever level an operator sets."""
    log = logging.getLogger("cterasdk.http")
    if not any(isinstance(each, _Quiet) for each in log.filters):
        log.addFilter(_Quiet())
    log.setLevel(logging.WARNING)


def _build(client: Any, base: str) -> None:
    AsyncManagement.__init__(client, None, None, None, base, cterasdk.settings.core.asyn.settings)
    client._ctera_session = TextSession(client.host(), client.context)
    client._ctera_clients = Clients(client)
    client.cloudfs = cloudfs.CloudFS(client)
    client.files = files.CloudDrive(client)
    client.notifications = notifications.Notifications(client)
    client.roles = roles.Roles(client)
    client.settings = settings.Settings(client)
    client.tasks = tasks.Tasks(client)
    client.users = users.Users(client)


class GlobalAdmin(AsyncGlobalAdmin):  # type: ignore[misc]
    """The SDK's global administration, at any base URL."""

    def __init__(self, base: str) -> None:
        _build(self, base)
        self.portals = portals.Portals(self)


class ServicesPortal(AsyncServicesPortal):  # type: ignore[misc]
    """The SDK's end-user services, at any base URL."""

    def __init__(self, base: str) -> None:
        _build(self, base)


def tls_context(profile: Profile) -> ssl.SSLContext | bool:
    """What aiohttp verifies with: the public authorities, the profile's own, or nothing if so told."""
    if not profile.https or not profile.verify_tls:
        return False
    if not profile.ca_pem:
        return True
    try:
        return ssl.create_default_context(cadata=profile.ca_pem)
    except ssl.SSLError:
        raise PortalUnavailable(
            f"The certificate authority in the profile of portal '{profile.name}' is not valid PEM."
        ) from None


def new_client(profile: Profile, base: str | None = None, scope: str | None = None) -> AsyncPortal:
    """A client for the profile, not logged in; must be called on the event loop that will use it."""
    silence_http_log()
    kind = GlobalAdmin if (scope or profile.scope) == "admin" else ServicesPortal
    client = kind(base or profile.base_url)
    session = client.default._session
    configuration = session._configuration
    configuration["connector"] = {"ssl": tls_context(profile), "limit": PARALLEL}
    configuration["timeout"] = {
        "total": profile.total_timeout,
        "sock_connect": profile.connect_timeout,
        "sock_read": profile.read_timeout,
    }
    session._session = aiohttp.ClientSession(
        **{**from_configuration(configuration), "trace_configs": [answer_hooks()]}, trust_env=False
    )
    session._cookie_jar.register(session._session)
    return client
