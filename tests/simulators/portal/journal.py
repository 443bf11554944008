"""What the portal saw: one entry per request with the acting account, and the figures of a run."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

LIMIT = 200_000


@dataclass(slots=True)
class Entry:
    """One request as the portal's own log keeps it; `session` is a label, never the cookie."""

    account: str
    session: str
    tenant: str
    realm: str
    verb: str
    name: str
    path: str
    status: int = 0
    time: str = ""


class Journal:
    """The log and the counters."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=LIMIT)
        self.calls: Counter[str] = Counter()
        self.logins = 0
        self.failed_logins = 0
        self.logouts = 0
        self.running = 0
        self.max_parallel = 0
        self.max_open = 0

    def begin(self, entry: Entry) -> None:
        """Note that a request has arrived."""
        entry.time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        self.entries.append(entry)
        self.calls[entry.name] += 1
        self.running += 1
        self.max_parallel = max(self.max_parallel, self.running)

    def end(self, entry: Entry, status: int) -> None:
        """Note how a request was answered; 0 stands for a dropped connection."""
        entry.status = status
        self.running -= 1

    def opened(self, open_sessions: int) -> None:
        """Note that a session was opened."""
        self.logins += 1
        self.max_open = max(self.max_open, open_sessions)

    def log(self) -> list[dict[str, object]]:
        """Every entry, oldest first."""
        return [asdict(entry) for entry in self.entries]

    def stats(self, open_sessions: int) -> dict[str, object]:
        """The figures so far."""
        return {
            "logins": self.logins,
            "failed_logins": self.failed_logins,
            "logouts": self.logouts,
            "open_sessions": open_sessions,
            "max_open_sessions": self.max_open,
            "running": self.running,
            "max_parallel": self.max_parallel,
            "calls": dict(self.calls),
        }
