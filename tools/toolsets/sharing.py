"""Showing files to people outside: public links, which end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.changing import SOME_PATH, change, refuse_root
from tools.toolsets.schemas import answer, arguments

MOST_DAYS: Final = 365
UNSEEN: Final = (
    "A link may exist that nobody has seen: tell the user, who finds and removes it among the links of the item in the "
    "portal itself."
)
ACCESS: Final = ("RO", "RW", "PO", "UO")


async def _create_public_link(call: ToolCall) -> JSON:
    place, wanted = call.at, call.arguments
    path, access = wanted["path"], wanted["access"]
    refuse_root("path", path)
    until = (datetime.now(UTC) + timedelta(days=wanted["expire_in"])).date()
    link = await change(place, lambda session: session.make_link(path, access, until), UNSEEN)
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "path": path,
        "link": link,
        "access": access,
        "expires": until.isoformat(),
    }


CREATE_PUBLIC_LINK = ToolSpec(
    name=f"{PREFIX}create_public_link",
    toolset=Toolset.SHARE,
    title="Make a public link",
    description=(
        "Makes a link by which anybody who has it can open a file or folder, without an account, until it expires. Use "
        "it only when the user asked for it, with the least access and the fewest days that do. Each call makes a new "
        "link; on outcome_unknown a link may exist that nobody has seen: tell the user. On portal_denied the portal "
        "does not let the account share this, or not with that access."
    ),
    input_schema=arguments(
        {
            "path": SOME_PATH,
            "access": {
                "type": "string",
                "enum": list(ACCESS),
                "default": "RO",
                "description": "RO: read. RW: read and write. PO: preview only. UO: upload only.",
            },
            "expire_in": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_DAYS,
                "default": 30,
                "description": "Days until the link ends.",
            },
        },
        required=("path",),
    ),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenant": {"type": "string"},
            "path": {"type": "string"},
            "link": {"type": "string", "description": "whoever has it can open the item"},
            "access": {"type": "string", "enum": list(ACCESS)},
            "expires": {"type": "string", "description": "the day on which it ends, ISO 8601"},
        }
    ),
    run=_create_public_link,
    paths=(PathArgument("path", PathRole.SUBTREE),),
    read_only=False,
    idempotent=False,
)

TOOLS = (CREATE_PUBLIC_LINK,)
