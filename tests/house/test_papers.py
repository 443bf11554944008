"""What is written about the product names all of it, and nothing that it does not have."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctera_mcp_site import VERSION
from tests.house import tool_pages
from tools.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"(?:read|require)\(\s*\"([A-Z_]+)\"")
TOLD = re.compile(r"^#? ?([A-Z_]+)=", re.MULTILINE)
PAGE = re.compile(r"[\w./-]*\w\.md\b")
IN_A_PORTAL = "notes.md"
"""A file of the simulated portal, which is no page of ours."""
ROOMS = ("bench", "ctera_mcp_site", "oauth", "tests", "tools")
AT_THE_TOP = ("*.md", "*.py", "*.toml", "Makefile", ".env.example", ".ci/*", "docs/**/*.md")


def texts() -> Iterator[tuple[Path, str]]:
    """What people read of the product: source, tests and pages, without packages that are installed beside them."""
    for part in (*AT_THE_TOP, *(f"{room}/**/*.{kind}" for room in ROOMS for kind in ("py", "html", "mjs", "md"))):
        for path in sorted(ROOT.glob(part)):
            if "node_modules" not in path.parts:
                yield path, path.read_text()


def is_there(page: str, named_in: Path) -> bool:
    """Whether a page lies where it is said to: from the top, from the file that names it or, by its name, in docs."""
    return any((folder / page).is_file() for folder in (ROOT, named_in.parent, ROOT / "docs"))


def test_every_variable_is_told_in_the_example_and_no_other() -> None:
    read = set(READ.findall((ROOT / "ctera_mcp_site/settings.py").read_text()))
    told = set(TOLD.findall((ROOT / ".env.example").read_text()))
    assert told == read


@pytest.mark.parametrize("tool", CATALOGUE)
def test_the_readme_names_every_tool(tool: str) -> None:
    assert tool.removeprefix("ctera_portal_") in (ROOT / "README.md").read_text()


def test_the_pages_about_tools_are_those_of_the_catalogue() -> None:
    assert tool_pages.page() == tool_pages.PAGE.read_text(), "run make tools"
    assert tool_pages.readme() == tool_pages.README.read_text(), "run make tools"


@pytest.mark.parametrize("command", sorted(path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")), ids=str)
def test_the_readme_names_every_command(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()


def test_no_tracked_file_names_this_machine() -> None:
    names = "/work/(main|shared|\\.library)|/root/\\."
    found = subprocess.run(["git", "grep", "-lE", names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout.split() in ([], ["tests/house/test_papers.py"])


def test_every_page_that_is_named_anywhere_is_in_the_repository() -> None:
    lost = {
        f"{path.relative_to(ROOT)}: {page}"
        for path, text in texts()
        for page in PAGE.findall(text)
        if not page.endswith(IN_A_PORTAL) and not is_there(page, path)
    }
    assert sorted(lost) == []


def test_the_map_of_the_docs_links_every_page() -> None:
    docs = ROOT / "docs"
    pages = {str(page.relative_to(docs)) for page in docs.rglob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\((\w[\w./-]+\.md)\)", (docs / "README.md").read_text())) == pages


def test_the_version_is_the_same_wherever_it_is_told() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()
