"""What a browser may do with each answer: nothing at all, except on the admin's pages and those of the API's docs."""

from __future__ import annotations

from typing import Final

SHUT: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For whatever is no page of ours: JSON, redirects, files, errors."""
THEME_STYLE: Final = "'sha256-CftXQ/6rIQ3AMOrJUsQzoK+KGLgk4scJJlfXyvE/1mQ='"
"""The one style element of the admin's layout, its colours; a test tells when unfold writes another."""
PAGE: Final = (
    "default-src 'none'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ADMIN: Final = (
    f"{PAGE}; script-src 'self' 'unsafe-eval'; style-src 'self' {THEME_STYLE}; style-src-attr 'unsafe-inline'"
)
"""Alpine evaluates the expressions in unfold's own attributes, and sets styles by attribute; no inline script runs."""
DOCS: Final = f"{PAGE}; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'"
PERMISSIONS: Final = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"
)
HSTS: Final = "max-age=31536000; includeSubDomains; preload"


def content_policy(path: str, content_type: str) -> str:
    """The Content-Security-Policy of an answer, by its address and by what it is."""
    if content_type.partition(";")[0].strip() != "text/html":
        return SHUT
    if path.startswith("/admin/"):
        return ADMIN
    return DOCS if path == "/api/docs" else SHUT


def everywhere(*, is_https: bool) -> dict[bytes, bytes]:
    """Headers of answers that no page can be made of, whichever part of the process wrote them."""
    found = {
        b"content-security-policy": SHUT.encode("ascii"),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"permissions-policy": PERMISSIONS.encode("ascii"),
    }
    return {**found, b"strict-transport-security": HSTS.encode("ascii")} if is_https else found
