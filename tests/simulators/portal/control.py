"""The knobs: what a test may ask of the simulator on its control port.

expire           "all" or an account (`alice`, `acme/alice`, `admin/svc-mcp`): drop its sessions
expire_form      how a request without a session is answered (`sessions.EXPIRED_FORMS`)
fault            {match, kind, status, seconds, times, message, account, body, retry_after}: trouble for the next
                 requests (`Fault`)
hold, release    close and open a gate for requests (`list`), or for background work (`task`, `task:delete`)
wait_held        {name, count, timeout}: answer when that many requests stand at the gate
task             how the next background task ends (`tasks.OUTCOMES`), without doing anything
pace             background work that is begun from now on does one item whenever somebody asks how it goes
full, read_only  a Team Portal without quota left, or in which nothing can be changed: {tenant: true or false}
latency_ms       every request takes that much longer
password         {account, password}: change it
revoke, restore  an account (`acme/alice`): it is no more, and its sessions end; it is back
expire_tickets   tickets that nobody has used yet come too late
csrf             whether changing requests need `X-CTERA-TOKEN`
default_tenant   the Team Portal that an address without a name means
large            {account, path, size}: a file of that size below the account's My Files, its bytes made when sent
uploaded         {account, path}: size and sha256 of a file that was too large to be kept
clear            no more trouble; sessions and files stay
reset            everything as at the start
log, stats, links   read what happened; `drain` reads the log and empties it

Names that `match` and `hold` understand: ours (login, logout, sso, browse, currentSession, currentPortal, version,
rolesSettings, list, stat, search, versions, download, zip, upload, mkdir, copy, move, delete, recover, task, link,
shares, share, members, tenants, ticket, logs, report; of queries the collection: users, cloudDrives, devices), the
wire's (fetchResources, ...; query, get-multi), `*`, and several joined by `|`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict

from tests.simulators.portal.faults import Fault
from tests.simulators.portal.large import LargeFile
from tests.simulators.portal.nodes import Node
from tests.simulators.portal.sessions import EXPIRED_FORMS, names_of
from tests.simulators.portal.state import Portal
from tests.simulators.portal.tasks import OUTCOMES
from tests.simulators.portal.wire import Request, Response
from tests.simulators.portal.world import Account

Json = dict[str, object]


async def control(portal: Portal, request: Request) -> Response:
    """Obey one JSON object; its keys are applied in the order they are given."""
    try:
        wishes = json.loads(request.body or b"{}")
        answer: Json = {}
        for key, wish in wishes.items():
            if key == "wait_held":
                answer["held"] = await _wait_held(portal, wish)
            else:
                answer.update(KNOBS[key](portal, wish))
    except (KeyError, TypeError, ValueError, TimeoutError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})
    return _json(200, answer)


def _json(status: int, content: Json) -> Response:
    return Response(status, json.dumps(content).encode(), "application/json")


async def _wait_held(portal: Portal, wish: Json) -> int:
    name, number = str(wish["name"]), int(str(wish.get("count", 1)))
    async with asyncio.timeout(float(str(wish.get("timeout", 10)))):
        await portal.faults.wait_held(name, number)
    return portal.faults.held[name]


def _expire(portal: Portal, who: object) -> Json:
    return {"expired": portal.sessions.expire(str(who))}


def _expire_form(portal: Portal, form: object) -> Json:
    if form not in EXPIRED_FORMS:
        raise ValueError(f"unknown form {form}")
    portal.sessions.expire_form = str(form)
    return {}


def _fault(portal: Portal, wish: object) -> Json:
    portal.faults.arranged.append(Fault(**wish))  # type: ignore[arg-type]
    return {}


def _clear(portal: Portal, wish: object) -> Json:
    portal.faults.clear()
    portal.task_list.arranged.clear()
    portal.task_list.paced = False
    portal.sessions.expire_form = "redirect"
    portal.sessions.enforce_csrf = False
    return {}


def _password(portal: Portal, wish: object) -> Json:
    assert isinstance(wish, dict)
    found = [one for one in _accounts(portal) if wish["account"] in names_of(one)]
    if not found:
        raise ValueError(f"no account {wish['account']}")
    for one in found:
        one.password = str(wish["password"])
    return {"changed": len(found)}


def _revoke(portal: Portal, who: object) -> Json:
    found = [one for one in _accounts(portal) if who in names_of(one) and one.tenant is not None]
    if not found:
        raise ValueError(f"no account {who}")
    for one in found:
        assert one.tenant is not None
        del one.tenant.users[one.name]
    portal.revoked += found
    return {"expired": portal.sessions.expire(str(who))}


def _restore(portal: Portal, who: object) -> Json:
    found = [one for one in portal.revoked if who in names_of(one)]
    for one in found:
        portal.revoked.remove(one)
        assert one.tenant is not None
        one.tenant.users[one.name] = one
    return {"restored": len(found)}


def _expire_tickets(portal: Portal, wanted: object) -> Json:
    count = len(portal.sessions.tickets)
    portal.sessions.tickets.clear()
    return {"tickets": count}


def _accounts(portal: Portal) -> list[Account]:
    users = [user for tenant in portal.world.tenants.values() for user in tenant.users.values()]
    return [*portal.world.admins.values(), *users]


def _hold(portal: Portal, name: object) -> Json:
    portal.faults.hold(str(name))
    return {}


def _release(portal: Portal, name: object) -> Json:
    portal.faults.release(str(name))
    return {}


def _latency(portal: Portal, milliseconds: object) -> Json:
    portal.faults.latency = float(str(milliseconds)) / 1000
    return {}


def _csrf(portal: Portal, wanted: object) -> Json:
    portal.sessions.enforce_csrf = bool(wanted)
    return {}


def _default_tenant(portal: Portal, name: object) -> Json:
    if name not in portal.world.tenants:
        raise ValueError(f"no Team Portal {name}")
    portal.sessions.default_tenant = str(name)
    return {}


def _log(portal: Portal, wanted: object) -> Json:
    return {"log": portal.journal.log()}


def _drain(portal: Portal, wanted: object) -> Json:
    told = portal.journal.log()
    portal.journal.entries.clear()
    return {"log": told}


def _stats(portal: Portal, wanted: object) -> Json:
    return {"stats": portal.journal.stats(len(portal.sessions.open))}


def _reset(portal: Portal, wanted: object) -> Json:
    portal.reset()
    return {}


def _task(portal: Portal, outcome: object) -> Json:
    if outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {outcome}")
    portal.task_list.arranged.append(str(outcome))
    return {}


def _pace(portal: Portal, wanted: object) -> Json:
    portal.task_list.paced = bool(wanted)
    return {}


def _full(portal: Portal, wish: object) -> Json:
    assert isinstance(wish, dict)
    for name, wanted in wish.items():
        portal.world.tenants[name].full = bool(wanted)
    return {}


def _read_only(portal: Portal, wish: object) -> Json:
    assert isinstance(wish, dict)
    for name, wanted in wish.items():
        portal.world.tenants[name].read_only = bool(wanted)
    return {}


def _large(portal: Portal, wish: object) -> Json:
    assert isinstance(wish, dict)
    folder, name = _folder_and_name(portal, wish)
    folder.add(LargeFile(name, is_dir=False, size=int(wish["size"])))
    return {}


def _uploaded(portal: Portal, wish: object) -> Json:
    assert isinstance(wish, dict)
    folder, name = _folder_and_name(portal, wish)
    node = folder.child(name)
    if not isinstance(node, LargeFile):
        raise ValueError(f"no large file {name}")  # noqa: TRY004 - what the test asked for, not a type of ours
    return {"size": node.size, "sha256": node.sha256}


def _folder_and_name(portal: Portal, wish: Json) -> tuple[Node, str]:
    """Where a path below an account's `My Files` leads."""
    owners = {name: one for one in _accounts(portal) if one.tenant is not None for name in names_of(one)}
    owner = owners[str(wish["account"])]
    assert owner.tenant is not None
    *above, name = str(wish["path"]).split("/")
    node = owner.tenant.folders_of(owner)["My Files"].root
    for part in above:
        node = node.children[part]
    return node, name


def _links(portal: Portal, wanted: object) -> Json:
    return {"links": [asdict(link) for link in portal.links]}


KNOBS: dict[str, Callable[[Portal, object], Json]] = {
    "expire": _expire,
    "expire_form": _expire_form,
    "fault": _fault,
    "clear": _clear,
    "password": _password,
    "revoke": _revoke,
    "restore": _restore,
    "expire_tickets": _expire_tickets,
    "hold": _hold,
    "release": _release,
    "latency_ms": _latency,
    "csrf": _csrf,
    "default_tenant": _default_tenant,
    "log": _log,
    "drain": _drain,
    "stats": _stats,
    "reset": _reset,
    "task": _task,
    "pace": _pace,
    "full": _full,
    "read_only": _read_only,
    "links": _links,
    "large": _large,
    "uploaded": _uploaded,
}
