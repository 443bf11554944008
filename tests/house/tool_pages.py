"""Writes `docs/tools.md` and the table of tools in the README from the catalogue (`make tools`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.catalogue import CATALOGUE
from tools.spec import PREFIX, Toolset, ToolSpec

ROOT = Path(__file__).resolve().parents[2]
PAGE, README = ROOT / "docs/tools.md", ROOT / "README.md"
BEGIN, END = "<!-- tools: written by make tools -->\n", "<!-- end of tools -->\n"
SHARED = ("portal", "tenant")
FAMILIES = {
    Toolset.READ: "Looking at files and folders",
    Toolset.WRITE: "Changing files and folders",
    Toolset.SHARE: "Handing files to people and programs",
    Toolset.ADMIN: "Administration, for portals of type `admin`",
}
HEAD = """# Tools

Written by `make tools` from the catalogue; do not edit. All names start with `ctera_portal_`. Every answer is
structured content that fits its schema, and the same as text. Failures have a `code`, a `message` that says what to do,
and a `decision` that an operator can look up. Places that policy closes are left out of lists, counts and cursors.

A cursor works for a day, for the same caller, tool, place and arguments. Portals page by position: an entry that
appears or vanishes in a folder between two answers shifts those after it in that folder, so that one can be missed or
come twice. List or walk again where that matters; other folders of a walk are not touched by it.
"""


def in_order() -> Iterator[tuple[Toolset, list[ToolSpec]]]:
    """The families that have tools, in the order of the page."""
    for toolset in FAMILIES:
        found = [spec for spec in CATALOGUE.values() if spec.toolset is toolset]
        if found:
            yield toolset, found


def short(spec: ToolSpec) -> str:
    """A tool's name without what all names begin with."""
    return spec.name.removeprefix(PREFIX)


def signature(spec: ToolSpec) -> str:
    """Name and arguments; `portal` and `tenant`, which nearly all take, only where they are needed."""
    required = spec.input_schema.get("required", [])
    names = [name for name in spec.input_schema["properties"] if name not in SHARED or name in required]
    return f"{short(spec)}({', '.join(names)})"


def table() -> str:
    """The table of the README."""
    lines = ["| tool | toolset | what it does |", "|---|---|---|"]
    for toolset, specs in in_order():
        lines += [f"| `{signature(spec)}` | {toolset} | {first_sentence(spec)} |" for spec in specs]
    return "\n".join(lines) + "\n"


def first_sentence(spec: ToolSpec) -> str:
    """How the tool's description begins."""
    return spec.description.split(". ")[0].split(": ")[0].rstrip(".") + "."


def page() -> str:
    """The text of `docs/tools.md`."""
    parts = [HEAD]
    for toolset, specs in in_order():
        parts.append(f"\n## {FAMILIES[toolset]} (`{toolset}`)\n")
        parts += [_section(spec) for spec in specs]
    return "".join(parts)


def _section(spec: ToolSpec) -> str:
    lines = [f"\n### {short(spec)}\n", f"*{spec.title}.* {spec.description}\n", f"{_nature(spec)}\n"]
    lines += ["| argument | type | required or default | what it is |", "|---|---|---|---|"]
    required = spec.input_schema.get("required", [])
    for name, schema in spec.input_schema["properties"].items():
        given = "required" if name in required else _default(schema)
        lines.append(f"| `{name}` | {_kind(schema)} | {given} | {_told(spec, name, schema)} |")
    if len(lines) == 5:
        lines[3:] = ["No arguments."]
    lines += ["", f"Answers with {_members(spec.output_schema)}.", ""]
    return "\n".join(lines)


def _nature(spec: ToolSpec) -> str:
    if spec.read_only:
        return "Reads only."
    changes = "Changes data and can destroy what is there" if spec.destructive else "Changes data"
    return f"{changes}; {'safe' if spec.idempotent else 'not safe'} to repeat."


def _default(schema: dict[str, Any]) -> str:
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else "optional"


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    kind = WORDS.get(str(schema.get("type")), str(schema.get("type", "any")))
    bounds = [form.format(schema[key]) for key, form in BOUNDS.items() if key in schema]
    return ", ".join([kind, *bounds])


WORDS = {"array": "list"}
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
}


def _told(spec: ToolSpec, name: str, schema: dict[str, Any]) -> str:
    roles = [f" Decided as {argument.role}." for argument in spec.paths if argument.name == name]
    return str(schema.get("description", "")).replace("|", "\\|") + "".join(roles)


def _members(schema: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in schema["properties"])


def readme() -> str:
    """The README with the table of today."""
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(page())
    README.write_text(readme())
