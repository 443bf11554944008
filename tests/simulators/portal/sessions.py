"""Logins, cookies, tickets: who a request speaks for, and what an expired session is told."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from tests.simulators.portal.markup import encode, obj
from tests.simulators.portal.places import Viewer
from tests.simulators.portal.wire import Request, Response
from tests.simulators.portal.world import DNS_SUFFIX, Account, Tenant, World

COOKIE = "JSESSIONID"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Login</title></head><body><form></form><br></body></html>"
TICKET_SECONDS = 60  # a choice: how long a real ticket lives is not known


@dataclass(slots=True)
class Session:
    """One cookie's session. The Team Portal it browses is state of the session: no request carries it."""

    cookie: str
    label: str
    account: Account
    context: str
    tenant: Tenant | None
    csrf: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def viewer(self) -> Viewer:
        """The eyes of this session."""
        return Viewer(self.account, self.context, self.tenant)


@dataclass(slots=True)
class Ticket:
    """Lets its bearer in once as a user of a Team Portal."""

    account: Account
    until: float


class Sessions:
    """Every open session and unused ticket."""

    def __init__(self, world: World, default_tenant: str) -> None:
        self.world = world
        self.default_tenant = default_tenant
        self.tenant_ports: dict[int, str] = {}
        self.expire_form = "redirect"
        self.enforce_csrf = False
        self.open: dict[str, Session] = {}
        self.tickets: dict[str, Ticket] = {}
        self._opened = 0

    def tenant_of(self, request: Request) -> Tenant | None:
        """Find the Team Portal that a request's address means.

        The portal goes by the DNS name. An address without one means the port's Team Portal, or the default one
        (a choice, so that clients on loopback need no resolver).
        """
        suffix = f".{DNS_SUFFIX}"
        if request.host.endswith(suffix):
            return self.world.tenants.get(request.host.removesuffix(suffix))
        name = self.tenant_ports.get(request.port, self.default_tenant)
        return self.world.tenants.get(name)

    def login(self, request: Request, context: str) -> Session | None:
        """Check a name and a password; None where they are wrong."""
        form = request.form()
        if context == "admin":
            account, tenant = self.world.admins.get(form.get("j_username", "")), None
        else:
            tenant = self.tenant_of(request)
            account = tenant.users.get(form.get("j_username", "")) if tenant else None
        if account is None or account.password != form.get("j_password"):
            return None
        return self._open(account, context)

    def _open(self, account: Account, context: str) -> Session:
        self._opened += 1
        # Hexadecimal digits with a letter in front: nothing that the SDK would read as a number.
        cookie = f"S{secrets.token_hex(16)}"
        session = Session(cookie, f"S{self._opened}", account, context, account.tenant)
        self.open[cookie] = session
        return session

    def issue_ticket(self, account: Account) -> str:
        """Make a one-use ticket."""
        ticket = f"ticket-{secrets.token_hex(16)}"
        self.tickets[ticket] = Ticket(account, time.monotonic() + TICKET_SECONDS)
        return ticket

    def redeem(self, request: Request) -> Session | None:
        """Turn a ticket into a session; None where it is unknown, used, too old, or of another Team Portal."""
        ticket = self.tickets.pop(request.form().get("ctera_ticket", ""), None)
        if ticket is None or ticket.until < time.monotonic():
            return None
        named = request.host.endswith(f".{DNS_SUFFIX}") or request.port in self.tenant_ports
        if named and self.tenant_of(request) is not ticket.account.tenant:
            return None
        return self._open(ticket.account, "ServicesPortal")

    def find(self, request: Request, context: str) -> Session | None:
        """Find the session of a request's cookie; the cookie counts only in its own context."""
        session = self.open.get(request.cookie(COOKIE))
        return session if session is not None and session.context == context else None

    def forgery(self, session: Session, request: Request) -> bool:
        """Whether a changing request lacks the token that the SDK learns only from `web_session()`."""
        if not self.enforce_csrf or request.method == "GET":
            return False
        return request.headers.get("x-ctera-token") != session.csrf

    def expire(self, who: str) -> int:
        """Drop the sessions of `all`, or of one account (`alice`, or `acme/alice`); count them."""
        doomed = [one.cookie for one in self.open.values() if who == "all" or who in names_of(one.account)]
        for cookie in doomed:
            del self.open[cookie]
        return len(doomed)

    def refuse(self) -> Response:
        """Answer a request that has no session, in the form that is set."""
        return EXPIRED_FORMS[self.expire_form]


def names_of(account: Account) -> tuple[str, str]:
    """The two names by which a test may call an account."""
    return account.name, f"{account.tenant.name if account.tenant else 'admin'}/{account.name}"


def _redirect(location: str) -> Response:
    return Response(302, headers=(("Location", location),))


MICROSOFT = "https://login.microsoftonline.com/common/oauth2/authorize?client_id=portal"
EXPIRED_FORMS = {
    "redirect": _redirect("/ServicesPortal/login.html"),  # with `microsoft`, all that the SDK recognises
    "microsoft": _redirect(MICROSOFT),
    "redirect_admin": _redirect("/admin/login.html"),
    "redirect_query": _redirect("/ServicesPortal/login.html?from=session"),
    # As a portal with single sign-on does; nothing listens there, as behind a firewall.
    "redirect_idp": _redirect("http://127.0.0.1:9/sso/login"),
    "redirect_nowhere": Response(302),
    "redirect_loop": _redirect("/ServicesPortal/api/currentSession"),
    "html200": Response(200, LOGIN_PAGE, "text/html"),
    "401": Response(401, encode(obj(msg="Authentication required"))),
    "403xml": Response(403, encode(obj(msg="Session expired"))),
}


def cookie_header(session: Session, *, secure: bool) -> tuple[str, str]:
    """The header that gives a session to its client; `Secure` over TLS only, or plain HTTP could not keep it."""
    attributes = "; HttpOnly; Secure" if secure else "; HttpOnly"
    return ("Set-Cookie", f"{COOKIE}={session.cookie}; Path=/{session.context}{attributes}")
