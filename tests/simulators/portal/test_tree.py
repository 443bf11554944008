"""The tree keeps its promises whatever is done to it; ranges and forms are cut as their standards say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.portal.actions import name_problem
from tests.simulators.portal.nodes import GeneratedFolder, Node, grow
from tests.simulators.portal.places import Viewer, children, locate
from tests.simulators.portal.transfers import cut_range, read_multipart
from tests.simulators.portal.wire import Request
from tests.simulators.portal.world import World, build_world

segments = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda one: one not in (".", ".."))


WORLD = build_world()
"""Only read here."""


@pytest.fixture
def world() -> World:
    return WORLD


def eyes(world: World, tenant: str, name: str) -> Viewer:
    """The view of an administrator (`svc-mcp`) or a user."""
    portal = world.tenants[tenant]
    account = world.admins.get(name) or portal.users[name]
    return Viewer(account, "admin" if account.is_admin else "ServicesPortal", portal)


@given(st.lists(segments.filter(lambda one: "/" not in one), max_size=5))
def test_every_path_survives_the_way_to_an_address_and_back(parts: list[str]) -> None:
    viewer = eyes(WORLD, "acme", "alice")
    assert viewer.parts(viewer.href(parts)) == tuple(parts)


@pytest.mark.parametrize("href", ["/admin/webdav/Users", "/ServicesPortal/webdavX", "", "My Files"])
def test_an_address_below_another_root_is_nobodys(world: World, href: str) -> None:
    assert eyes(world, "acme", "alice").parts(href) is None


def test_no_two_team_portals_share_a_node(world: World) -> None:
    seen: set[int] = set()
    for tenant in world.tenants.values():
        nodes = {id(node) for folder in tenant.folders for node in folder.root.stored()}
        assert nodes
        assert not seen & nodes
        seen |= nodes


@pytest.mark.parametrize("name", ["svc-mcp", "alice", "bob"])
def test_whatever_is_listed_can_be_located(world: World, name: str) -> None:
    viewer = eyes(world, "acme", name)
    top = locate(viewer, ())
    assert top is not None
    waiting = [top]
    while waiting:
        place = waiting.pop()
        found = locate(viewer, place.parts)
        assert found is not None
        assert found.node is place.node
        waiting.extend(one for one in children(place) if not isinstance(one.node, GeneratedFolder))


@given(st.data())
def test_deleting_and_restoring_gives_the_same_tree(data: st.DataObject) -> None:
    root = grow("root", {"a": {"b": {"c": 1}, "d": 2}, "e": {"f": 3}})
    before = [node.name for node in root.walk()]
    node = data.draw(st.sampled_from(list(root.walk())))
    below = [node, *node.walk()]
    node.delete()
    assert not any(one in list(root.walk()) for one in below)
    assert all(one.deleted for one in below)
    node.restore()
    assert [one.name for one in root.walk()] == before
    assert not any(one.deleted for one in below)


def test_a_clone_is_independent_of_its_original() -> None:
    root = grow("root", {"a": {"b": "text"}})
    twin = root.children["a"].clone("twin")
    twin.children["b"].write(b"other", root.modified)
    assert root.children["a"].children["b"].read() == b"text"
    assert {node.file_id for node in twin.walk()}.isdisjoint({node.file_id for node in root.walk()})


@given(st.binary(max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_the_slice_it_says(content: bytes, first: int, last: int) -> None:
    response = cut_range(content, str(first), str(last))
    if first >= len(content) or first > last:
        assert response.status == 416
    else:
        assert (response.status, response.body) == (206, content[first : last + 1])


@given(st.binary(min_size=1, max_size=50), st.integers(1, 60))
def test_a_suffix_range_is_the_end(content: bytes, length: int) -> None:
    assert cut_range(content, "", str(length)).body == content[-length:]


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.binary(max_size=60), min_size=1))
def test_a_form_gives_back_what_was_put_in(fields: dict[str, bytes]) -> None:
    boundary = "b0undary-of-the-test"
    head = f'--{boundary}\r\nContent-Disposition: form-data; filename="x"; name="%s"\r\n\r\n'
    pieces = [(head % name).encode() + content + b"\r\n" for name, content in fields.items()]
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    assert read_multipart(Request("POST", "/", "", headers, body, 0)) == fields


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b", "a\\b", "a:b", "a?b", "a<b", 'a"b', "a|b", ".versions"])
def test_names_that_cannot_be_given(name: str) -> None:
    assert name_problem(name) is not None


@pytest.mark.parametrize("name", ["2024", "1.10", " pad ", "#", "%41", "a+b", "a;b", "...", "caf\u00e9", "cafe\u0301"])
def test_names_that_can_be_given(name: str) -> None:
    assert name_problem(name) is None


def test_the_huge_folder_is_not_kept_in_memory() -> None:
    folder = GeneratedFolder("Huge", is_dir=True, count=100_000)
    assert len(folder.entries()) == 100_000
    assert [node.name for node in folder.entries()[99_999:]] == ["item-099999.txt"]
    assert folder.child("item-99999.txt") is None
    assert isinstance(folder.child("item-099999.txt"), Node)
    assert folder.children == {}
