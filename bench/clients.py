"""`python -m bench.clients`: what it costs a call to be remembered for the list of clients seen, in either era."""

from __future__ import annotations

import time
from statistics import median
from typing import Any, Final

from ctera_mcp_site.introductions import note
from oauth.access import Access, AccessBook
from oauth.clients_seen import ClientBook
from oauth.policy import PolicySnapshot
from oauth.principal import Principal

CALLERS, CALLS, RUNS = 500, 100_000, 7
MOST_MICROSECONDS: Final = 2.0
INFO: Final = {"name": "A client of the usual kind", "version": "1.2.3"}
META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": INFO,
}
MESSAGES: Final[dict[str, dict[str, Any]]] = {
    "2025-11-25": {"method": "tools/call", "params": {"name": "x", "arguments": {}}},
    "2026-07-28": {"method": "tools/call", "params": {"name": "x", "arguments": {}, "_meta": META}},
}


def accesses() -> list[Access]:
    """Requests of many callers, a millisecond after each other."""
    book = AccessBook(PolicySnapshot.build(revision=1, rules=[], scopes={}, profiles={}, catalogue={}))
    people = [
        Principal("issuer", f"usr_{number}", f"skc_{number % 50}", "", frozenset(), 2**40) for number in range(CALLERS)
    ]
    return [Access(people[number % CALLERS], book, "R-1", 1.8e9 + number / 1000) for number in range(CALLS)]


def main() -> None:
    """Print a table for `docs/performance.md`; writing down is left out, it happens in a thread every five seconds."""
    asked = accesses()
    print(f"{CALLERS} callers, processor time\n\n| era | µs a call | |\n|---|---|---|")
    for era, message in MESSAGES.items():
        taken = []
        for _ in range(RUNS):
            clients, begun = ClientBook(), time.process_time()
            for access in asked:
                note(clients, message, access)
            taken.append((time.process_time() - begun) / CALLS * 1e6)
        cost = median(taken)
        print(f"| {era} | {cost:.2f} | {'met' if cost < MOST_MICROSECONDS else '**missed**'} |")


if __name__ == "__main__":
    main()
