"""Every finding that lint can make has a number of its own that is told in `CODES`, and no number there is dead."""

from __future__ import annotations

import ast
from pathlib import Path

from oauth import findings

SOURCES = sorted(Path(findings.__file__).parent.glob("*.py"))


def test_the_numbers_that_lint_gives_are_those_that_are_told() -> None:
    given = {
        call.args[0].value
        for source in SOURCES
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Finding"
        if call.args and isinstance(call.args[0], ast.Constant) and str(call.args[0].value).startswith("L0")
    }
    assert given == findings.CODES.keys()
