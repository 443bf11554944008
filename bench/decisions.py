"""What a decision costs as policies grow: `python -m bench.decisions`, and a table of `make bench`.

Every world holds the same ten policies about the caller; all others are about other people, places and tools, one in
ten a deny, every third with stars. Figures are medians of processor time, without database and network.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any, Final

from oauth.policy import Call, PolicySnapshot, Rule, decide, visible
from oauth.portals import open_portals
from oauth.principal import Principal
from tools.profile import Profile
from tools.spec import PREFIX, PathArgument, PathRole, Toolset, ToolSpec

SIZES: Final = (10, 100, 1_000, 10_000)
TOOLS, PORTALS, SCOPES = 40, 50, 20
AT: Final = 1_800_000_000.0
MOST_MICROSECONDS, MOST_GROWTH, MOST_BUILD_SECONDS = 15.0, 1.5, 1.0
FAMILIES: Final = list(Toolset)
CALLER: Final = Principal("issuer", "usr_0", "client_0", "org_0", frozenset({"scope:0", "scope:1"}), 2**40)
HQ: Final = Profile(
    "portal-0", 1, "localhost", 443, https=True, verify_tls=True, scope="admin", username="a", sealed_password="s"
)


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def catalogue() -> dict[str, ToolSpec]:
    """As many tools as a full product has, each with one path."""
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    names = [f"{PREFIX}read_file", *(f"{PREFIX}tool_{number:02}" for number in range(1, TOOLS))]
    paths = (PathArgument("path", PathRole.SOURCE),)
    return {
        name: ToolSpec(name, FAMILIES[number % 4], name, name, schema, schema, _nothing, paths=paths)
        for number, name in enumerate(names)
    }


def about_the_caller() -> list[dict[str, Any]]:
    """Ten policies that every world holds."""
    allow = {"effect": "allow", "scopes": ["scope:0"], "toolsets": ["read", "write"]}
    deny = {"effect": "deny", "tools": ["*"]}
    return [
        {**allow, "name": "readers", "paths": ["/Users/**", "/Docs/**"], "calls_per_minute": 60},
        {**allow, "name": "own", "subjects": ["usr_0"], "portals": ["portal-0"], "paths": ["/Users/Ann/**"]},
        {**allow, "name": "org", "organizations": ["org_0"], "toolsets": ["share"], "calls_per_minute": 10},
        {**allow, "name": "client", "clients": ["client_0"], "tenants": ["acme", "a*"]},
        {**allow, "name": "admins", "scopes": ["scope:9"], "tools": ["*"]},
        {**allow, "name": "two", "scopes": ["scope:0", "scope:1"], "portals": ["portal-1"]},
        {**deny, "name": "HR is private", "paths": ["/Users/Ann/HR/**"]},
        {**deny, "name": "no secrets", "paths": ["/Users/*/Secret*/**"]},
        {**deny, "name": "not there", "portals": ["portal-2"]},
        {**deny, "name": "not in that Team Portal", "tenants": ["closed"], "except_subjects": ["usr_9"]},
    ]


def about_others(count: int) -> Iterator[dict[str, Any]]:
    """Policies about other people, places and scopes."""
    for number in range(1, count + 1):
        star = "*" if number % 3 == 0 else ""
        kind = number % 5
        who = (
            {"subjects": [f"usr_{number}"], "tenants": [f"tenant-{number}{star}"]},
            {"organizations": [f"org_{number}"], "clients": [f"client_{number}{star}"]},
            {"portals": [f"portal-{3 + number % (PORTALS - 3)}"], "subjects": [f"usr_{number}", f"usr_{number}x"]},
            {"tenants": [f"tenant-{number}"], "paths": [f"/Users/Owner {number}/**", f"/Docs/{number}{star}/**"]},
            {"paths": [f"/Projects/{number}/{star or 'x'}/**"], "tools": [f"{PREFIX}tool_{1 + number % 39:02}"]},
        )[kind]
        effect = "deny" if number % 10 == 3 else "allow"
        rest = {"scopes": [f"scope:{number % SCOPES}"], "toolsets": [FAMILIES[number % 4].value]}
        yield {"name": f"policy {number}", "effect": effect, **rest, **who}


def profiles(count: int = PORTALS) -> dict[str, Profile]:
    """Administrator profiles."""
    return {f"portal-{number}": replace(HQ, name=f"portal-{number}") for number in range(count)}


def build(size: int, portals: int = PORTALS) -> PolicySnapshot:
    """A snapshot of `size` policies, from plain values as the database gives them."""
    rows = [*about_the_caller(), *about_others(size - 10)]
    return PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(**row) for row in rows],
        scopes={f"scope:{number}": frozenset[str]() for number in range(SCOPES)},
        profiles=profiles(portals),
        catalogue=catalogue(),
    )


def seconds(work: Callable[[], object], repeats: int, batch: int = 1) -> float:
    """The median duration of one run, in seconds of this process's own time: neighbours do not count."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(batch):
            work()
        found.append((time.process_time() - start) / batch)
    return median(found)


