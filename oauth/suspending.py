"""Every write to suspensions by people and commands, and what they are told about it."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from oauth.models import Suspension
from oauth.selectors import suspensions_in_force
from tools.catalogue import CATALOGUE
from tools.governed import governed_write
from tools.models import PortalProfile
from tools.services import sign
from tools.spec import PREFIX

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

SPAN: Final = re.compile(r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
UNTIL_EXAMPLES: Final = "Write a span such as 30m, 2h or 1d, or a time such as 2027-01-31T18:00Z."
Level = Suspension.Level


def suspend(row: Suspension, *, author: str, user: AbstractBaseUser | None = None) -> Suspension:
    """Validate and save a new suspension, in force at once; raises `ValidationError` by field."""
    with governed_write():
        row.author = author
        sign(row, user, "" if user is not None else author)
        row.save()
    return row


def amend(row: Suspension, *, user: AbstractBaseUser | None = None) -> Suspension:
    """Save another reason or end of a suspension; raises `ValidationError` by field."""
    with governed_write():
        sign(row, user, "")
        row.save()
    return row


def resume(
    rows: Iterable[Suspension], *, author: str, user: AbstractBaseUser | None = None, reason: str = ""
) -> list[Suspension]:
    """End suspensions as one change; those that have ended already are left alone. Answers those that it ended."""
    wanted = [row.pk for row in rows]
    with governed_write():
        ended = list(suspensions_in_force().filter(pk__in=wanted))
        for row in ended:
            row.ended_at, row.ended_by = timezone.now(), author
            sign(row, user, reason or ("" if user is not None else author))
            row.save()
    return ended


def command_author(command: str) -> str:
    """Who a command's changes are signed by: its name, and the account of the machine that ran it if there is one."""
    try:
        return f"{getpass.getuser()} (manage.py {command})"[:200]
    except (ImportError, KeyError, OSError):
        return f"manage.py {command}"


def until_of(text: str) -> datetime:
    """The end that `30m`, `1d12h` or an ISO time means; without an offset it is UTC. Raises `ValidationError`."""
    now = timezone.now()
    try:
        if text and (span := SPAN.fullmatch(text.strip().lower())):
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
            return now + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        moment = datetime.fromisoformat(text.strip())
        if not re.search(r"\d[T ]\d", text):
            raise ValidationError({"until": f"{text}: add the time of day. {UNTIL_EXAMPLES}"})
        return moment.replace(tzinfo=moment.tzinfo or UTC)
    except (ValueError, OverflowError):
        raise ValidationError({"until": f"{text}: is no end. {UNTIL_EXAMPLES}"}) from None


def spellings(level: str, value: str) -> list[str]:
    """The values that somebody who wrote `value` can mean: a tool's name may stand without its prefix."""
    return [value, PREFIX + value] if level == Level.TOOL else [value]


def notes(row: Suspension) -> list[str]:
    """What the author of a suspension should know: names that nothing has, and others that stop the same."""
    found = []
    if row.level == Level.PORTAL:
        found += _unknown("portal", row.value, list(PortalProfile.objects.values_list("name", flat=True)))
    if row.level == Level.TOOL:
        found += _unknown("tool", row.value, list(CATALOGUE))
    if "*" in row.value:
        found.append("The value is compared exactly; * stands for nothing but itself.")
    same = suspensions_in_force().filter(level=row.level, value=row.value).exclude(pk=row.pk)
    return found + [f"{row} is also suspended by {other.pk}; resume both to let it go." for other in same]


def _unknown(kind: str, name: str, known: list[str]) -> list[str]:
    if name in known:
        return []
    near = get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return [f"No {kind} is called {name}: this stops nothing until one is.{hint}"]
