"""Files too large to keep: their bytes are made while they are sent, or counted and hashed while they arrive."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulators.portal.nodes import Node

LARGE = 16 * 1024 * 1024
"""Uploads that announce more bytes than this are not kept."""
PIECE = 64 * 1024
PATTERN = random.Random(5).randbytes(1_048_573)
"""What every generated file repeats; its length is no multiple of any piece's, so bytes out of order show."""


@dataclass(slots=True, eq=False)
class LargeFile(Node):
    """A file without stored content; `sha256` (hex) is known of one that was uploaded, whose bytes are gone."""

    sha256: str = ""

    def read(self) -> bytes:
        """Refuse: what would need the whole content in memory is not done with such a file (a choice)."""
        raise ValueError("The file is too large for this")

    def clone(self, name: str) -> Node:
        """Copy what there is of it."""
        return LargeFile(name, is_dir=False, size=self.size, modified=self.modified, sha256=self.sha256)

    def pieces(self) -> Iterator[bytes]:
        """The content of a generated file, made piece by piece; raises `ValueError` for an uploaded one."""
        if self.sha256:
            raise ValueError("The content of the upload was not kept")
        return generated(self.size)


def generated(size: int) -> Iterator[bytes]:
    """The first `size` bytes of the endless repeated pattern."""
    doubled = memoryview(PATTERN + PATTERN[:PIECE])
    at = 0
    while at < size:
        start = at % len(PATTERN)
        yield bytes(doubled[start : start + min(PIECE, size - at)])
        at += PIECE


@dataclass(frozen=True, slots=True)
class Swallowed:
    """The file of an upload, as far as it is known afterwards."""

    size: int
    sha256: str


class LargeForm:
    """Takes a multipart form (RFC 7578) as it arrives; keeps its fields, counts and hashes the part `file`."""

    def __init__(self, boundary: str) -> None:
        self.fields: dict[str, bytes] = {}
        self._delimiter = f"\r\n--{boundary}".encode()
        self._rest = b"\r\n"  # so that the first delimiter is like the others
        self._in_head = False
        self._name = ""
        self._size = 0
        self._hash = hashlib.sha256()

    @classmethod
    def of(cls, headers: dict[str, str]) -> LargeForm | None:
        """The form that a request with these headers is about to send, where it is a large one."""
        match = re.search(r'multipart/form-data;.*boundary="?([^";]+)', headers.get("content-type", ""))
        length = headers.get("content-length", "")
        return cls(match.group(1)) if match and length.isdecimal() and int(length) > LARGE else None

    @property
    def file(self) -> Swallowed | None:
        """The part `file`; None where the form had none."""
        return Swallowed(self._size, self._hash.hexdigest()) if "file" in self.fields else None

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._rest += data
        while self._read_head() if self._in_head else self._read_content():
            pass

    def _read_head(self) -> bool:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end or self._rest.startswith(b"--"):
            return False
        name = re.search(rb'[ ;]name="([^"]*)"', head)
        self._name = name.group(1).decode() if name else ""
        self.fields.setdefault(self._name, b"")
        self._rest, self._in_head = rest, False
        return True

    def _read_content(self) -> bool:
        at = self._rest.find(self._delimiter)
        end = at if at >= 0 else max(0, len(self._rest) - len(self._delimiter) + 1)
        self._take(self._rest[:end])
        self._in_head = at >= 0
        self._rest = self._rest[end + len(self._delimiter) :] if self._in_head else self._rest[end:]
        return self._in_head

    def _take(self, content: bytes) -> None:
        if self._name == "file":
            self._size += len(content)
            self._hash.update(content)
        elif self._name:
            self.fields[self._name] += content
