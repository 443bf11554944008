"""From a request to an operation: what it is called, who may do it, who does it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

from tests.simulators.portal import actions, files, identity, inventory, reporting, sharing, transfers
from tests.simulators.portal.journal import Entry
from tests.simulators.portal.markup import Obj, Value, decode, encode, obj
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.wire import Request, Response

Operation = Callable[[Portal, Call], Value]
"""Answers a value, which becomes XML, or a whole `Response`."""

CONTEXTS = ("admin", "ServicesPortal")
WITHOUT_SESSION: dict[str, Operation] = {
    "login": identity.login,
    "sso": identity.sso,
    "login_page": identity.login_page,
    "public_info": identity.public_info,
}
PLAIN: dict[str, Operation] = {
    "logout": identity.logout,
    "currentSession": identity.current_session,
    "currentPortal": identity.current_portal,
    "browse": identity.browse,
    "task": actions.status,
    "version": identity.version,
    "dnsSuffix": identity.dns_suffix,
    "rolesSettings": identity.role_settings,
    "report": reporting.report,
    "download": transfers.download,
    "zip": transfers.download_zip,
    "upload": transfers.upload,
}
METHODS: dict[str, tuple[str, Operation]] = {
    # The wire's name of a method, our short name for it, who answers it.
    "fetchResources": ("list", files.fetch_resources),
    "listSnapshots": ("versions", files.list_snapshots),
    "getPortalsDisplayInfo": ("tenants", inventory.portals_display_info),
    "getSessionToken": ("ticket", identity.session_token),
    "makeCollection": ("mkdir", actions.make_collection),
    "copyResources": ("copy", actions.copy_resources),
    "moveResources": ("move", actions.move_resources),
    "deleteResources": ("delete", actions.delete_resources),
    "restoreResources": ("recover", actions.restore_resources),
    "getTaskStatus": ("task", actions.status),
    "createShare": ("link", sharing.create_share),
    "listShares": ("shares", sharing.list_shares),
    "shareResource": ("share", sharing.share_resource),
    "searchCollaborationMembers": ("members", sharing.search_members),
    "queryLogs": ("logs", reporting.query_logs),
}
DEPTHS = {"0": "stat", "Infinity": "search"}
GETS = {
    ("currentSession",): "currentSession",
    ("currentPortal",): "currentPortal",
    ("version",): "version",
    ("settings", "dnsSuffix"): "dnsSuffix",
}
PREFIXES = {"rolesSettings": "rolesSettings", "reports": "report"}


async def serve(portal: Portal, request: Request) -> Response:
    """Answer one request and keep an entry of it."""
    try:
        call = classify(request)
    except ValueError:
        return Response(400, encode(obj(msg="Malformed request")))
    if call is None:
        return Response(404, encode(obj(msg="Not found")))
    entry, journal = _entry(portal, call), portal.journal  # a reset meanwhile begins another
    journal.begin(entry)
    response = Response(drop=True)
    try:
        response = await _with_trouble(portal, call, entry)
    finally:
        journal.end(entry, 0 if response.drop else response.status)
    return response


async def _with_trouble(portal: Portal, call: Call, entry: Entry) -> Response:
    await portal.faults.pass_gates(call.names)
    fault = await portal.faults.next_for(call.names, entry.account)
    if fault is not None and fault.before:
        return fault.answer()
    response = respond(portal, call)
    if call.bound and not entry.session:
        entry.session = call.session.label
    return fault.answer() if fault is not None else response


def _entry(portal: Portal, call: Call) -> Entry:
    request = call.request
    session = portal.sessions.find(request, call.context)
    tried = request.form().get("j_username", "") if call.names[0] == "login" else ""
    return Entry(
        account=session.account.name if session else tried,
        session=session.label if session else "",
        tenant=session.tenant.name if session and session.tenant else "-",
        realm="admin" if call.context == "admin" else "user",
        verb=request.method,
        name=call.names[0],
        path=_subject(call),
    )


def _subject(call: Call) -> str:
    """What the request is about: a path as the session sees it, a collection, a Team Portal."""
    href = call.request.target if call.names[0] == "download" else ""
    if isinstance(call.param, Obj):
        href = call.param.text("root") or call.param.text("parentPath") or call.param.text("url")
        urls = call.param.objs("urls")
        href = urls[0].text("src") if urls else href
        if call.names[0] == "mkdir":
            href = f"{href.rstrip('/')}/{quote(call.param.text('name'))}"
    elif isinstance(call.param, str):
        href = call.param
    parts = href.split("/webdav", 1)
    return unquote(parts[1]) or "/" if len(parts) == 2 else href or call.path


def respond(portal: Portal, call: Call) -> Response:
    """Check the session and run the operation."""
    name = call.names[0]
    operation = WITHOUT_SESSION.get(name)
    if operation is None:
        session = portal.sessions.find(call.request, call.context)
        if session is None:
            return portal.sessions.refuse()
        if portal.sessions.forgery(session, call.request):
            return Response(403, encode(obj(msg="Invalid CSRF token")))  # a choice
        call.attend(session)
        operation = _find(call)
    try:
        answer = operation(portal, call)
    except PortalError as error:
        return Response(error.status, encode(obj(msg=error.message)))
    except ValueError:
        return Response(400, encode(obj(msg="Malformed parameter")))
    return answer if isinstance(answer, Response) else Response(200, encode(answer))


def _find(call: Call) -> Operation:
    if call.names[-1] in ("query", "get-multi"):
        return inventory.database
    return PLAIN[call.names[0]] if call.names[0] in PLAIN else METHODS[call.names[-1]][1]


def classify(request: Request) -> Call | None:
    """Find out what a request asks for; None where the portal has nothing at that address."""
    segments = request.target.strip("/").split("/")
    context, rest = segments[0], segments[1:]
    if context not in CONTEXTS or not rest:
        return None
    area, inner = rest[0], tuple(rest[1:])
    if area == "api":
        return _api(request, context, inner)
    name = _outside_api(request.method, area, inner)
    return Call(request, context, (name,), path=inner[-1] if inner else "") if name else None


def _outside_api(method: str, area: str, inner: tuple[str, ...]) -> str | None:
    names = {
        ("POST", "sso"): "sso",
        ("GET", "login.html"): "login_page",
        ("GET", "webdav"): "download",
        ("HEAD", "webdav"): "download",
    }
    if (method, area, inner) == ("GET", "public", ("publicInfo",)):
        return "public_info"
    if method == "POST" and inner[:1] == ("folders",) and len(inner) == 2:
        return {"upload": "upload", "folders": "zip"}.get(area)
    return names.get((method, area))


def _api(request: Request, context: str, inner: tuple[str, ...]) -> Call | None:
    path = "/".join(unquote(one) for one in inner)
    if request.method == "PUT" and inner == ("currentPortal",):
        return Call(request, context, ("browse",), param=decode(request.body) or "")
    if request.method == "GET":
        name = GETS.get(inner) or _by_prefix(inner)
        return Call(request, context, (name,), path) if name else None
    if request.method != "POST":
        return None
    if inner in (("login",), ("logout",)):
        return Call(request, context, inner)
    return _method(request, context, path)


def _by_prefix(inner: tuple[str, ...]) -> str | None:
    if len(inner) == 4 and (inner[0], inner[2]) == ("servers", "bgTasks"):
        return "task"
    return PREFIXES.get(inner[0]) if len(inner) == 2 else None


def _method(request: Request, context: str, path: str) -> Call | None:
    envelope = decode(request.body)
    if not isinstance(envelope, Obj):
        raise ValueError("no envelope")  # noqa: TRY004 - what the client sent, not a type of ours
    wire, param = envelope.text("name"), envelope.get("param")
    if envelope.text("type") == "db":
        return Call(request, context, (path.rpartition("/")[2] or "object", wire), path, param)
    if wire not in METHODS:
        return None
    short = METHODS[wire][0]
    if short == "list" and isinstance(param, Obj):
        short = DEPTHS.get(param.text("depth"), short)
    return Call(request, context, (short, wire), path, param)
