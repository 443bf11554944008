"""Uses one-use links as a command line or a browser does."""

from __future__ import annotations

from typing import Any

import httpx2

BROWSER = {"accept": "text/html,application/xhtml+xml"}


def ask(method: str, url: str, **more: Any) -> httpx2.Response:
    """One request, on a connection of its own."""
    return httpx2.request(method, url, trust_env=False, timeout=30, **more)


def fetch(url: str) -> httpx2.Response:
    """Download by the link."""
    return ask("POST", url)


def send(url: str, content: bytes) -> httpx2.Response:
    """Upload by the link."""
    return ask("PUT", url, content=content)
