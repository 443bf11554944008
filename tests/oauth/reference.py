"""A slow decision over plain rows, written from the rules' words alone: what the fast one is compared with.

The words are those of docs/admin-guide.md and docs/security-model.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oauth.policy import Call
from oauth.principal import Principal
from tests.oauth.worlds import CATALOGUE, IMPLIES, PROFILES, Row
from tools.spec import PathRole, ToolSpec

SOURCES = {PathRole.SOURCE, PathRole.SUBTREE}
REACHING = {PathRole.SUBTREE, PathRole.ARRIVAL}


def decided(rows: list[Row], who: Principal, call: Call) -> tuple[str, str, int | None]:
    """`denied` or `allowed` with policy and limit, or `none`."""
    spec = CATALOGUE[call.tool]
    live = [row for row in rows if row["enabled"] and _in_time(row, call.at)]
    for row in sorted(live, key=lambda row: str(row["name"])):
        if row["effect"] == "deny" and _denies(row, who, call, spec):
            return "denied", row["name"], None
    covering = [row for row in live if row["effect"] == "allow" and _allows(row, who, call, spec)]
    if not covering:
        return "none", "", None
    best = min(covering, key=lambda row: (-(row["calls_per_minute"] or 10**9), row["name"]))
    return "allowed", best["name"], best["calls_per_minute"]


def _in_time(row: Row, at: float) -> bool:
    begins, ends = row["valid_from"], row["valid_until"]
    return (begins is None or begins <= at) and (ends is None or at < ends)


def _any(patterns: list[str], value: str) -> bool:
    if "*" in patterns:
        return True
    return bool(value) and any(re.fullmatch(_regex(one, ".*"), value, re.DOTALL) for one in patterns)


def _regex(pattern: str, star: str) -> str:
    return star.join(re.escape(part) for part in pattern.split("*"))


def _person(row: Row, who: Principal) -> bool:
    return (
        _any(row["subjects"], who.subject)
        and _any(row["clients"], who.client)
        and _any(row["organizations"], who.organization)
    )


def _names(row: Row, spec: ToolSpec) -> bool:
    return "*" in row["tools"] or spec.name in row["tools"] or spec.toolset.value in row["toolsets"]


def _allows(row: Row, who: Principal, call: Call, spec: ToolSpec) -> bool:
    held = set(who.scopes).union(*(IMPLIES[scope] for scope in who.scopes))
    if not (set(row["scopes"]) <= held and _person(row, who) and _names(row, spec)):
        return False
    if not spec.needs_place:
        return True
    profile = PROFILES.get(str(call.portal))
    if profile is None or not profile.enabled or (profile.scope == "user" and call.tenant != profile.tenant):
        return False
    if "*" not in row["portals"] and call.portal not in row["portals"]:
        return False
    if not _any(row["tenants"], call.tenant or ""):
        return False
    return all(any(re.fullmatch(_glob(one), path) for one in row["paths"]) for _, path in call.paths)


def _glob(glob: str) -> str:
    deep = glob.endswith("/**")
    names = [name for name in glob.removesuffix("/**").split("/") if name]
    body = "".join("/" + ("[^/]+" if name == "*" else _regex(name, "[^/]*")) for name in names)
    return f"{body}(/.*)?" if deep else body or "/"


def _denies(row: Row, who: Principal, call: Call, spec: ToolSpec) -> bool:
    if not set(row["scopes"]) <= who.scopes or not _person(row, who) or who.subject in row["except_subjects"]:
        return False
    direct = _names(row, spec)
    reading = "ctera_portal_read_file" in row["tools"] or "read" in row["toolsets"] or "*" in row["tools"]
    if spec.needs_place:
        if "*" not in row["portals"] and call.portal not in row["portals"]:
            return False
        if not _any([one.casefold() for one in row["tenants"]], (call.tenant or "").casefold()):
            return False
    elif "*" not in row["portals"] or "*" not in row["tenants"]:
        return False
    if not spec.paths:
        return direct and "/**" in row["paths"]
    return any(
        _closed(glob, role, _plain(path))
        for role, path in call.paths
        if direct or (reading and role in SOURCES)
        for glob in row["paths"]
    )


def _plain(path: str) -> str:
    return "/".join(name.rstrip(". ") for name in path.casefold().split("/"))


def _closed(glob: str, role: PathRole, path: str) -> bool:
    pattern = _glob(glob.casefold())
    if re.fullmatch(pattern, path):
        return True
    return role in REACHING and any(re.fullmatch(pattern, one) for one in _below(glob.casefold(), path))


def _below(glob: str, path: str) -> Iterator[str]:
    """Paths below `path` that the glob might cover: its own names in place of those that are missing."""
    names = [name.replace("*", "q") for name in glob.removesuffix("/**").split("/") if name]
    known = [name for name in path.split("/") if name]
    if len(known) < len(names):
        yield "/" + "/".join([*known, *names[len(known) :]])
