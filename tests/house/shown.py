"""Reads which tests show which requirement and which attack of docs/conformance.md, from their markers."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
ON_THE_WIRE = TESTS / "protocol"


@dataclass(frozen=True, slots=True)
class Shown:
    """One marker of one test."""

    kind: str
    value: str | int
    path: Path
    test: str

    @property
    def number(self) -> int:
        """The item of the checklist (`4.13 …` is 13) or the row of the attacks; 0 for a marker of another form."""
        if isinstance(self.value, int):
            return self.value
        section, _, rest = self.value.partition(".")
        item = rest.partition(" ")[0]
        return int(item) if section == "4" and item.isdigit() else 0

    @property
    def text(self) -> str:
        """What the marker says: the paragraph, and what is shown of it."""
        return str(self.value).partition(" ")[2]

    @property
    def where(self) -> str:
        """The test's address inside the repository."""
        return f"{self.path.relative_to(ROOT)}::{self.test}"


def markers(path: Path) -> Iterator[Shown]:
    """Every `requirement` and `attack` marker of a file's test functions."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                if (found := _marker(decorator)) is not None:
                    yield Shown(*found, path, node.name)


def _marker(node: ast.expr) -> tuple[str, str | int] | None:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="requirement" | "attack" as kind),
            args=[ast.Constant(value=str() | int() as value)],
        ):
            return kind, value
    return None


def shown(kind: str, folder: Path = TESTS) -> dict[int, list[Shown]]:
    """Markers of one kind by number, in the order of files and tests."""
    found: defaultdict[int, list[Shown]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        if "node_modules" not in path.parts:
            for marker in markers(path):
                if marker.kind == kind:
                    found[marker.number].append(marker)
    return found
