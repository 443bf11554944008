"""Every place of a call is known, canonical and with its role before anything is decided."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.specs import CATALOGUE
from tools.errors import InvalidArgument
from tools.places import decided_paths
from tools.spec import PathRole

ARRIVAL, PARENT, SUBTREE = PathRole.ARRIVAL, PathRole.PARENT, PathRole.SUBTREE


def places(tool: str, **arguments: Any) -> tuple[dict[str, Any], list[tuple[PathRole, str]]]:
    checked, found = decided_paths(CATALOGUE[f"ctera_portal_{tool}"], arguments)
    return checked, list(found)


def test_a_copy_is_decided_where_it_comes_from_goes_to_and_arrives() -> None:
    checked, found = places("copy", source="Docs/plan.txt/", destination="/Company")
    assert checked == {"source": "/Docs/plan.txt", "destination": "/Company"}
    assert found == [(SUBTREE, "/Docs/plan.txt"), (PARENT, "/Company"), (ARRIVAL, "/Company/plan.txt")]


def test_a_copy_to_the_root_arrives_below_it() -> None:
    assert (ARRIVAL, "/plan.txt") in places("move", source="/Docs/plan.txt", destination="/")[1]


def test_a_rename_is_decided_under_both_names() -> None:
    checked, found = places("rename", path="/Docs/plan.txt", new_name="Cafe\u0301")
    assert checked["new_name"] == "Caf\u00e9"
    assert found == [(SUBTREE, "/Docs/plan.txt"), (ARRIVAL, "/Docs/Caf\u00e9")]
    assert places("rename", path="/plan.txt", new_name="x")[1][1] == (ARRIVAL, "/x")


def test_every_path_of_a_list_is_decided() -> None:
    checked, found = places("delete_many", paths=["a", "/b/"])
    assert checked == {"paths": ["/a", "/b"]}
    assert found == [(SUBTREE, "/a"), (SUBTREE, "/b")]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("delete_many", {"paths": ["/a", "/b/..", "/c"]}, "Argument 'paths': The path holds '..'"),
        ("delete_many", {"paths": []}, "Argument 'paths' names no path"),
        ("delete_many", {}, "Argument 'paths' names no path"),
        ("read_file", {}, "Argument 'path' names no path"),
        ("copy", {"source": "/a"}, "Argument 'destination' names no path"),
        ("copy", {"source": "/", "destination": "/Docs"}, "Argument 'source' is the root"),
        ("rename", {"path": "/", "new_name": "x"}, "Argument 'path' is the root"),
        ("rename", {"path": "/a"}, "Argument 'new_name' must be one name"),
        ("rename", {"path": "/a", "new_name": "b/c"}, "Argument 'new_name' must be one name"),
        ("rename", {"path": "/a", "new_name": ".."}, "Argument 'new_name': The path holds '..'"),
        ("copy", {"source": "/" + "a" * 200, "destination": "/" + "/".join(["b" * 200] * 20)}, "longer than 4096"),
    ],
    ids=str,
)
def test_one_bad_place_refuses_the_whole_call(tool: str, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        places(tool, **arguments)
    assert told in refused.value.message
