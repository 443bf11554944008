"""Compiled patterns of policies: `*` within names, globs over canonical paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tools.paths import deny_form

FRESH: Final = "\ue000"
"""A character that no pattern or name holds: what stands for every instance of a `*`."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """A list of patterns for one value; `*` stands for any text, and alone also for an absent value."""

    raw: tuple[str, ...]
    is_everything: bool
    exact: frozenset[str]
    regex: re.Pattern[str] | None

    @classmethod
    def build(cls, patterns: Iterable[str], *, folded: bool = False) -> Patterns:
        """Compile; `folded` compares without case, as denies do for places."""
        raw = tuple(pattern.casefold() if folded else pattern for pattern in patterns)
        wild = [".*".join(map(re.escape, pattern.split("*"))) for pattern in raw if "*" in pattern and pattern != "*"]
        regex = re.compile("|".join(f"(?:{each})" for each in wild), re.DOTALL) if wild else None
        return cls(raw, "*" in raw, frozenset(pattern for pattern in raw if "*" not in pattern), regex)

    def match(self, value: str) -> bool:
        """Whether some pattern stands for `value`; an absent value (empty) is matched only by `*` itself."""
        if self.is_everything:
            return True
        if not value:
            return False
        return value in self.exact or (self.regex is not None and self.regex.fullmatch(value) is not None)

    def instances(self) -> Iterator[str]:
        """For each pattern the instance that escapes the most others: fresh text in place of each `*`."""
        for pattern in self.raw:
            yield pattern.replace("*", FRESH)


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A glob over canonical paths: `*` is a name or a part of one, `**` (only last) all that is below, and itself."""

    segments: tuple[str, ...]
    deep: bool
    regex: re.Pattern[str]

    @classmethod
    def build(cls, glob: str, *, folded: bool = False) -> PathGlob:
        """Compile a glob in canonical form; `folded` gives it the form in which denies compare."""
        deep = glob == "/**" or glob.endswith("/**")
        stem = glob.removesuffix("/**") if deep else glob
        stem = deny_form(stem) if folded else stem
        segments = tuple(part for part in stem.split("/") if part)
        body = "".join("/" + _segment(part) for part in segments)
        return cls(segments, deep, re.compile(body + ("(?:/.*)?" if deep else "") if body or deep else "/", re.DOTALL))

    @property
    def is_everything(self) -> bool:
        """Whether every path is covered."""
        return self.deep and not self.segments

    def match(self, path: str) -> bool:
        """Whether the glob covers the path itself."""
        return self.regex.fullmatch(path) is not None

    def reaches_below(self, path: str) -> bool:
        """Whether the glob covers the path or could cover something below it."""
        if self.match(path):
            return True
        names = [part for part in path.split("/") if part]
        if len(names) > len(self.segments):
            return False
        return all(
            re.fullmatch(_segment(part), name, re.DOTALL) for part, name in zip(self.segments, names, strict=False)
        )

    def instances(self, deepest: int) -> Iterator[str]:
        """Paths that together escape every glob of up to `deepest` names that does not cover all of this one."""
        stem = "".join("/" + part.replace("*", FRESH) for part in self.segments)
        if not self.deep:
            yield stem or "/"
            return
        for below in range(deepest + 2):
            yield (stem + f"/{FRESH}" * below) or "/"


def _segment(part: str) -> str:
    if part == "*":
        return "[^/]+"
    return "[^/]*".join(map(re.escape, part.split("*")))
