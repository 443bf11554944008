"""Compiled patterns of policies: `*` within names, globs over canonical paths.

Written without regular expressions: the cost of a match grows with the text alone, whatever an operator wrote and
whatever a caller sends, and ten thousand policies need no compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tools.paths import folded as folded_path
from tools.paths import levelled

FRESH: Final = "\ue000"
"""A character that no pattern or name holds: what stands for every instance of a `*`."""
MOST_SHARED: Final = 65_536
"""Compiled patterns kept for sharing: most policies say the same things, and the next snapshot says them again."""

Parts = tuple[str, ...]
"""A pattern as the texts between its stars; one part alone is exact."""
STAR: Final[Parts] = ("", "")
"""`*` alone, which stands for any name."""


def stands_for(parts: Parts, text: str) -> bool:
    """Whether a pattern stands for the whole text."""
    if len(parts) == 1:
        return text == parts[0]
    first, last = parts[0], parts[-1]
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in parts[1:-1]:  # the leftmost place of each leaves most room for the rest
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


@dataclass(frozen=True, slots=True)
class Patterns:
    """A list of patterns for one value; `*` stands for any text, and alone also for an absent value."""

    raw: tuple[str, ...]
    is_everything: bool
    exact: frozenset[str]
    wild: tuple[Parts, ...]

    @classmethod
    def build(cls, patterns: Iterable[str], *, folded: bool = False) -> Patterns:
        """Compile; `folded` compares without case, as denies do for places."""
        return _patterns(tuple(pattern.casefold() if folded else pattern for pattern in patterns))

    def match(self, value: str) -> bool:
        """Whether some pattern stands for `value`; an absent value (empty) is matched only by `*` itself."""
        if self.is_everything:
            return True
        if not value:
            return False
        return value in self.exact or any(stands_for(parts, value) for parts in self.wild)

    def instances(self) -> Iterator[str]:
        """For each pattern the instance that escapes the most others: fresh text in place of each `*`."""
        for pattern in self.raw:
            yield pattern.replace("*", FRESH)


@lru_cache(maxsize=MOST_SHARED)
def _patterns(raw: tuple[str, ...]) -> Patterns:
    wild = tuple(tuple(pattern.split("*")) for pattern in raw if "*" in pattern and pattern != "*")
    return Patterns(raw, "*" in raw, frozenset(pattern for pattern in raw if "*" not in pattern), wild)


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A glob over canonical paths: `*` is a name or a part of one, `**` (only last) all that is below, and itself.

    `fixed` is the path that the names before the first `*` make; all that the glob covers lies there or `below`.
    `wild` are the names from that `*` on; None where there is none. `needle` is the longest text that they ask for: a
    path without it is passed at a glance.
    """

    segments: tuple[str, ...]
    deep: bool
    fixed: str
    below: str
    wild: tuple[Parts, ...] | None
    needle: str

    @classmethod
    def build(cls, glob: str) -> PathGlob:
        """Compile a glob in canonical form, to be compared exactly."""
        stem, deep = _stem(glob)
        return _glob(stem, deep)

    @classmethod
    def of_deny(cls, glob: str) -> tuple[PathGlob, ...]:
        """Compile a glob for `tools.paths.deny_forms`: as it is but for case, and at its plainest where that differs.

        Both are needed: `/a.*` covers `/a.` as it is written, while a portal that drops trailing dots knows only `/a`.
        """
        return _deny_globs(glob)

    @property
    def is_everything(self) -> bool:
        """Whether every path is covered."""
        return self.deep and not self.segments

    def match(self, path: str) -> bool:
        """Whether the glob covers the path itself."""
        if self.wild is None:
            return path == self.fixed or (self.deep and path.startswith(self.below))
        if self.needle not in path or path == "/" or not path.startswith(self.below):
            return False
        wild = self.wild
        names = path[len(self.below) :].split("/", len(wild))
        if len(names) < len(wild) or (len(names) > len(wild) and not self.deep):
            return False
        for parts, name in zip(wild, names, strict=False):  # a generator would cost more than the match
            if parts is not STAR and not stands_for(parts, name):
                return False
        return True

    def reaches_below(self, path: str) -> bool:
        """Whether the glob covers the path or could cover something below it."""
        if self.match(path):
            return True
        names = names_of(path)
        if len(names) > len(self.segments):
            return False
        return all(stands_for(tuple(part.split("*")), name) for part, name in zip(self.segments, names, strict=False))

    def instances(self, deepest: int) -> Iterator[str]:
        """Paths that together escape every glob of up to `deepest` names that does not cover all of this one."""
        stem = "".join("/" + part.replace("*", FRESH) for part in self.segments)
        if not self.deep:
            yield stem or "/"
            return
        for below in range(deepest + 2):
            yield (stem + f"/{FRESH}" * below) or "/"


def names_of(path: str) -> list[str]:
    """The names of a path, from the top; none for `/`."""
    return [] if path == "/" else path[1:].split("/")


def _stem(glob: str) -> tuple[str, bool]:
    deep = glob.endswith("/**")
    return (glob.removesuffix("/**") if deep else glob), deep


@lru_cache(maxsize=MOST_SHARED)
def _deny_globs(glob: str) -> tuple[PathGlob, ...]:
    stem, deep = _stem(glob)
    return tuple(dict.fromkeys(_glob(form, deep) for form in (folded_path(stem), _plainest(stem))))


def _plainest(stem: str) -> str:
    names = []
    for name in levelled(stem.replace("*", FRESH)).split("/"):
        bare = name.rstrip(". ")
        # A star before the dots stays guarded by them: closing every name that ends in a dot must not close every name.
        names.append(name if bare.endswith(FRESH) else bare)
    return "/" + "/".join(name for name in names if name).replace(FRESH, "*")


@lru_cache(maxsize=MOST_SHARED)
def _glob(stem: str, deep: bool) -> PathGlob:  # noqa: FBT001 - a key of the cache
    segments = tuple(part for part in stem.split("/") if part)
    known = next((number for number, part in enumerate(segments) if "*" in part), len(segments))
    wild = (
        None
        if known == len(segments)
        else tuple(STAR if part == "*" else tuple(part.split("*")) for part in segments[known:])
    )
    fixed = "/" + "/".join(segments[:known])
    needle = max((text for parts in wild or () for text in parts), key=len, default="")
    return PathGlob(segments, deep, fixed, f"{fixed.rstrip('/')}/", wild, needle)
