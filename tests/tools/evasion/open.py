"""Paths that look like `/HR` and are other places: closing them would close what nobody meant to close."""

from __future__ import annotations

OPEN = {
    "/HRX": "/HRX", "/HRX/pay.txt": "/HRX/pay.txt", "/HR2": "/HR2", "/HR-old": "/HR-old", "/HR_": "/HR_",
    "/H R": "/H R", "/H.R": "/H.R", "/.HR": "/.HR", "/ HR": "/ HR", "/HR.txt": "/HR.txt", "/HR .txt": "/HR .txt",
    "/H": "/H", "/R": "/R", "/": "/", "": "/", "/Docs": "/Docs", "/Docs/HR": "/Docs/HR", "/Docs/HR/x": "/Docs/HR/x",
    "/%48%52": "/%48%52", "/%2fHR": "/%2fHR", "/Docs/%2e%2e/HR": "/Docs/%2e%2e/HR",
    "/Docs/%2E%2E/HR": "/Docs/%2E%2E/HR", "/Docs%2f..%2fHR": "/Docs%2f..%2fHR",
    "/Docs/%252e%252e/HR": "/Docs/%252e%252e/HR",
    "/Docs/%c0%ae%c0%ae/HR": "/Docs/%c0%ae%c0%ae/HR", "/%2e/HR": "/%2e/HR", "/Docs/..;/HR": "/Docs/..;/HR",
    "/Docs/..%00/HR": "/Docs/..%00/HR", "/Docs%5c..%5cHR": "/Docs%5c..%5cHR",
    "/Docs/%u002e%u002e/HR": "/Docs/%u002e%u002e/HR",
    "/Docs?path=/HR": "/Docs?path=/HR", "/Docs#/HR": "/Docs#/HR", "/~/HR": "/~/HR", "/~root": "/~root",
    "/$HOME/HR": "/$HOME/HR", "/file:/HR": "/file:/HR", "/C:/HR": "/C:/HR", "/..HR": "/..HR", "/HR..x": "/HR..x",
    "/2024": "/2024", "/007": "/007", "/1.10": "/1.10", "/1e3": "/1e3", "/true": "/true", "/null": "/null", "/-": "/-",
    "/0x10": "/0x10", "/CON": "/CON", "/con.txt": "/con.txt", "/NUL": "/NUL", "/COM1": "/COM1", "/LPT1.HR": "/LPT1.HR",
    "/aux.": "/aux.", "/HR:stream": "/HR:stream", "/HR~1": "/HR~1",
    "/\u041d\u0420": "/\u041d\u0420", "/\u0397R": "/\u0397R", "/H\u0280": "/H\u0280", "/\u4eba\u4e8b": "/\u4eba\u4e8b",
    "/H\u0301R": "/H\u0301R", "/H\u0338R": "/H\u0338R", "/HR\u20e3": "/HR\u20e3", "/2024\uff0f05": "/2024\uff0f05",
    "/\U0001f600": "/\U0001f600", "/\u2764\ufe0f": "/\u2764\ufe0f", "/Caf\u00e9": "/Caf\u00e9",
    "/Cafe\u0301": "/Caf\u00e9",
    "/Docs/.versions/1/x": "/Docs/.versions/1/x", "/.versions": "/.versions",
    "/" + "a" * 255: "/" + "a" * 255, "/" + "\u00e9" * 127: "/" + "\u00e9" * 127,
    "/ServicesPortal/webdav/HR": "/ServicesPortal/webdav/HR", "/webdav/HR": "/webdav/HR", "/HR,Docs": "/HR,Docs",
    "/*": "/*", "/H?": "/H?", "/[H]R": "/[H]R", "/{HR,x}": "/{HR,x}", "/Docs;/HR": "/Docs;/HR", "/a&b=HR": "/a&b=HR",
}  # fmt: skip
"""Percent signs are letters: the portal client encodes every path once, so the portal decodes to what was decided.

Streams (`:`), short names (`~1`), device names and shell signs mean nothing to a portal. Letters of other alphabets
that look like H and R are other letters: no portal takes them for each other. A mark on a letter makes another letter.
"""
