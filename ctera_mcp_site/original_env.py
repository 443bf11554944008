"""The environment file of the server that this one follows: what of it goes on, and where that belongs here.

That file mixes what here has two places: the portal and the scopes are rows, edited in the admin; the rest are
variables of `.env`. Half of its names have dots, which no environment variable may have, so the file itself is read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from ctera_mcp_site import environment as parse
from oauth.configuration_file import Entry, Fault
from oauth.names import SCOPE_TOKEN

LONGEST: Final = 1_000_000
"""Characters of a file."""
DOTTED: Final = "ctera.mcp.core.settings."
METADATA: Final = "METADATA_JSON_RESPONSE"
NOT_NEEDED: Final[Mapping[str, str]] = {
    "SCALEKIT_CLIENT_ID": "is not needed here: tokens are checked by Scalekit's public keys.",
    "SCALEKIT_CLIENT_SECRET": "is not needed here, and not copied: revoke it in Scalekit if nothing else uses it.",
    "SCALEKIT_RESOURCE_METADATA_URL": "is not needed here: it follows from PUBLIC_URL.",
}
PORTAL: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "host": ("host", str),
    "port": ("port", parse.port),
    "ssl": ("verify_tls", parse.boolean),
    "scope": ("scope", parse.choice("admin", "user")),
    "user": ("username", str),
    "password": ("password", str),
}
"""Of the names behind the dots: the field of the profile, and what its value must be."""
NAME: Final = re.compile(r"[A-Za-z0-9_.]{1,60}")
"""Names that may be repeated; others may be a value that lost its name."""
SECRET: Final = frozenset({f"{DOTTED}password", "SCALEKIT_CLIENT_SECRET"})
SETTINGS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "SCALEKIT_ENVIRONMENT_URL": ("SCALEKIT_ENVIRONMENT_URL", parse.secure_base_url),
    "SCALEKIT_AUDIENCE_NAME": ("SCALEKIT_RESOURCE_ID", parse.resource_id),
    "PORT": ("PORT", parse.port),
}
TEXTS: Final = {"resource": str, "authorization_servers": list, "scopes_supported": list}


@dataclass(slots=True)
class Taken:
    """What was read: the rows as a parsed configuration file, variables for `.env`, notes, and what is wrong."""

    rows: Entry
    settings: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def take(text: str, portal: str, tenant: str = "") -> Taken:
    """Read such a file; the profile is to be named `portal`, its end-user account belongs to the Team Portal `tenant`.

    No fault or note ever repeats a secret.
    """
    taken = Taken(_entry(1, version=1))
    if len(text) > LONGEST or "\x00" in text:
        told = f"is longer than {LONGEST} characters, or holds a NUL: this is no environment file."
        taken.faults.append(Fault(1, "file", told))
        return taken
    found: dict[str, tuple[str, int]] = {}
    for binding in parse_stream(io.StringIO(text)):
        said = binding.original.string
        line = binding.original.line + said[: len(said) - len(said.lstrip())].count("\n")  # blank lines before it
        if binding.error:
            taken.faults.append(Fault(line, "line", "cannot be read; write NAME=value."))
        elif binding.key is not None and binding.value:
            found[binding.key] = (binding.value, line)
    _variables(found, taken)
    _metadata(found, taken)
    _portal(found, taken, portal, tenant)
    taken.notes += _left(found)
    return taken


def _entry(line: int, **values: Any) -> Entry:
    entry = Entry(line)
    entry.update(values)
    entry.lines = dict.fromkeys(values, line)
    return entry


def _value(taken: Taken, name: str, found: tuple[str, int], reading: Callable[[str], Any]) -> Any:
    """The value as it must be, or None with a fault."""
    raw, line = found
    try:
        return reading(raw)
    except parse.Malformed as malformed:
        shown = f"a value of {len(raw)} characters" if name in SECRET else repr(raw)
        taken.faults.append(Fault(line, name, f"found {shown}; expected {malformed}."))
        return None


def _variables(found: Mapping[str, tuple[str, int]], taken: Taken) -> None:
    for name, (ours, reading) in SETTINGS.items():
        if name in found and (value := _value(taken, name, found[name], reading)) is not None:
            taken.settings[ours] = str(value)


def _metadata(found: Mapping[str, tuple[str, int]], taken: Taken) -> None:
    """The metadata pasted as JSON: its address becomes PUBLIC_URL, its scopes rows; the rest is derived here."""
    if METADATA not in found:
        return
    raw, line = found[METADATA]
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(isinstance(document.get(key, of()), of) for key, of in TEXTS.items()):
        expected = "the protected resource metadata as one JSON object"
        taken.faults.append(Fault(line, METADATA, f"found something else; expected {expected}."))
        return
    _scopes(document.get("scopes_supported", []), line, taken)
    if resource := document.get("resource"):
        _address(resource, line, taken)
    for server in document.get("authorization_servers", [])[:1]:
        _authorization_server(server, line, taken)


def _scopes(names: list[Any], line: int, taken: Taken) -> None:
    bad = [name for name in names if not isinstance(name, str) or not SCOPE_TOKEN.fullmatch(name)]
    if bad:
        taken.faults.append(Fault(line, METADATA, f"scopes_supported holds {bad[0]!r}; expected names of scopes."))
        return
    taken.rows["scopes"] = [_entry(line, name=name) for name in dict.fromkeys(names)]


def _address(resource: str, line: int, taken: Taken) -> None:
    raw = resource.rstrip("/").removesuffix("/mcp")
    address = _value(taken, f"{METADATA}: resource", (raw, line), parse.url)
    if address is None:
        return
    parts = urlsplit(address)
    address = f"{parts.scheme}://{parts.netloc}"
    if _value(taken, f"{METADATA}: resource", (address, line), parse.secure_base_url) is None:
        return
    taken.settings["PUBLIC_URL"] = address
    if resource != f"{address}/mcp":
        taken.notes.append(
            f"The endpoint is {address}/mcp here, not {resource}: enter it as the server's URL in Scalekit "
            "(MCP servers) and in the clients."
        )


def _authorization_server(server: Any, line: int, taken: Taken) -> None:
    """It names the environment and the resource once more: they are taken from it, or must agree."""
    base, _, resource = str(server).partition("/resources/")
    for name, value, is_right in (
        ("SCALEKIT_ENVIRONMENT_URL", base.rstrip("/"), parse.secure_base_url),
        ("SCALEKIT_RESOURCE_ID", resource, parse.resource_id),
    ):
        told = f"{METADATA}: authorization_servers"
        if value and _value(taken, told, (value, line), is_right) is not None:
            known = taken.settings.setdefault(name, value)
            if known != value:
                taken.faults.append(Fault(line, told, f"says {value}, but {name} is {known}; keep the one that holds."))


def _portal(found: Mapping[str, tuple[str, int]], taken: Taken, name: str, tenant: str) -> None:
    given = {key: found[DOTTED + key] for key in PORTAL if DOTTED + key in found}
    if not given:
        taken.notes.append(f"No portal: the file has no {DOTTED}host.")
        return
    entry = _entry(min(line for _, line in given.values()), name=name)
    for key, (ours, reading) in PORTAL.items():
        if key in given:
            entry[ours] = _value(taken, DOTTED + key, given[key], reading)
            entry.lines[ours] = given[key][1]
        elif key in {"host", "user"}:
            taken.faults.append(Fault(entry.line, DOTTED + key, "is missing; the portal cannot be used without it."))
    taken.rows["portals"] = [entry]
    if entry.get("scope") == "user":
        entry["tenant"] = tenant
        if not tenant:
            told = "an end-user account belongs to one Team Portal; name it with --tenant."
            taken.faults.append(Fault(entry.lines["scope"], f"{DOTTED}scope", told))
    if entry.get("verify_tls") is False:
        taken.notes.append(
            f"{name}: the portal's certificate is not verified, as before. Better: set its certificate authority in "
            "the profile and verify."
        )


def _left(found: Mapping[str, tuple[str, int]]) -> Iterator[str]:
    known = {*SETTINGS, METADATA, *(DOTTED + key for key in PORTAL)}
    for name, (_, line) in found.items():
        if name in NOT_NEEDED:
            yield f"{name} {NOT_NEEDED[name]}"
        elif name not in known:
            told = name if NAME.fullmatch(name) else "a variable"
            yield f"{told} (line {line}) is not known and not taken over."
