"""Judges answers and the portal's own log: whose data, which account; knows nothing of how the product works."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.isolation.making import Made
from tests.isolation.people import Asker

LABEL: Final = re.compile(r"own-[a-z0-9]+-[a-z]+")
MARK: Final = re.compile(r"call-(\d{7})")
STORED: Final = 60
TROUBLE: Final = frozenset({"portal_unavailable", "portal_login_failed", "timeout", "outcome_unknown"})
"""What a call may be told when there is trouble at the portal; everything else is somebody's mistake."""
LOOKS: Final = frozenset({"list", "stat", "download", "upload", "mkdir"})
Session = tuple[str, str, str]


@dataclass(slots=True)
class Judge:
    """What was found wrong, and the counts of a run."""

    faults: list[str] = field(default_factory=list)
    answered: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    troubled: Counter[str] = field(default_factory=Counter)
    good: int = 0
    entries: int = 0
    _marked: dict[int, Asker] = field(default_factory=dict)
    _fulfilled: set[int] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)
    _sessions: dict[str, Session] = field(default_factory=dict)

    def begun(self, made: Made) -> None:
        """Know who asks before the portal can have an entry of it."""
        if made.marked or (made.then is not None):
            self._marked[made.number] = made.asker

    def answer(self, made: Made, status: int, text: str) -> bool:
        """Judge one answer; whether the call did what it was for."""
        asker = made.asker
        self.answered[asker.portal, asker.owner.tenant, asker.account, asker.subject] += 1
        if strange := set(LABEL.findall(text)) - {asker.owner.label}:
            self._wrong(made, f"holds what is of {', '.join(sorted(strange))}")
        if status != 200:
            self._wrong(made, f"HTTP {status}: {text[:200]}")
            return False
        message = json.loads(text)
        if message.get("id") != made.number:
            self._wrong(made, f"answers request {message.get('id')}")
        result = message.get("result") or {}
        content = result.get("structuredContent") or {}
        if result.get("isError") is False and not made.code:
            return self._good(made, content)
        code = content.get("code", "no error")
        if code in TROUBLE:
            self.troubled[code] += 1
            return False
        if code != (made.code or "none"):
            self._wrong(made, f"{code}: {str(content)[:200]}")
            return False
        self.refused[asker.portal, asker.owner.tenant, asker.account, asker.subject] += 1
        self._count(made)
        return True

    def _good(self, made: Made, content: Mapping[str, Any]) -> bool:
        for key, wanted in made.expected.items():
            if content.get(key) != wanted:
                self._wrong(made, f"{key} is {str(content.get(key))[:80]!r}, not {str(wanted)[:80]!r}")
        names = frozenset(each["name"] for each in content.get("entries", ()))
        if made.names is not None and names != made.names:
            self._wrong(made, f"lists {sorted(names)}, not {sorted(made.names)}")
        self._count(made)
        return True

    def _count(self, made: Made) -> None:
        self.good += 1
        if made.marked:
            self._fulfilled.add(made.number)

    def hung(self, made: Made, seconds: float) -> None:
        """A call that had no answer in time."""
        self._wrong(made, f"no answer within {seconds:g} s")

    def _wrong(self, made: Made, what: str) -> None:
        asker = made.asker
        self.faults.append(f"call {made.number}, {made.tool} of {asker.owner.label} on {asker.portal}: {what}")

    def log(self, entries: Iterable[Mapping[str, object]]) -> None:
        """Judge what the portal's own log says: the account of every session, and of every call that can be told."""
        for entry in entries:
            self.entries += 1
            if entry["session"] and entry["account"]:
                self._session(entry)
                self._path(entry)

    def _session(self, entry: Mapping[str, object]) -> None:
        now = (str(entry["account"]), str(entry["realm"]), str(entry["tenant"]))
        known = self._sessions.setdefault(str(entry["session"]), now)
        if known[2] == "-" and now[2] != "-":
            self._sessions[str(entry["session"])] = now  # it goes to its Team Portal once, and stays
            known = (*known[:2], now[2])
        if known != now and entry["name"] != "browse":
            self.faults.append(f"log: session {entry['session']} is {known}, then {now} at {entry['name']}")

    def _path(self, entry: Mapping[str, object]) -> None:
        path, account, tenant = str(entry["path"]), str(entry["account"]), str(entry["tenant"])
        is_admin = entry["realm"] == "admin"
        if entry["name"] in LOOKS and (account == "svc-mcp") is not is_admin:
            self.faults.append(f"log: {entry['name']} {path} in the realm {entry['realm']} by {account}")
        for label in LABEL.findall(path):
            if not label.startswith(f"own-{tenant}-") or (label != f"own-{tenant}-{account}" and not is_admin):
                self.faults.append(f"log: {entry['name']} {path} by {account} in {tenant}")
        for number in map(int, MARK.findall(path)):
            asker = self._marked.get(number)
            if asker is None or (asker.account, asker.owner.tenant, asker.realm) != (account, tenant, entry["realm"]):
                self.faults.append(f"log: {entry['name']} {path} by {account} in {tenant}, asked by {asker}")
            self._seen.add(number)

    def close(self) -> None:
        """After the last entry: what was answered must have been asked of the portal."""
        if unseen := self._fulfilled - self._seen:
            self.faults.append(f"log: {len(unseen)} answered calls are not in it, the first is {min(unseen)}")

    @property
    def told_by_log(self) -> int:
        """Calls whose account the portal's log tells for each alone."""
        return len(self._seen)

    @property
    def sessions(self) -> int:
        """Sessions that the portal's log names."""
        return len(self._sessions)

    def audit(self, rows: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Compare with the product's record: (portal, tenant, account, subject, calls).

        Of a subject's refusals at least `STORED` of a minute are stored one by one; only further ones may be missing.
        """
        recorded = {row[:4]: row[4] for row in rows}
        subjects = Counter[str]()
        for key, refusals in self.refused.items():
            subjects[key[3]] += refusals
        for key in sorted(recorded.keys() | self.answered.keys()):
            counted = min(self.refused[key], max(0, subjects[key[3]] - STORED))
            if not self.answered[key] - counted <= recorded.get(key, 0) <= self.answered[key]:
                self.faults.append(f"audit: {key} has {recorded.get(key, 0)} calls, answered were {self.answered[key]}")
