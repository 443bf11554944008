"""Walks the addresses of the control plane: each, with whatever it takes filled in, by each method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import URLResolver, get_resolver

if TYPE_CHECKING:
    from django.test import Client

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
FORM = "application/x-www-form-urlencoded"
ANSWERS = "post=yes&confirmed=yes"
QUESTION = '{"scopes": "ctera:read", "tool": "list_dir"}'
TAKES = re.compile(r"<[^>]+>|\(\[\^/\]\+\)|\(\?P<(\w+)>[^)]*\)")


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every route of the URLconf as it is written there."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, text)
        else:
            yield text


def address(route: str, rows: dict[str, int]) -> str:
    """The route with a row that exists wherever it takes one; `rows` are primary keys by model name."""
    model = next((name for name in rows if f"/{name}/" in route), "policy")

    def filled(found: re.Match[str]) -> str:
        named = {"app_label": "oauth", "url": "no/such/page"}
        return named.get(found[1] or "", str(rows[model]))

    return "/" + TAKES.sub(filled, route).replace("^", "").replace("$", "")


class Walker:
    """One account, or nobody, that sends requests which leave nothing behind."""

    def __init__(self, client: Client) -> None:
        self._client = client  # one for all: a new one would read the middleware in again
        self._cookies = client.cookies.output(header="", sep=";")

    def passes(self, method: str, path: str) -> bool:
        """Whether the door opened: neither refused, nor sent to sign in, nor told that there is no such thing.

        A body that cannot be read (400, 422) was looked at, so that counts as open.
        """
        self._client.cookies = SimpleCookie(self._cookies)
        body, kind = (QUESTION, "application/json") if path.startswith("/api/") else (ANSWERS, FORM)
        with transaction.atomic():
            answer = self._client.generic(method, path, body, kind)
            transaction.set_rollback(True)
        assert answer.status_code in {503, *range(500)}, f"{method} {path} answered {answer.status_code}"
        is_sign_in = answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
        return not is_sign_in and (answer.status_code < 400 or answer.status_code in {400, 422, 503})
