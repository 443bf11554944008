"""Tickets: what the profile's account gets from the portal so that a caller's own account can come in, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from cterasdk.clients.clients import AsyncClient, Serializers, XMLHandler
from cterasdk.common import Object
from cterasdk.exceptions.transport import BadRequest
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import PortalLoginFailed
from tools.portal.session import value

LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Ticket:
    """Lets its bearer in once as one account; a secret."""

    value: str = field(repr=False)


async def mint(sdk: Any, portal: str, account: str, tenant: str) -> Ticket:
    """Ask for a ticket on a session in global administration (`getSessionToken`).

    Raises `PortalLoginFailed` where there is no such account, `ValueError` for what is no ticket, and as the SDK does.
    """
    param, asked = Object(), Object()
    param.username, param.portal = account, tenant
    asked.type, asked.name, asked.param = "user-defined", "getSessionToken", param
    try:
        answer = await AsyncClient.post(
            sdk.v1.api, "", asked, data_serializer=Serializers.XML, on_error=XMLHandler()
        )  # as the SDK does, which then would read a ticket of digits as a number
        found = value(await answer.text())
    except (HTTPNotFound, BadRequest):
        raise PortalLoginFailed(
            f"Portal '{portal}' has no account '{account}' in Team Portal '{tenant}', or it is disabled. "
            "An operator must correct which account this caller is."
        ) from None
    if not 0 < len(found) <= LONGEST:
        raise ValueError("no ticket")
    return Ticket(found)
