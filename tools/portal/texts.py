"""Asks the portal in its XML and reads the answer as text: no number, name or version is taken for something else.

The SDK's reader turns `007` into 7 and hands out objects that fail without a KeyError, or that can act on devices
(cterasdk 2.20). Here an object is a plain dict, a list a list, an empty attribute None, all else text.
"""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree as ET

from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.clients.errors import XMLHandler
from cterasdk.common import Object

from tools.errors import TooLarge

MOST_BYTES: Final = 32 * 1024 * 1024
"""An answer of the portal that is longer is refused instead of read into memory."""

Value = Any
"""A dict of values, a list of values, text, or None."""


async def execute(sdk: Any, name: str, param: Any) -> Value:
    """The answer of one method of the portal; raises what the SDK raises, and `ValueError` for what is not XML."""
    return await _ask(sdk, "", "user-defined", name, param)


async def query(sdk: Any, path: str, param: Any) -> Value:
    """The answer of one query of a collection, such as `/users`."""
    return await _ask(sdk, path, "db", "query", param)


async def get(sdk: Any, path: str) -> Value:
    """What the portal has at an address of its API."""
    return read(await _bytes_of(await AsyncClient.get(sdk.v1.api, path, on_error=XMLHandler())))


async def _ask(sdk: Any, path: str, kind: str, name: str, param: Any) -> Value:
    data = Object()
    data.type, data.name, data.param = kind, name, param
    answer = await AsyncClient.post(sdk.v1.api, path, data, data_serializer=Serializers.XML, on_error=XMLHandler())
    return read(await _bytes_of(answer))


async def _bytes_of(answer: Any) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in answer.a_iter_content(65536):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise TooLarge("The portal's answer is longer than this server reads. Ask for less at once.")
    finally:
        answer._response.close()
    return b"".join(parts)


def read(body: bytes) -> Value:
    """Parse the portal's XML; raises `ValueError` for anything else."""
    try:
        return _value(ET.fromstring(body))  # noqa: S314 - what the SDK does with every answer of the same portal
    except ET.ParseError:
        raise ValueError("not the portal's XML") from None


def _value(element: ET.Element) -> Value:
    if element.tag == "val":
        return element.text or ""
    if element.tag == "list":
        return [_value(child) for child in element]
    if element.tag == "obj":
        return {att.get("id", ""): (_value(att[0]) if len(att) else None) for att in element if att.tag == "att"}
    raise ValueError("not the portal's XML")


def flag(value: Value) -> bool:
    """A truth value of the portal."""
    return bool(value == "true")


def whole(value: Value) -> int | None:
    """A number of the portal; raises `ValueError` for text that is none."""
    return None if value in {None, ""} else int(value)


def objects(value: Value) -> list[dict[str, Value]]:
    """A list of objects; raises `TypeError` where the portal has something else."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError("not a list of objects")
    return value
