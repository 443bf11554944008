"""Tables and pass marks of a run."""

from __future__ import annotations

import platform
from importlib.metadata import version
from statistics import median

from bench.load import Figures

OURS, BARE, FAST = "ours", "bare SDK", "FastMCP"
Runs = dict[tuple[str, str, str], list[Figures]]
MARKS = (
    ("tools/list", "2026-07-28", BARE, 3.0),
    ("tools/call", "2026-07-28", BARE, 0.8),
    ("tools/call", "2026-07-28", FAST, 4.0),
    ("tools/list", "2025-11-25", BARE, 1.0),
    ("tools/call", "2025-11-25", BARE, 1.0),
)


def middle(runs: Runs, key: tuple[str, str, str]) -> Figures:
    """The median of each figure over the repetitions."""
    figures = runs[key]
    return Figures(*(median(getattr(each, name) for each in figures) for name in ("rate", "p50", "p99", "cpu")))


def tables(runs: Runs) -> str:
    """Markdown: the figures, then the marks."""
    lines = ["| case | era | server | requests/s | p50 ms | p99 ms | CPU µs/request |", "|---|---|---|---|---|---|---|"]
    for case, era, server in runs:
        one = middle(runs, (case, era, server))
        lines.append(f"| {case} | {era} | {server} | {one.rate:.0f} | {one.p50:.2f} | {one.p99:.2f} | {one.cpu:.0f} |")
    lines += ["", "| mark | wanted | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {wanted} | {measured} | {'met' if met else '**missed**'} |"
        for name, wanted, measured, met in marks(runs)
    ]
    return "\n".join(lines) + "\n"


def marks(runs: Runs) -> list[tuple[str, str, str, bool]]:
    """Each mark with what was wanted, what was measured, and whether it was met."""
    told = []
    for case, era, other, least in MARKS:
        ratio = middle(runs, (case, era, OURS)).rate / middle(runs, (case, era, other)).rate
        told.append((f"{case} {era}, rate against {other}", f"≥ {least:g}", f"{ratio:.2f}", ratio >= least))
    for case, era, server in runs:
        if server == OURS:
            mine, theirs = middle(runs, (case, era, OURS)).p99, middle(runs, (case, era, BARE)).p99
            told.append((f"{case} {era}, p99 against {BARE}", f"≤ {theirs:.2f} ms", f"{mine:.2f} ms", mine <= theirs))
    return told


def machine() -> str:
    """What it ran on, as far as it matters."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("mcp", "fastmcp", "uvicorn", "uvloop", "httptools"))
    return f"Python {platform.python_version()}, {packages}; one server process pinned to one core, wrk to another."
