"""The shape a policy must have to be saved, as pure checks: what is wrong, per field, with the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from oauth.names import PORTAL_NAME, SCOPE_NAME
from tools.catalogue import CATALOGUE
from tools.errors import InvalidArgument
from tools.paths import canonical
from tools.spec import Toolset

LISTS: Final = (
    "scopes", "subjects", "clients", "organizations", "except_subjects", "tools", "toolsets", "portals", "tenants",
    "paths",
)  # fmt: skip
NEEDED: Final = ("subjects", "clients", "organizations", "portals", "tenants", "paths")
MOST_ENTRIES: Final = 500
LONGEST: Final = 4096
TOOLSETS: Final = tuple(toolset.value for toolset in Toolset)
CLAIMS: Final = ("subjects", "clients", "organizations")
SCOPE_FAULT: Final = "a scope is printable ASCII without spaces, commas, quotes and backslashes (RFC 6749, 3.3)."


def faults(policy: Mapping[str, Any]) -> dict[str, str]:
    """Field to message; empty when the policy can be saved."""
    found: dict[str, str] = {}
    for field, message in _all(policy):
        found.setdefault(field, message)
    return found


def _all(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    broken = {field: message for field in LISTS if (message := _list_fault(policy[field]))}
    yield from broken.items()
    if not broken:
        yield from _who(policy)
        yield from _what(policy)
        yield from _where(policy)
    begins, ends = policy["valid_from"], policy["valid_until"]
    if isinstance(begins, datetime) and isinstance(ends, datetime) and ends <= begins:
        yield "valid_until", "Must be later than valid from."
    if policy["effect"] == "deny" and policy["calls_per_minute"] is not None:
        yield "calls_per_minute", "A deny stops every call it matches; leave this empty."


def _list_fault(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "Must be a list of texts."
    if len(value) > MOST_ENTRIES:
        return f"Has more than {MOST_ENTRIES} entries; use patterns with *."
    if any(not each.strip() or each != each.strip() or len(each) > LONGEST for each in value):
        return "Holds an empty entry, or one with spaces around it."
    if any(not character.isprintable() for each in value for character in each):
        return "Holds an invisible character; type the entry again, or write * in its place."
    return "Names an entry twice." if len(set(value)) != len(value) else ""


def _who(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    denies = policy["effect"] == "deny"
    yield from (("scopes", f"{name}: {SCOPE_FAULT}") for name in policy["scopes"] if not SCOPE_NAME.fullmatch(name))
    for field in CLAIMS:
        yield from ((field, f"{each}: {fault}") for each in policy[field] if (fault := _claim_fault(each)))
    for each in policy["except_subjects"]:
        if "*" in each or "," in each:
            yield "except_subjects", f"{each}: names one subject exactly; * is not read here."
    if not denies and not policy["scopes"]:
        yield "scopes", "An allow needs at least one scope: name the scopes that a token must hold."
    if not denies and policy["except_subjects"]:
        yield "except_subjects", "Only a deny can except people; leave this empty, or list the people in subjects."
    if denies and not _is_narrow(policy):
        yield "effect", "A deny of everything for everyone would stop the server; name a scope, person, tool or place."


def _claim_fault(pattern: str) -> str:
    if "," in pattern:
        return "separate the entries, or write * in place of the comma."
    return "write one * for any text." if "**" in pattern else ""


def _is_narrow(policy: Mapping[str, Any]) -> bool:
    open_lists = all("*" in policy[field] for field in ("subjects", "clients", "organizations", "portals", "tenants"))
    return bool(policy["scopes"]) or not open_lists or "*" not in policy["tools"] or "/**" not in policy["paths"]


def _what(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not policy["tools"] and not policy["toolsets"]:
        yield "tools", "Name tools or toolsets; * stands for every tool, present and future."
    for tool in policy["tools"]:
        if tool != "*" and tool not in CATALOGUE:
            near = difflib.get_close_matches(tool, CATALOGUE, 1, 0.5)
            yield "tools", f"There is no tool {tool}." + (f" Did you mean {near[0]}?" if near else "")
    for toolset in policy["toolsets"]:
        if toolset not in TOOLSETS:
            yield "toolsets", f"There is no toolset {toolset}; there are {', '.join(TOOLSETS)}."


def _where(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in NEEDED:
        if not policy[field]:
            yield (
                field,
                "Must not be empty; * stands for all." if field != "paths" else "Must not be empty; /** is all.",
            )
    for name in policy["portals"]:
        if name != "*" and not PORTAL_NAME.fullmatch(name):
            yield "portals", f"{name}: a portal's name has letters, digits, - and _; * alone stands for all."
    yield from (("tenants", f"{name}: write one * for any text.") for name in policy["tenants"] if "**" in name)
    for glob in policy["paths"]:
        fault = _glob_fault(glob)
        if fault:
            yield "paths", f"{glob}: {fault}"


def _glob_fault(glob: str) -> str:
    stem = glob.removesuffix("/**")
    if not glob.startswith("/"):
        return "must start with /."
    if "**" in stem:
        return "** may only stand at the end, as /**."
    if glob != "/" and glob.endswith("/"):
        return f"write {glob}** for the folder and all below it."
    if stem.endswith("/") and glob != "/":
        return "holds an empty name; write each / once."
    try:
        if stem and canonical(stem) != stem:
            return f"write it as {canonical(stem)}."
    except InvalidArgument as error:
        return error.message
    return ""
