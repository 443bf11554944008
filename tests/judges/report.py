"""What the external judges say, as a page: `python -m tests.judges.report` writes it, a test compares it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.judges import conformance, scanner
from tests.simulators.stack import ROOT, start_stack

PAGE: Final = ROOT / "docs" / "conformance-judges.md"
REVISIONS: Final = ("2025-11-25", "2026-07-28")
HEAD: Final = """# What external judges say

Written by `make conformance` from their own results; CI runs them again and compares. The official conformance suite is
`@modelcontextprotocol/conformance` 0.2.0-alpha.12, the scanner `mcp-authlab` 0.2.2. A row that is not green has its
reason beside it.
"""


def suite_table(scenarios: dict[str, conformance.Scenario], reasons: dict[str, str]) -> str:
    """Scenario by scenario."""
    rows = ["| scenario | checks passed | failed | |", "|---|---|---|---|"]
    rows += [
        f"| {each.name} | {each.passed} | {each.failed} | {'green' if each.is_green else reasons.get(each.name, '?')} |"
        for each in scenarios.values()
    ]
    return "\n".join(rows) + "\n"


def reasons_of_product(revision: str, scenarios: dict[str, conformance.Scenario]) -> dict[str, str]:
    """Why the product itself, which has none of the suite's fixtures, does not pass a scenario."""
    fixed = set(conformance.ANY_SERVER[revision])
    needs = {name: conformance.NEEDS_FIXTURE for name in scenarios if name not in fixed}
    return {**needs, **{name: why for name, why in conformance.EXPECTED.items() if name.startswith("tasks-")}}


def scanner_table(checks: dict[str, dict[str, Any]]) -> str:
    """Check by check."""
    rows = ["| check | level | what | |", "|---|---|---|---|"]
    for name, check in sorted(checks.items()):
        word = "green" if check["status"] == "pass" else f"{check['status']}: {scanner.EXPECTED.get(name, '?')}"
        rows.append(f"| {name} | {check['level']} | {check['title']} | {word} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Run every judge and write the page."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as name, start_stack(Path(name)) as stack:
        directory, token = Path(name), stack.token("bob")
        with conformance.fixture_server(stack) as fixtures:
            for title, url in (("the product", stack.url), ("the same endpoint with the suite's fixtures", fixtures)):
                for revision in REVISIONS:
                    print(f"… {revision} against {title}", flush=True)
                    found = conformance.run(url, token, revision, directory / f"{revision}-{len(parts)}")
                    reasons = reasons_of_product(revision, found) if url == stack.url else conformance.EXPECTED
                    parts.append(f"## Conformance suite {revision}, {title}\n\n{suite_table(found, reasons)}")
        print("… the scanner", flush=True)
        parts.append(f"## mcp-authlab\n\n{scanner_table(scanner.scan(stack, directory))}")
    PAGE.write_text("\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
