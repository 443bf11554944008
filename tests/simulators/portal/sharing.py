"""Public links, and folders that are shown to other accounts of the Team Portal."""

from __future__ import annotations

import secrets

from tests.simulators.portal.markup import Obj, Value, obj
from tests.simulators.portal.places import READ_WRITE, Place
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.world import DNS_SUFFIX, Account, Link, Share, ShareSettings, Tenant

MISSING = "Resource does not exist"
"""The SDK compares this text."""


def _found(call: Call, href: str) -> tuple[Place, Tenant]:
    place, tenant = call.place(href), call.session.tenant
    if place is None or place.node is None or tenant is None:
        raise PortalError(404, MISSING)
    return place, tenant


def create_share(portal: Portal, call: Call) -> Value:
    """Make a public link to a file or folder."""
    wanted = call.fields()
    place, tenant = _found(call, wanted.text("url"))
    config = wanted.obj("share") or Obj()
    if config.text("accessMode") not in ("ReadOnly", "ReadWrite", "PreviewOnly", "UploadOnly"):
        raise PortalError(400, "Invalid access mode")  # a choice
    if config.text("accessMode") != "ReadOnly" and place.permission != READ_WRITE:
        raise PortalError(403, "Permission denied")
    # The form of the address is that of a link seen in the SDK's own tests.
    url = f"https://{tenant.name}.{DNS_SUFFIX}/invitations/?share={secrets.token_hex(10)}&dl=0"
    path = "/" + "/".join(place.parts)
    account = call.session.account.name
    link = Link(url, path, account, tenant.name, config.text("accessMode"), config.text("expiration"))
    portal.links.append(link)
    return obj("CreateShareResponse", publicLink=url)


def list_shares(portal: Portal, call: Call) -> Value:
    """Say with whom a folder is shared, and how."""
    place, tenant = _found(call, call.text())
    assert place.node is not None
    settings = portal.share_settings.get(place.node.file_id, ShareSettings())
    internal = [_config(one) for one in tenant.shares if one.node is place.node]
    return obj(
        "ShareResourceParam",
        url=call.text(),
        shares=[*internal, *settings.external],
        teamProject=settings.team_project,
        allowReshare=settings.allow_reshare,
        shouldSync=settings.should_sync,
    )


def _config(share: Share) -> Obj:
    return obj(
        "ShareConfig",
        accessMode=share.permission,
        expiration=None,
        protectionLevel=None,
        invitee=_collaborator(share.recipient),
    )


def _collaborator(account: Account) -> Obj:
    return obj(
        "Collaborator",
        type="localUser",
        uid=account.uid,
        name=account.name,
        domain=None,
        email=None,
        friendlyName=account.full_name,
    )


def share_resource(portal: Portal, call: Call) -> Value:
    """Replace the list of recipients."""
    wanted = call.fields()
    place, tenant = _found(call, wanted.text("url"))
    if not place.writable or place.folder is None or place.node is None:
        raise PortalError(403, "Permission denied")
    tenant.shares[:] = [one for one in tenant.shares if one.node is not place.node]
    external: list[Obj] = []
    for config in wanted.objs("shares"):
        invitee = config.obj("invitee") or Obj()
        recipient = tenant.users.get(invitee.text("name"))
        if recipient is not None and invitee.text("type") == "localUser":
            tenant.shares.append(Share(place.folder, place.node, recipient, config.text("accessMode")))
        elif invitee.text("type") == "external":
            external.append(_external(config))
    portal.share_settings[place.node.file_id] = ShareSettings(
        wanted.flag("teamProject"), wanted.flag("allowReshare"), wanted.flag("shouldSync"), tuple(external)
    )
    return None


def _external(config: Obj) -> Obj:
    """Keep an external recipient with every attribute that the SDK reads back."""
    wanted = ("accessMode", "expiration", "protectionLevel", "invitee")
    return Obj("ShareConfig", {name: config.get(name) for name in wanted})


def search_members(portal: Portal, call: Call) -> Value:
    """Find accounts of the Team Portal whose name begins with a term; there are no groups (a choice)."""
    query, tenant = call.fields(), call.session.tenant
    users = tenant.users.values() if tenant and query.text("searchType") == "users" else []
    found = [_collaborator(one) for one in users if one.name.startswith(query.text("searchTerm"))]
    limit = query.number("countLimit", 50)
    return obj("QueryResult", objects=found[:limit], hasMore=len(found) > limit)
