"""The SDK's record of a login, read as text: the SDK takes `007` for 7, and `8.1` for a number that ends the login."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET

from cterasdk.clients.clients import AsyncClient
from cterasdk.common import Object
from cterasdk.core.enum import Administrators
from cterasdk.lib.session.core import PortalUser, Session

FORGERY_TOKEN = "X-CTERA-TOKEN"  # noqa: S105 - a header's name


class TextSession(Session):  # type: ignore[misc]
    """Starts as the SDK's does, with what it does not do: names as they are, and the token against forgery kept."""

    async def _async_start_session(self, session: Any) -> None:
        answer = await AsyncClient.get(session.v1.api, "/currentSession")
        session.v1.api.headers.persist_response_header(answer, FORGERY_TOKEN)
        who = attributes(await answer.text())
        name, role = who["username"], who["role"] or ""
        place = await current_portal(session)
        self._update_software_version(value(await text_of(session, "/version")))
        rights = await _rights(session, role) if role in Administrators else None
        self._update_account(PortalUser(name, who.get("domain"), place or Session.Administration, role, rights))

    def _update_software_version(self, software_version: str) -> None:
        """Keep the version; one that cannot be compared is no reason to refuse a login."""
        self.version_text = software_version
        with suppress(ValueError, TypeError):
            super()._update_software_version(software_version)


async def _rights(session: Any, role: str) -> Any:
    """What the role may do; where the portal does not say it in full, the portal itself decides at each call."""
    with suppress(AttributeError, TypeError):
        rights = await session.roles.get(role)
        if rights is not None:
            return rights
    return Object(access_end_user_folders=True)


async def text_of(sdk: Any, path: str) -> str:
    """The text of one GET of the portal's API; raises what the SDK raises."""
    answer = await AsyncClient.get(sdk.v1.api, path)
    text: str = await answer.text()
    return text


async def current_portal(sdk: Any) -> str:
    """The Team Portal that the session stands in, as it is written; nothing for global administration."""
    return value(await text_of(sdk, "/currentPortal"))


def value(text: str) -> str:
    """The text of `<val>…</val>`, or nothing; raises `ValueError` for what is no value of the portal."""
    if not text.strip():
        return ""
    root = _parsed(text)
    if root.tag != "val" or len(root):
        raise ValueError("not a value of the portal")
    return root.text or ""


def attributes(text: str) -> dict[str, str | None]:
    """The plain attributes of `<obj>`, an empty one as None; raises `ValueError` for what is no object."""
    root = _parsed(text)
    if root.tag != "obj":
        raise ValueError("not an object of the portal")
    return {att.get("id", ""): att.findtext("val") for att in root if att.tag == "att"}


def _parsed(text: str) -> ET.Element:
    try:
        return ET.fromstring(text)  # noqa: S314 - what the SDK does with every answer of the same portal
    except ET.ParseError:
        raise ValueError("not XML") from None
