"""What the door of one-use links answers: heads that keep a link from leaking, small pages for people, plain errors."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.template.loader import render_to_string

from oauth.links import LinkKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oauth.links import FileLink
    from oauth.middleware import Scope, Send

Headers = list[tuple[bytes, bytes]]
PLAIN: Final[Headers] = [
    (b"cache-control", b"no-store, no-transform"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
CLOSED: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")


@dataclass(frozen=True, slots=True)
class Trouble(Exception):  # noqa: N818 - an answer, not always a fault
    """Why nothing is moved: HTTP status, code and words for people; `decision` finds the event."""

    status: int
    code: str
    message: str
    decision: str = ""


def wants_page(scope: Scope) -> bool:
    """Whether a browser asks, for somebody who looks at it."""
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


async def answer_trouble(scope: Scope, send: Send, trouble: Trouble) -> None:
    """A page for browsers, JSON for programs."""
    if wants_page(scope):
        await _page(send, trouble.status, "files/trouble.html", {"trouble": trouble})
        return
    told = {"error": trouble.code, "message": trouble.message}
    if trouble.decision:
        told["decision"] = trouble.decision
    await answer_json(send, trouble.status, told)


async def answer_json(send: Send, status: int, told: Mapping[str, object], more: Headers | None = None) -> None:
    """One whole answer."""
    body = json.dumps(told).encode()
    headers = [*PLAIN, CLOSED, (b"content-type", b"application/json"), *(more or [])]
    await _send(send, status, headers, body)


async def answer_page(send: Send, link: FileLink, most: int) -> None:
    """The page on which a person moves the file; looking at it uses nothing up."""
    upload = link.kind is LinkKind.UPLOAD
    await _page(send, 200, "files/upload.html" if upload else "files/download.html", {"link": link, "most": most})


async def _page(send: Send, status: int, template: str, context: dict[str, object]) -> None:
    nonce = secrets.token_urlsafe(16)
    body = render_to_string(template, {**context, "nonce": nonce}).encode()
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = [*PLAIN, (b"content-security-policy", policy.encode()), (b"content-type", b"text/html; charset=utf-8")]
    await _send(send, status, headers, body)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def file_headers(link: FileLink) -> Headers:
    """The head of a download: to be saved under its name, never shown in place."""
    name = link.name
    fallback = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    disposition = f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
    return [
        *PLAIN,
        CLOSED,
        (b"content-type", b"application/octet-stream"),
        (b"content-length", str(link.size or 0).encode()),
        (b"content-disposition", disposition.encode("ascii")),
    ]
