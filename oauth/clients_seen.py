"""Remembers which clients a worker has seen since it last wrote them down; bounded, and never in a call's way."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from oauth.principal import Principal

MOST_NAME, MOST_VERSION, MOST_PROTOCOL = 100, 40, 10
MOST_RAW: Final = 400
"""Characters of a name that are looked at."""
MOST_REMEMBERED: Final = 4096
MOST_AT_ONCE: Final = 500
REWRITE_SECONDS: Final = 60.0
"""How old the time of a client's last request may be in the database while it goes on calling."""


class Introduction(NamedTuple):
    """What a client says of itself: words of a stranger, made fit to be shown."""

    name: str
    version: str
    protocol: str


class Listing(NamedTuple):
    """The list of tools that a client was given: when (Unix seconds), at which revision, what was on it, to whom."""

    at: float
    revision: int
    digest: str
    size: int
    holder: Principal


class Sighting(NamedTuple):
    """What is new about one client; None where nothing is."""

    client: str
    subject: str
    last: float
    introduction: Introduction | None
    listing: Listing | None


@dataclass(slots=True)
class _Entry:
    last: float = 0.0
    due: float = 0.0
    raw: tuple[str, str, str] | None = None
    introduction: Introduction | None = None
    listing: Listing | None = None


class ClientBook:
    """The clients of one worker; used on its event loop alone."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._news: dict[tuple[str, str], _Entry] = {}

    def see(self, principal: Principal, at: float) -> None:
        """A request of this client at Unix time `at`, of which nothing else is known."""
        key = (principal.client, principal.subject)
        entry = self._entries.get(key) or self._enter(key)
        entry.last = at
        if at >= entry.due:
            self._news[key] = entry

    def introduce(self, principal: Principal, at: float, info: Any, protocol: Any) -> None:
        """A request that says who sends it: `info` is the client's own, of whatever form."""
        key = (principal.client, principal.subject)
        entry = self._entries.get(key) or self._enter(key)
        entry.last = at
        raw = _raw(info, protocol)
        if raw == entry.raw and (at < entry.due or entry.introduction is not None):
            return
        entry.raw = raw  # said anew every minute: another worker may have heard otherwise
        entry.introduction = _introduction(raw)
        self._news[key] = entry

    def listed(self, principal: Principal, at: float, revision: int, tools: frozenset[str]) -> None:
        """The client was given this list."""
        key = (principal.client, principal.subject)
        entry = self._entries.get(key) or self._enter(key)
        entry.last = at
        entry.listing = Listing(at, revision, digest_of(tools), len(tools), principal)
        self._news[key] = entry

    def take(self) -> list[Sighting]:
        """What is new, some hundred clients at a time; it is not told again."""
        found = []
        for key in list(self._news)[:MOST_AT_ONCE]:
            entry = self._news.pop(key)
            found.append(Sighting(*key, entry.last, entry.introduction, entry.listing))
            entry.due = entry.last + REWRITE_SECONDS
            entry.introduction = entry.listing = None
        return found

    def give_back(self, sightings: Iterable[Sighting]) -> None:
        """These could not be written down: tell them again, with what came since."""
        for found in sightings:
            key = (found.client, found.subject)
            entry = self._entries.get(key) or self._enter(key)
            entry.last = max(entry.last, found.last)
            entry.introduction = entry.introduction or found.introduction
            entry.listing = entry.listing or found.listing
            self._news[key] = entry

    def _enter(self, key: tuple[str, str]) -> _Entry:
        entry = self._entries[key] = _Entry()
        if len(self._entries) > self._most:
            oldest, _ = self._entries.popitem(last=False)
            self._news.pop(oldest, None)
        return entry


def _raw(info: Any, protocol: Any) -> tuple[str, str, str]:
    """Name, version and protocol as they were sent, cut to what is ever looked at."""
    name, version = (info.get("name"), info.get("version")) if type(info) is dict else ("", "")
    return (
        name[:MOST_RAW] if type(name) is str else "",
        version[:MOST_RAW] if type(version) is str else "",
        protocol[:MOST_RAW] if type(protocol) is str else "",
    )


def _introduction(raw: tuple[str, str, str]) -> Introduction:
    return Introduction(clean(raw[0], MOST_NAME), clean(raw[1], MOST_VERSION), clean(raw[2], MOST_PROTOCOL))


def clean(text: str, most: int) -> str:
    """One line of what can be seen: no control characters, none that turn the direction of text, cut to `most`."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text[:MOST_RAW])
    return " ".join(seen.split())[:most].rstrip()


@lru_cache(maxsize=256)
def digest_of(tools: frozenset[str]) -> str:
    """What two lists are compared by."""
    return hashlib.sha256("\n".join(sorted(tools)).encode()).hexdigest()


def key_of(client: str, subject: str) -> str:
    """The key of a client's row."""
    return hashlib.sha256(f"{client}\0{subject}".encode()).hexdigest()
