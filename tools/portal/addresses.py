"""Turns a canonical path into the address that the portal's methods want; shared by the parts of a session."""

from __future__ import annotations

from typing import Any

from cterasdk.cio.core.types import automatic_resolution


class Addressing:
    """Knows where the session's files begin."""

    _sdk: Any

    def _address(self, path: str) -> str:
        address: str = automatic_resolution(path.lstrip("/"), self._sdk.context).absolute_encode
        return address
