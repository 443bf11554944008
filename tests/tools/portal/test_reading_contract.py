"""What reading relies on inside cterasdk; an upgrade that moves one fails here, not at a portal."""

from __future__ import annotations

import inspect

import pytest
from cterasdk.cio.core.types import FetchResourcesParamBuilder, automatic_resolution
from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.clients.errors import XMLHandler
from cterasdk.convert import toxmlstr
from cterasdk.core.query import FilterBuilder, QueryParamBuilder
from cterasdk.core.types import ContentFilter, FilenameFilter, TypeFilter

from tools.portal.sdk import new_client
from tools.portal.texts import read
from tools.profile import Profile

PROFILE = Profile("hq", 1, "portal.example.com", 8443, True, True, "admin", "svc", "sealed", total_timeout=7.0)


@pytest.mark.trap("1.4/private-edges")
def test_an_address_is_quoted_below_the_root_of_the_context() -> None:
    resolved = automatic_resolution("Users/Ann/My Files/#1 %41.txt", "admin")
    assert resolved.absolute_encode == "/admin/webdav/Users/Ann/My%20Files/%231%20%2541.txt"
    assert resolved.relative_encode == "Users/Ann/My%20Files/%231%20%2541.txt"
    assert automatic_resolution("", "ServicesPortal").absolute_encode.rstrip("/") == "/ServicesPortal/webdav"


@pytest.mark.trap("1.4/private-edges")
def test_one_page_is_asked_for_by_depth_start_and_limit() -> None:
    builder = FetchResourcesParamBuilder().root("/admin/webdav").depth("Infinity").limit(7)
    param = builder.searchFilters([FilenameFilter.contains("plan"), TypeFilter.eq("pdf")]).build()
    param.start = 14
    found = read(toxmlstr(param))
    assert (found["root"], found["depth"], found["start"], found["limit"]) == ("/admin/webdav", "Infinity", "14", "7")
    asked = [(each["field"], each["operator"], each["value"]) for each in found["searchFilters"]]
    assert asked == [("name", "contains", "plan"), ("extension", "eq", "pdf")]
    assert read(toxmlstr(ContentFilter.contains("x")))["field"] == "content"


@pytest.mark.trap("1.4/private-edges")
def test_rows_are_asked_for_by_fields_filters_and_position() -> None:
    builder = QueryParamBuilder().include(["name"]).addFilter(FilterBuilder("name").eq("ann"))
    found = read(toxmlstr(builder.startFrom(5).countLimit(9).build()))
    assert (found["startFrom"], found["countLimit"], found["include"]) == ("5", "9", ["name"])
    assert [each["value"] for each in found["filters"]] == ["ann"]
    assert read(toxmlstr(QueryParamBuilder().allPortals(True).build()))["allPortals"] == "true"


@pytest.mark.trap("1.4/private-edges")
async def test_answers_are_taken_as_they_come_and_can_be_let_go() -> None:
    client = new_client(PROFILE)
    try:
        assert "data_serializer" in inspect.signature(AsyncClient.post).parameters
        assert "on_error" in inspect.signature(AsyncClient.get).parameters
        assert callable(Serializers.XML)
        assert callable(XMLHandler)
        assert callable(client.io.download)
        assert client.v1.api is not None
        assert client.context == "admin"
    finally:
        await client.default.close()


def test_the_portals_text_is_text() -> None:
    body = b'<obj><att id="a"><val>007</val></att><att id="b"/><att id="c"><list><val>true</val></list></att></obj>'
    assert read(body) == {"a": "007", "b": None, "c": ["true"]}
    for nonsense in (b"", b"<html></html>", b"\x00", b"<obj>"):
        with pytest.raises(ValueError, match="portal's XML"):
            read(nonsense)