def calls() -> dict[str, Call]:
    """One call of each kind: allowed, closed by a deny, closed for want of an allow or a scope."""
    call = Call(f"{PREFIX}read_file", "portal-0", "acme", ((PathRole.SOURCE, "/Users/Ann/Docs/plan.txt"),), AT)
    return {
        "allowed": call,
        "denied": replace(call, paths=((PathRole.SOURCE, "/Users/Ann/HR/plan.txt"),)),
        "refused": replace(call, tool=f"{PREFIX}tool_03", portal="portal-1", tenant="globex"),
    }


def measure(sizes: tuple[int, ...] = SIZES) -> dict[int, dict[str, float]]:
    """Decision and visible in microseconds, build in seconds, per size.

    Sizes and kinds take turns, so that what else the machine does weighs on all of them alike.
    """
    found = {}
    for size in sizes:
        gc.collect()
        found[size] = {"build": seconds(lambda size=size: build(size), 3 if size > 1000 else 5)}  # type: ignore[misc]
    worlds = {size: build(size) for size in sizes}
    gc.collect()
    gc.freeze()  # as the server does after its start
    works = {
        (size, name): partial(decide, worlds[size], CALLER, call) for size in sizes for name, call in calls().items()
    }
    for (size, name), work in works.items():
        if bool(work()) != (name == "allowed"):
            raise AssertionError(f"{name} is decided otherwise at {size}")
    for (size, name), took in in_turns(works, rounds=100, batch=400).items():
        found[size][name] = took * 1e6
    for size, world in worlds.items():
        found[size]["visible"] = seconds(partial(visible, world, CALLER, AT), 50) * 1e6
        found[size]["portals"] = seconds(partial(open_portals, world, CALLER, AT), 20) * 1e6
    gc.unfreeze()
    return found


def in_turns(
    works: Mapping[tuple[int, str], Callable[[], object]], *, rounds: int, batch: int
) -> dict[tuple[int, str], float]:
    """The median duration of one run of each work, in seconds, when they take turns."""
    took: dict[tuple[int, str], list[float]] = {kind: [] for kind in works}
    for _ in range(rounds):
        for kind, work in works.items():
            start = time.process_time()
            for _ in range(batch):
                work()
            took[kind].append((time.process_time() - start) / batch)
    return {kind: median(each) for kind, each in took.items()}


def table(figures: dict[int, dict[str, float]]) -> str:
    """Markdown: the figures, then the goals."""
    titles = ["policies", "allowed µs", "denied µs", "refused, scopes sought, µs", f"visible ({TOOLS} tools) µs"]
    titles += [f"open portals ({PORTALS}) µs", "snapshot build s"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for size, one in figures.items():
        cells = [f"{one[name]:.1f}" for name in ("allowed", "denied", "refused")]
        cells += [f"{one[name]:.0f}" for name in ("visible", "portals")]
        lines.append(f"| {size:,} | {' | '.join(cells)} | {one['build']:.3f} |")
    lines += ["", "| goal | wanted | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {wanted} | {got} | {'met' if met else '**missed**'} |" for name, wanted, got, met in goals(figures)
    ]
    return "\n".join(lines) + "\n"


def goals(figures: dict[int, dict[str, float]]) -> list[tuple[str, str, str, bool]]:
    """Each goal with what was wanted, what was measured, and whether it was met."""
    at_thousand, least, most = figures[1_000]["allowed"], figures[10]["allowed"], figures[10_000]["allowed"]
    built = figures[10_000]["build"]
    return [
        ("decision at 1,000", f"≤ {MOST_MICROSECONDS:g} µs", f"{at_thousand:.1f} µs", at_thousand <= MOST_MICROSECONDS),
        ("decision at 10,000 against 10", f"≤ {MOST_GROWTH:g}", f"{most / least:.2f}", most / least <= MOST_GROWTH),
        ("snapshot build at 10,000", f"≤ {MOST_BUILD_SECONDS:g} s", f"{built:.2f} s", built <= MOST_BUILD_SECONDS),
    ]


def run() -> str:
    """Measure every size and tell it as a table."""
    return table(measure())


if __name__ == "__main__":
    print(run())
