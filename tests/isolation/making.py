"""Makes random calls, each with what its answer must be; one seed makes the same calls in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.isolation.people import ASKERS, SAME, UPLOADS, Asker

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """One call. `expected` is a part of its structured content; `names` those of its entries, where it lists.

    `code` is the error it must meet, `marked` whether its own number is in its path. `then` is what to call next.
    """

    number: int
    asker: Asker
    tool: str
    arguments: JSON
    expected: JSON
    names: frozenset[str] | None = None
    code: str = ""
    marked: bool = False
    then: Made | None = None


def mark(number: int) -> str:
    """What stands in the path of a call that can be told by its path alone."""
    return f"call-{number:07d}"


class Maker:
    """Draws calls; uploads are followed by a look at what was stored, which counts as a call too."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.made = 0

    def next(self) -> Made:
        """The next call."""
        asker = self._random.choice(ASKERS)
        make = self._random.choices(KINDS, WEIGHTS)[0]
        return make(self, asker)

    def _number(self) -> int:
        self.made += 1
        return self.made

    def _folder(self, asker: Asker) -> tuple[str, frozenset[str]]:
        """The folder that all have, or the one whose name is the owner's."""
        label = asker.owner.label
        if self._random.random() < 0.7:
            return f"{asker.root}/{SAME}", frozenset({"whose.txt", f"{label}.txt", "Inner"})
        return f"{asker.root}/{label}", frozenset({"whose.txt"})

    def who(self, asker: Asker) -> Made:
        """Ask who one is."""
        expected = {"portal": asker.portal, "tenant": asker.owner.tenant, "account": asker.account}
        return Made(self._number(), asker, "who_am_i", asker.place, expected)

    def listing(self, asker: Asker) -> Made:
        """List a folder."""
        path, names = self._folder(asker)
        return Made(self._number(), asker, "list_dir", {**asker.place, "path": path}, _at(asker, path), names)

    def walk(self, asker: Asker) -> Made:
        """Walk a tree."""
        path, names = self._folder(asker)
        return Made(self._number(), asker, "walk_tree", {**asker.place, "path": path}, _at(asker, path), names)

    def info(self, asker: Asker) -> Made:
        """Look at one file, whose size is its owner's alone."""
        path = f"{self._folder(asker)[0]}/whose.txt"
        expected = {"name": "whose.txt", "path": path, "size": len(asker.owner.text)}
        return Made(self._number(), asker, "get_info", {**asker.place, "path": path}, {**_place(asker), **expected})

    def read(self, asker: Asker) -> Made:
        """Read one file, which tells its owner."""
        path = f"{self._folder(asker)[0]}/whose.txt"
        expected = {"origin": {**_at(asker, path), "version": None}, "content": asker.owner.text}
        return Made(self._number(), asker, "read_file", {**asker.place, "path": path}, expected)

    def missing(self, asker: Asker) -> Made:
        """Ask for what is nowhere: the portal's log then tells which account did just this call."""
        number = self._number()
        arguments = {**asker.place, "path": f"{asker.root}/{SAME}/{mark(number)}"}
        tool = self._random.choice(("list_dir", "get_info", "read_file"))
        return Made(number, asker, tool, arguments, {}, code="not_found", marked=True)

    def upload(self, asker: Asker) -> Made:
        """Store a file of one's own, then read it."""
        number, after = self._number(), self._number()
        path, text = f"{asker.root}/{UPLOADS}/{mark(number)}", f"{asker.owner.label} {number}"
        stored = {"origin": {**_at(asker, path), "version": None}, "content": text}
        reading = Made(after, asker, "read_file", {**asker.place, "path": path}, stored)
        arguments = {**asker.place, "filepath": path, "content": text}
        expected = _at(asker, path)
        return Made(number, asker, "upload_from_content", arguments, expected, marked=True, then=reading)


def _place(asker: Asker) -> JSON:
    return {"portal": asker.portal, "tenant": asker.owner.tenant}


def _at(asker: Asker, path: str) -> JSON:
    return {**_place(asker), "path": path}


KINDS: Final[tuple[Callable[[Maker, Asker], Made], ...]] = (
    Maker.who,
    Maker.listing,
    Maker.walk,
    Maker.info,
    Maker.read,
    Maker.missing,
    Maker.upload,
)
WEIGHTS: Final = (20, 20, 10, 15, 20, 12, 3)
