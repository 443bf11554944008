"""Builds `WWW-Authenticate` values (RFC 6750, section 3; RFC 9728, section 5.1); nothing of a request is echoed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NEVER_ASKED: Final = frozenset({"offline_access"})
"""Whether a client wants refresh tokens is its own affair (MCP authorization, refresh tokens)."""


def _challenge(metadata_url: str, error: str = "", description: str = "", scopes: Iterable[str] = ()) -> str:
    parts = {
        "error": error,
        "error_description": description,
        "scope": " ".join(sorted(set(scopes))),
        "resource_metadata": metadata_url,
    }
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)


def no_token(metadata_url: str, scopes: Iterable[str]) -> str:
    """401 without credentials: where to learn more and what to ask for; no error (RFC 6750, section 3.1)."""
    return _challenge(metadata_url, scopes=set(scopes) - NEVER_ASKED)


def invalid_token(metadata_url: str, scopes: Iterable[str]) -> str:
    """401 for any token that does not verify: what to ask for in its place; the reason is never told."""
    return _challenge(metadata_url, "invalid_token", "The access token is not valid here", set(scopes) - NEVER_ASKED)


def invalid_request(metadata_url: str) -> str:
    """400 for two tokens or two methods."""
    return _challenge(metadata_url, "invalid_request", "Send exactly one access token in one Authorization header")


def insufficient_scope(metadata_url: str, scopes: Iterable[str]) -> str:
    """403 with all scopes that the call needs (MCP authorization, scope challenge)."""
    return _challenge(metadata_url, "insufficient_scope", "This call needs further scopes", scopes)
