"""Seals cursors, so that a position reveals nothing and fits only the call and the caller it was made for."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cryptography.fernet import Fernet, InvalidToken

from tools.errors import InvalidArgument

if TYPE_CHECKING:
    from tools.spec import JSON

HOURS = 24
REMEDY = "Argument 'cursor' does not belong to this call. Leave it out to start at the beginning."
VERSION_REMEDY = (
    "Argument 'version' does not belong to this file, or is older than a day. Ask ctera_portal_list_versions again."
)


def shared_box(purpose: str, secret: str) -> Fernet:
    """The box that every worker of an installation shares for one purpose, derived from its secret key."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{secret}".encode()).digest()))


@dataclass(frozen=True, slots=True)
class SealedCursors:
    """The cursors of one call: `context` names tool, place and caller; `remedy` tells what to do about a wrong one."""

    box: Fernet
    context: tuple[str, ...]
    remedy: str = REMEDY

    def seal(self, state: JSON) -> str:
        """Seal a position."""
        text = json.dumps([self.context, state], ensure_ascii=False, separators=(",", ":"))  # bounded by what it names
        return self.box.encrypt(text.encode()).decode("ascii")

    def open(self, cursor: str) -> JSON:
        """Open a cursor; raises `InvalidArgument` for one that was not made for this call."""
        try:
            context, state = json.loads(self.box.decrypt(cursor.encode(), ttl=HOURS * 3600))
        except (InvalidToken, ValueError):
            raise InvalidArgument(self.remedy) from None
        if context != list(self.context):
            raise InvalidArgument(self.remedy)
        return cast("JSON", state)
