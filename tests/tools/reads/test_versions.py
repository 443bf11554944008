"""Versions: handles instead of addresses, bound to caller, place and path, and read under the policy of the path."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack
from tests.tools.reads.looking import DOCS, PLAN, Looking


def versions(looking: Looking, path: str = PLAN) -> list[str]:
    """The handles of a file's states, the current one first."""
    return [each["version"] for each in looking.good("list_versions", path=path)["versions"]]


def test_the_states_of_a_file_are_told_and_each_is_read(both: Looking) -> None:
    found = both.good("list_versions", path=PLAN)["versions"]
    assert [each["current"] for each in found] == [True, False, False]
    read = [both.good("read_file", path=PLAN, version=each["version"]) for each in found]
    assert [each["content"] for each in read] == [
        "The plan of Alice at acme.\n",
        "The plan, 10 days before.\n",
        "The plan, 20 days before.\n",
    ]
    assert [each["origin"]["version"] for each in read] == [each["since"] for each in found]
    assert [each["origin"]["path"] for each in read] == [PLAN] * 3


def test_a_version_is_read_in_pieces(looking: Looking) -> None:
    version = versions(looking)[1]
    first = looking.good("read_file", path=PLAN, version=version, length=10)
    rest = looking.good("read_file", path=PLAN, version=version, offset=first["next_offset"])
    assert first["content"] + rest["content"] == "The plan, 10 days before.\n"
    assert (first["size"], rest["next_offset"]) == (26, None)
    assert looking.bad("read_file", path=PLAN, version=version, offset=1000)["code"] == "invalid_argument"


@pytest.mark.trap("6/versions")
def test_no_address_of_a_snapshot_leaves_the_server(looking: Looking) -> None:
    listed = looking.wire.result("list_versions", looking.token, **looking.place, path=PLAN)
    read = looking.wire.result("read_file", looking.token, **looking.place, path=PLAN, version=versions(looking)[2])
    for answer in (listed, read):
        for secret in (".versions", "webdav", "20251216T", "/admin/"):
            assert secret not in json.dumps(answer)


def test_versions_come_in_pages(looking: Looking) -> None:
    pages = list(looking.pages("list_versions", path=PLAN, limit=1))
    assert [len(page["versions"]) for page in pages] == [1, 1, 1]
    assert [page["versions"][0]["since"] for page in pages] == [
        each["since"] for each in looking.good("list_versions", path=PLAN)["versions"]
    ]


def test_folders_have_times_but_nothing_to_read(looking: Looking) -> None:
    assert {each["version"] for each in looking.good("list_versions", path=DOCS)["versions"]} == {None}


def test_a_handle_works_for_its_path_its_place_and_its_caller_only(looking: Looking) -> None:
    version = versions(looking)[1]
    wrong = [
        looking.bad("read_file", path=f"{DOCS}/notes.md", version=version),
        looking.bad("read_file", path="/My Files/Docs/plan.txt", portal="acme-files", tenant="acme", version=version),
        looking.bad("read_file", path="/Users/Alice Globex/My Files/Docs/plan.txt", tenant="globex", version=version),
        looking.bad("list_dir", path=DOCS, cursor=version),
        looking.bad("read_file", path=PLAN, version=f"{version[:-4]}AAA="),
        Looking(looking.wire, looking.wire.stack.token("bob", sub="else")).bad("read_file", path=PLAN, version=version),
    ]
    assert {each["code"] for each in wrong} == {"invalid_argument"}
    assert looking.asked("download") == []


@pytest.fixture
def closing(stack: RunningStack, looking: Looking, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A handle that its reader got before the place was closed to that subject."""
    token = stack.token("bob", sub="versions-reader")
    handle = versions(Looking(looking.wire, token))[1]
    deny = {"name": "versions", "effect": "deny", "tools": ["*"], "subjects": ["versions-reader"], "paths": [PLAN]}
    file = tmp_path_factory.mktemp("deny") / "deny.yaml"
    file.write_text(json.dumps({"version": 1, "policies": [deny]}))
    stack.manage("import_config", str(file))
    yield handle
    file.write_text(json.dumps({"version": 1, "policies": [{**deny, "enabled": False}]}))
    stack.manage("import_config", str(file))


def test_a_version_is_closed_with_the_place_it_belongs_to(closing: str, stack: RunningStack) -> None:
    with Wire(stack, MODERN) as wire:
        reader = Looking(wire, stack.token("bob", sub="versions-reader"))
        while not reader.wire.result("read_file", reader.token, **reader.place, path=PLAN)["isError"]:
            pass  # until the worker has read the edit
        before = len(stack.portal.log())
        assert reader.bad("read_file", path=PLAN, version=closing)["code"] == "policy_denied"
        assert reader.bad("list_versions", path=PLAN)["code"] == "policy_denied"
        # the handle does not open the state under the name of another file either
        assert reader.bad("read_file", path=f"{DOCS}/notes.md", version=closing)["code"] == "invalid_argument"
        assert len(stack.portal.log()) == before
