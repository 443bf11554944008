"""Every trap of the portal's SDK that this product can step into has a test of its own, marked with its id.

An id is a part of the SDK (cterasdk 2.20) and what bites there. The parts: 0 the SDK as a whole, 1 clients and their
sessions, 2 browsing, 3 files, tasks and errors, 5 tickets, 6 the portal's wire, 7 what is easily overlooked.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRAPS = frozenset(
    [
        "0.1/synchronous-classes",
        "0.2/parallel-on-one-session",
        "0.3/one-session-for-two-team-portals",
        "0.6/name-of-an-entry",
        "1.1/port-of-plain-http",
        "1.1/team-portal-by-address",
        "1.2/address-without-name",
        "1.2/connecting-allows-calls",
        "1.2/empty-place",
        "1.2/failing-logout",
        "1.2/half-a-login",
        "1.2/leaving-is-no-logout",
        "1.2/other-login-status",
        "1.2/refused-login-leaves-connections",
        "1.2/role-settings-incomplete",
        "1.2/token-against-forgery",
        "1.2/unauthorized-login",
        "1.2/version-like-a-number",
        "1.2/who-am-i-prints",
        "1.2/wrong-password",
        "1.3/expiry-for-ever",
        "1.3/forms-of-expiry",
        "1.3/nonsense-looks-like-expiry",
        "1.3/not-logged-in",
        "1.3/redirect-elsewhere",
        "1.3/refusal-looks-like-expiry",
        "1.4/dropped-connection",
        "1.4/full-connection-pool",
        "1.4/netrc-and-proxies",
        "1.4/no-total-timeout",
        "1.4/own-authority",
        "1.4/private-edges",
        "1.4/settings-of-the-process",
        "1.4/slow-portal",
        "2/browse-again-after-expiry",
        "2/browse-moves-a-session",
        "2/evicted-session",
        "2/failed-browse",
        "2/idle-session",
        "2/loops-and-threads",
        "2/one-session-for-two-people",
        "2/session-for-ever",
        "2/two-logins-at-once",
        "2/unverified-place",
        "3.1/addresses",
        "3.2/access-and-expiry-of-a-link",
        "3.2/errors-with-status-200",
        "3.2/no-answer-is-no-ok",
        "3.3/file-as-folder",
        "3.3/missing-folder",
        "3.3/page-without-a-list",
        "3.3/pages",
        "3.4/entry-lacks-an-attribute",
        "3.4/nothing-known",
        "3.5/role-without-access",
        "3.5/unknown-role",
        "3.6/conflict-and-cursor",
        "3.6/how-tasks-are-asked",
        "3.6/lists-are-not-atomic",
        "3.6/stopped-looks-fine",
        "3.6/task-of-another",
        "3.6/wait-without-end",
        "3.7/address-as-text",
        "3.7/errors-of-files-are-oserrors",
        "3.7/named-status",
        "3.7/raw-errors-of-the-connection",
        "3.7/unnamed-status",
        "5/tickets",
        "6/dispatch",
        "6/login",
        "6/matched-messages",
        "6/pages",
        "6/session-and-role",
        "6/tasks",
        "6/versions",
        "6/without-a-session",
        "7.1/parameters-shared-by-threads",
        "7.2/names-become-numbers",
        "7.3/objects-without-keyerror",
        "7.4/names-that-the-portal-refuses",
        "7.4/paths-that-walk",
        "7.4/rename-that-moves",
        "7.4/upload-over-a-folder",
        "7.6/upload-replaces-silently",
        "3.7/destination-is-the-root",
        "3.6/leaving-stops-nothing",
        "3.1/what-is-sent",
        "7.2/names-of-rows-become-numbers",
        "7.4/names-survive-the-address",
        "7.5/portal-without-ranges",
        "7.5/unread-answers-hold-connections",
        "7.7/cookies-in-the-log",
        "7.7/record-of-all-traffic",
        "7.8/cost-of-a-page",
        "7.8/cost-of-a-walk",
        "7.9/loop-and-shutdown",
        "7.10/loop-made-at-import",
        "7.11/the-servers-own-disk",
        "7.12/broken-calls",
        "7.13/devices-that-can-be-commanded",
        "7.14/write-after-expiry",
        "7.14/write-that-never-left",
        "7.14/write-without-an-answer",
    ]
)


def marked() -> dict[str, list[str]]:
    """The tests that carry each id."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.trap":
                        found.setdefault(ast.literal_eval(mark.args[0]), []).append(node.name)
    return found


def test_every_trap_has_a_test() -> None:
    assert sorted(TRAPS - marked().keys()) == []


def test_no_test_names_a_trap_that_is_not_listed() -> None:
    assert sorted(marked().keys() - TRAPS) == []
