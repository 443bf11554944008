"""A portal that asks for a pause is believed, within an hour; what is no number of seconds is not told on."""

from __future__ import annotations

import pytest

from tools.portal.failures import translated
from tools.portal.hooks import UnnamedStatus, seconds_to_wait


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("86400", 3600),
        ("99999999999999999999", None),
        ("-1", None),
        ("1.5", None),
        ("٧", None),
        ("Wed, 25 Nov 2026 17:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_the_seconds_of_a_header(header: str | None, seconds: int | None) -> None:
    assert seconds_to_wait(header) == seconds


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnnamedStatus(429, 7), "wait 7 seconds, then try again"),
        (UnnamedStatus(503, 30), "wait 30 seconds, then try again"),
        (UnnamedStatus(429), "wait a minute, then try again"),
        (UnnamedStatus(507), "Try again later"),
    ],
)
def test_the_caller_is_told_for_how_long(error: UnnamedStatus, said: str) -> None:
    told = translated(error, "hq").message
    assert f"status {error.code}" in told
    assert said in told
