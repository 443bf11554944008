"""Identifiers of requests and decisions: random, short enough to read out, searchable in the admin."""

from __future__ import annotations

import base64
import os


def request_id() -> str:
    """`R-` and 80 random bits in base32."""
    return "R-" + base64.b32encode(os.urandom(10)).decode("ascii")


def decision_id(request: str) -> str:
    """`D-` and the same bits: a request carries one call and so one decision; either id finds the event."""
    return "D-" + request[2:]
