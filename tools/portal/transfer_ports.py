"""What file links ask of a portal session: whole files, piece by piece, never all of one in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Sink(Protocol):
    """Takes the bytes of a file as they come; each call returns when the next piece may be read."""

    async def __call__(self, piece: bytes) -> None:
        """Take the next piece."""


class TransferringSession(Protocol):
    """The part of a portal session that moves whole files. Paths are absolute and canonical.

    Neither is bounded by the profile's total timeout; the time between two pieces is, by its read timeout.
    """

    async def send_file(self, path: str, size: int, sink: Sink) -> None:
        """Hand the `size` bytes of the file to `sink`; raises `ValueError`, guarded, for a file of another size."""

    async def store_file(self, path: str, size: int, pieces: AsyncIterator[bytes], folder: str) -> None:
        """Store `size` bytes as the file at `path`, in the cloud folder of that number."""
