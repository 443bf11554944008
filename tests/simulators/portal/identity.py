"""Who am I, where am I, log in, log out, move to another Team Portal, let somebody in by ticket."""

from __future__ import annotations

from tests.simulators.portal.markup import Obj, Value, encode, obj
from tests.simulators.portal.sessions import LOGIN_PAGE, Session, cookie_header
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.wire import Response
from tests.simulators.portal.world import DNS_SUFFIX, VERSION

ROLES = {
    "ReadWriteAdmin": "readWriteAdminSettings",
    "ReadOnlyAdmin": "readOnlyAdminSettings",
    "Support": "supportAdminSettings",
}
WRITING_FLAGS = (
    "superUser",
    "allowRemoteWipe",
    "allowSSO",
    "allowSeedingExport",
    "allowSeedingImport",
    "canChangePortalSettings",
    "canChangeRoles",
    "canChangeUserEmail",
    "canChangeUserPassword",
    "canManageAllFolders",
    "canManagePlans",
    "canManageUsers",
    "canManageLogSettings",
    "allowFoldersFilesPermanentDelete",
    "canManageLegalHolds",
    "canManageComplianceSetting",
)


def login(portal: Portal, call: Call) -> Response:
    """Answer the login form; the SDK takes 403, and nothing else, for a wrong password."""
    session = portal.sessions.login(call.request, call.context)
    if session is None:
        portal.journal.failed_logins += 1
        return Response(403, encode(obj(msg="Invalid username or password")))
    return _welcome(portal, call, session, Response(200))


def sso(portal: Portal, call: Call) -> Response:
    """Answer a ticket. A refused one gets 403 (a choice)."""
    session = portal.sessions.redeem(call.request)
    if session is None:
        return Response(403, encode(obj(msg="Invalid ticket")))
    return _welcome(portal, call, session, Response(200))


def _welcome(portal: Portal, call: Call, session: Session, response: Response) -> Response:
    call.attend(session)
    portal.journal.opened(len(portal.sessions.open))
    response.headers = (cookie_header(session, secure=call.request.tls),)
    return response


def logout(portal: Portal, call: Call) -> Response:
    """End the session."""
    portal.sessions.open.pop(call.session.cookie, None)
    portal.journal.logouts += 1
    return Response(200)


def login_page(portal: Portal, call: Call) -> Response:
    """Show the page that expired sessions are sent to."""
    return Response(200, LOGIN_PAGE, "text/html")


def public_info(portal: Portal, call: Call) -> Value:
    """Answer the one question that needs no session."""
    return obj("PublicInfo", version=VERSION, name=DNS_SUFFIX, hasWebSSO=False)


def current_session(portal: Portal, call: Call) -> Response:
    """Say who the session belongs to, and hand out the token against forgery."""
    account = call.session.account
    body = obj("PortalSession", username=account.name, domain=None, role=account.role)
    return Response(200, encode(body), headers=(("X-CTERA-TOKEN", call.session.csrf),))


def current_portal(portal: Portal, call: Call) -> Value:
    """Name the Team Portal that the session is in; nothing for global administration."""
    return call.session.tenant.name if call.session.tenant else None


def browse(portal: Portal, call: Call) -> Value:
    """Move this session to a Team Portal, or back to global administration."""
    if call.context != "admin":
        raise PortalError(403, "Permission denied")
    name = call.text()
    if name and name not in portal.world.tenants:
        raise PortalError(404, "Portal not found")  # a choice
    call.session.tenant = portal.world.tenants[name] if name else None
    return None


def version(portal: Portal, call: Call) -> Value:
    """Name the software's version; it has too many dots for the SDK to read it as a number."""
    return VERSION


def dns_suffix(portal: Portal, call: Call) -> Value:
    """Name the domain that Team Portals' names are prefixed to."""
    return DNS_SUFFIX


def role_settings(portal: Portal, call: Call) -> Value:
    """List what a role may do; the SDK needs all eighteen attributes."""
    wanted = call.path.rpartition("/")[2]
    role = next((role for role, settings in ROLES.items() if settings == wanted), None)
    if role is None:
        raise PortalError(404, "Role not found")
    writes = role == "ReadWriteAdmin"
    settings = Obj("PortalRoleSettings", {"name": role, "canAccessEndUserFolders": role != "Support"})
    settings.atts.update(dict.fromkeys(WRITING_FLAGS, writes))
    return settings


def session_token(portal: Portal, call: Call) -> Value:
    """Mint a one-use ticket for a user of a Team Portal: for administrators in global administration only."""
    wanted = call.fields()
    tenant = portal.world.tenants.get(wanted.text("portal"))
    if call.context != "admin" or call.session.tenant is not None:
        raise PortalError(403, "Permission denied")
    if call.session.account.role != "ReadWriteAdmin":  # stands for the role's flag `allowSSO`
        raise PortalError(403, "Permission denied")
    account = tenant.users.get(wanted.text("username")) if tenant else None
    if account is None:
        raise PortalError(404, "User not found")  # a choice
    return portal.sessions.issue_ticket(account)
