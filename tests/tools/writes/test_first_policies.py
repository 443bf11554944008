"""What a new installation allows: no scope but that of administrators reaches a tool that changes or shares things."""

from __future__ import annotations

import time

import pytest

from oauth.policy import callable_somewhere, decide
from oauth.principal import Principal
from oauth.rules import Call
from oauth.snapshots import load_snapshot
from tools.catalogue import CATALOGUE
from tools.models import PortalProfile
from tools.services import save_profile
from tools.spec import Toolset

pytestmark = pytest.mark.django_db
CHANGING = [name for name, spec in CATALOGUE.items() if spec.toolset in {Toolset.WRITE, Toolset.SHARE}]


@pytest.fixture(autouse=True)
def portal() -> None:
    """An allow reaches no portal that is not there."""
    save_profile(PortalProfile(name="hq", host="portal.example.com", username="svc"), password="secret")


def somebody(*scopes: str) -> Principal:
    """A person with these scopes."""
    return Principal("https://example.test", "usr_1", "client_1", "org_1", frozenset(scopes), int(time.time()) + 600)


@pytest.mark.parametrize("tool", CHANGING)
@pytest.mark.parametrize("scopes", [(), ("user:read",), ("ctera:read",), ("user:read", "ctera:read")], ids=str)
def test_readers_reach_none_of_them_and_learn_which_scope_would(tool: str, scopes: tuple[str, ...]) -> None:
    found = callable_somewhere(load_snapshot(), somebody(*scopes), tool, time.time())
    assert not found
    assert found.required_scopes == ("ctera:admin",)  # type: ignore[union-attr]  # it is denied


@pytest.mark.parametrize("tool", CHANGING)
def test_administrators_can_call_every_tool_that_changes_things(tool: str) -> None:
    assert callable_somewhere(load_snapshot(), somebody("ctera:admin"), tool, time.time())


def test_whatever_can_change_something_is_in_a_toolset_that_readers_lack() -> None:
    lax = [name for name, spec in CATALOGUE.items() if not spec.read_only and spec.toolset is Toolset.READ]
    assert lax == []
    reading = decide(
        load_snapshot(), somebody("ctera:read"), Call("ctera_portal_list_dir", None, None, (), time.time())
    )
    assert reading, "a reader reads"
