"""What lint can say: the numbers of its findings, how much each weighs, and the finding itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools import wording

CODES: Final[Mapping[str, str]] = {
    "L001": "its time is over",
    "L002": "an allow needs a scope that has no row",
    "L003": "it names no tool that there is",
    "L004": "an allow names only portals that are missing or disabled",
    "L005": "its Team Portals are none of its portals'",
    "L006": "a deny of some places names only tools that have no such place",
    "L007": "a deny excepts everyone it is about",
    "L008": "an allow matches only tools that work at no portal",
    "L010": "denies stop all that an allow allows",
    "L011": "a deny stops all that some allow allows",
    "L012": "another allow already allows all of it",
    "L013": "another policy says the same",
    "L020": "nobody can call anything",
    "L021": "a deny lets through what it stopped",
    "L030": "a name has no row",
    "L032": "a Team Portal is none of its portals'",
    "L033": "a place is given that its tools do not have",
    "L034": "somebody is excepted whom it is not about",
    "L040": "a caller escapes a deny by asking for less",
    "L041": "the same file may have another address",
    "L050": "a test of the policies would fail",
}
"""The number of each finding, and in short what it says; numbers are never used again."""
SHOWN: Final = 3


class Severity(StrEnum):
    """How much a finding weighs. Hints are told; the others are asked about before a save."""

    INFO = "info"
    WARNING = "warning"
    CONFIRM = "confirm"

    @property
    def weight(self) -> int:
        """To compare by: more is worse."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One oddity; `field` is a column of the policy or None. `policy` is empty when it is about all of them."""

    code: str
    severity: Severity
    policy: str
    field: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


def listed(names: Iterable[str], word: str = "and") -> str:
    """Such as `a, b and 7 more`, in order."""
    return wording.listed(sorted(names), word, SHOWN)
