"""Ids in lists, with a button that copies them; the script is a file of its own, so that a page needs none inside."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def copyable(text: str, noun: str) -> SafeString | str:
    """The text and its button, such as *Copy decision D-…*; nothing where there is no text."""
    if not text:
        return "-"
    return format_html(
        '<span class="governor-copy"><code>{text}</code>'
        '<button type="button" data-copy="{text}" aria-label="Copy {noun} {text}">Copy</button></span>',
        text=text,
        noun=noun,
    )
