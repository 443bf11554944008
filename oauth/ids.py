"""Identifiers of requests and decisions: random, short enough to read out, searchable in the admin."""

from __future__ import annotations

import base64
import os


def _random() -> str:
    return base64.b32encode(os.urandom(10)).decode("ascii")


def decision_id() -> str:
    """`D-` and 80 random bits in base32."""
    return f"D-{_random()}"


def request_id() -> str:
    """`R-` and 80 random bits in base32."""
    return f"R-{_random()}"
