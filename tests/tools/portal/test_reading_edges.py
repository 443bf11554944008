"""The private edges of cterasdk that reading relies on; an upgrade that moves one fails here, not at a portal."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from cterasdk.cio.core.types import FetchResourcesParamBuilder, automatic_resolution
from cterasdk.clients.async_requests import decorate_stream_error
from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.common import Object
from cterasdk.convert import toxmlstr
from cterasdk.core.query import FilterBuilder, QueryParamBuilder
from cterasdk.core.types import ContentFilter, FilenameFilter, TypeFilter
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tests.simulators.portal.fixture import RunningPortal
from tools.portal.pool import SessionPool
from tools.portal.sdk import new_client
from tools.portal.texts import read
from tools.profile import Profile

PLAN = "Users/Alice Acme/My Files/Docs/plan.txt"
CONTENT = b"The plan of Alice at acme.\n"


@pytest.fixture
async def sdk(portal: RunningPortal, hq: Profile, pool: SessionPool) -> AsyncIterator[Any]:
    """The SDK's own client, logged in and in Team Portal acme."""
    client = new_client(hq)
    await client.login(hq.username, hq.sealed_password)
    await client.portals.browse("acme")
    yield client
    await client.logout()
    await client.default.close()


def sent(param: Any) -> Any:
    """A parameter as it travels, read back by our own reader: nothing is taken for a number."""
    text = toxmlstr(param)
    return read(text.encode() if isinstance(text, str) else text)


@pytest.mark.trap("1.4/private-edges")
@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        ("", "/admin/webdav"),
        ("Users/A B/#1", "/admin/webdav/Users/A%20B/%231"),
        ("Users/%41", "/admin/webdav/Users/%2541"),
        ("a+b;c/50% & 'more'", "/admin/webdav/a%2Bb%3Bc/50%25%20%26%20%27more%27"),
        ("\u65e5/ pad ", "/admin/webdav/%E6%97%A5/%20pad%20"),
        (".versions/20260101T000000/x", "/admin/webdav/.versions/20260101T000000/x"),
    ],
)
def test_addresses_are_quoted_segment_by_segment(path: str, quoted: str) -> None:
    found = automatic_resolution(path, "admin")
    assert found.absolute_encode.rstrip("/") == quoted
    assert found.relative_encode == (quoted.removeprefix("/admin/webdav/") if path else ".")


@pytest.mark.trap("1.4/private-edges")
def test_a_search_and_its_page_travel_as_they_were_asked() -> None:
    filters = [FilenameFilter.contains("007"), TypeFilter.eq("pdf")]
    builder = FetchResourcesParamBuilder().root("/admin/webdav").depth("Infinity").searchFilters(filters).limit(7)
    param = builder.build()
    param.start = 14
    found = sent(param)
    assert (found["root"], found["depth"], found["start"], found["limit"]) == ("/admin/webdav", "Infinity", "14", "7")
    wanted = [{"field": "name", "operator": "contains", "value": "007"}, {"field": "extension", "operator": "eq"}]
    assert [{**each, **want} for each, want in zip(found["searchFilters"], wanted, strict=True)] == [
        *found["searchFilters"]
    ]
    assert sent(ContentFilter.contains("x"))["field"] == "content"


@pytest.mark.trap("1.4/private-edges")
def test_a_query_travels_as_it_was_asked() -> None:
    builder = QueryParamBuilder().include(["name"]).startFrom(50).countLimit(25).allPortals(True).orFilter(True)
    builder.put("topic", "access").addFilter(FilterBuilder("name").eq("007"))
    builder.addFilter(FilterBuilder("time").ge(datetime(2026, 1, 31, 14, 30)))  # noqa: DTZ001 - the portal's own clock
    found = sent(builder.build())
    assert (found["startFrom"], found["countLimit"], found["allPortals"], found["orFilter"]) == (
        "50",
        "25",
        "true",
        "true",
    )
    assert (found["include"], found["topic"]) == (["name"], "access")
    name, time = found["filters"]
    assert (name["field"], name["restriction"], name["value"]) == ("name", "eq", "007")
    assert (time["field"], time["restriction"], time["value"]) == ("time", "ge", "2026-01-31T14:30:00")


@pytest.mark.trap("1.4/private-edges")
def test_questions_take_the_serializer_and_the_reader_of_errors() -> None:
    assert {"data_serializer", "on_error"} <= set(inspect.signature(AsyncClient.post).parameters)
    assert {"on_error", "headers"} <= set(inspect.signature(AsyncClient.get).parameters) | {"headers"}
    data = Object()
    data.type, data.name, data.param = "user-defined", "listShares", "/x"
    serialized = Serializers.XML(data)
    text = serialized if isinstance(serialized, str | bytes) else serialized[0]
    assert {att.get("id") for att in ET.fromstring(text)} == {"type", "name", "param"}


@pytest.mark.trap("1.4/private-edges")
@pytest.mark.trap("7.5/unread-answers-hold-connections")
async def test_a_download_gives_the_answer_itself_with_its_head(sdk: Any) -> None:
    address = automatic_resolution(PLAN, sdk.context).relative_encode
    answer = await sdk.io.download(address, headers={"Range": "bytes=4-7", "Accept-Encoding": "identity"})
    assert isinstance(answer._response, aiohttp.ClientResponse)
    assert answer._response.status == 206
    assert answer._response.headers["Content-Range"] == f"bytes 4-7/{len(CONTENT)}"
    assert await answer.read(3) == CONTENT[4:7]
    answer._response.close()


@pytest.mark.trap("1.4/private-edges")
async def test_an_answer_of_the_api_streams_its_bytes(sdk: Any) -> None:
    answer = await AsyncClient.get(sdk.v1.api, "/currentSession")
    parts = [part async for part in answer.a_iter_content(10)]
    assert len(parts) > 1
    assert read(b"".join(parts))["username"] == "svc-mcp"


@pytest.mark.trap("3.7/named-status")
async def test_what_is_not_there_is_told_by_status(sdk: Any) -> None:
    with pytest.raises(HTTPNotFound):
        await sdk.io.download("Users/Alice%20Acme/My%20Files/gone.txt")


@pytest.mark.trap("3.7/raw-errors-of-the-connection")
async def test_a_cut_body_is_handed_on_inside_a_plain_error() -> None:
    cut = aiohttp.ClientPayloadError("cut")

    async def reading(answer: object, count: int) -> bytes:
        raise cut

    with pytest.raises(OSError, match="cut") as seen:
        await decorate_stream_error(reading)(None, 1)
    assert seen.value.args == (cut,)
