"""`make checklist`: writes `docs/conformance.md` from the markers of the tests.

The results of external judges are kept in `docs/conformance-judges.md`; this page takes them in where they exist.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.house.shown import ON_THE_WIRE, ROOT, Shown, shown

PAGE: Final[Path] = ROOT / "docs" / "conformance.md"
JUDGES: Final[Path] = ROOT / "docs" / "conformance-judges.md"

CHECKLIST: Final[dict[int, str]] = {
    1: "The metadata of a protected resource, naming at least one authorization server",
    2: "The document lies at the address that the resource's own address gives",
    3: "One identifier: a slash at the end makes no second one, and no redirect leads to it",
    4: "`resource` is the configured address, and the one that was called",
    5: "A document at the root for older clients, about the same resource",
    6: "200, JSON, GET and HEAD, lists as arrays, nothing empty",
    7: "`resource` is https (http on loopback only), without query and fragment",
    8: "`offline_access` and wildcards are never offered",
    9: "Tokens are taken from the header alone, and the document says so",
    10: "Public and readable by web pages; the challenge is readable too",
    11: "No authorization server metadata on this host",
    12: "The authorization server is named by its issuer, byte for byte",
    13: "401 with a challenge that leads to the metadata",
    14: "The challenge names scopes",
    15: "No error where nothing was presented",
    16: "`invalid_token` for what does not verify",
    17: "403 `insufficient_scope` with all scopes that the operation needs",
    18: "400 `invalid_request` for two tokens or two methods",
    19: "Nothing but the allowed characters in a challenge; nothing of a request in it",
    20: "One challenge per header, values quoted",
    21: "One answer for all faults of a token",
    22: "`Bearer` in any case, one space, b64token",
    23: "Never from query, form, cookie or session; every request is authenticated",
    24: "Signature by the environment's keys, algorithm by our choice",
    25: "The exact issuer",
    26: "Our identifier in the audience",
    27: "Not after its end, not before its time, a small leeway",
    28: "The types of access tokens and no others",
    29: "Id tokens and other tokens of the same keys are refused",
    30: "Keys and addresses in a header are ignored; `kid` is a name in the key set",
    31: "Unknown critical headers are refused",
    32: "A name twice is refused",
    33: "One JSON object in UTF-8",
    34: "The token is never sent on",
    35: "No token in logs, database or answers; TLS",
    36: "What a token opened is kept by no cache",
    37: "A foreign `Origin` is 403",
    38: "What the server hands out is bound to issuer and subject",
    39: "Duties of the authorization server: the development server does them",
}

ATTACKS: Final[dict[int, str]] = {
    1: "No Authorization header",
    2: "Another scheme",
    3: "A scheme without a token; more or other than one space",
    4: "The scheme in other letters, with a good token",
    5: "Two tokens",
    6: "A token in the query, alone and beside one in the header",
    7: "A token in a form or a cookie",
    8: "Unsigned (CVE-2015-9235, CVE-2022-23540)",
    9: "The public key as secret (CVE-2016-10555, CVE-2022-29217, CVE-2024-33663, CVE-2024-37568, CVE-2026-48526)",
    10: "Another algorithm with the right key; a key for another algorithm",
    11: "A key in the header (CVE-2018-0114, CVE-2026-27962)",
    12: "The address of a key in the header",
    13: "Odd key ids",
    14: "Critical headers (CVE-2025-59420, CVE-2026-32597, CVE-2026-48525)",
    15: "Changed bytes, foreign signatures",
    16: "Another issuer (CVE-2024-53861)",
    17: "Both forms of the issuer",
    18: "Another audience (CVE-2020-26160, CVE-2025-69196)",
    19: "The audience as text, or among others",
    20: "Other tokens of the same keys",
    21: "An id token for our audience",
    22: "Other types of tokens",
    23: "Ends that are past, missing, odd or too far; nobody as subject",
    24: "A little skew",
    25: "Tokens of the future",
    26: "A name twice",
    27: "Payloads that are no JSON object in UTF-8; text that cannot be stored",
    28: "Deep nesting",
    29: "Tokens without measure (CVE-2025-61920, CVE-2025-30204)",
    30: "Encrypted, nested and packed tokens (CVE-2026-29000, CVE-2025-62706)",
    31: "Bytes that no token has",
    32: "Base64 in other forms",
    33: "Scopes in every shape",
    34: "A token without the scope that a call needs",
    35: "Keys that rotate or are withdrawn",
    36: "A thousand unknown key ids at once",
    37: "Keys that cannot be had, never had before",
    38: "Keys that cannot be had any more",
    39: "Junk beside a good key",
    40: "Suspended, though the token is valid",
    41: "A token for another server of the environment",
    42: "A session id in place of a token",
    43: "A foreign origin with a good token",
    44: "A preflight",
    45: "Text that would break out of the challenge",
    46: "A forged host",
    47: "Other methods without a token",
}

HEAD = """# Conformance

Written by `make checklist` from the markers of the tests; a test fails when this page is out of date, and when an
item or a row has no test.
"""
CHECKLIST_HEAD = """
## What a resource server must do

| | obligation | shown |
|---|---|---|
"""
ATTACKS_HEAD = """
## What is tried against it

Each row is tried over HTTP against the running server. A token that is refused leaves no event, causes no request to
the portal and no fetch of keys beyond the cooldown, is reflected nowhere, and is in no line of the log.

| | attack | shown over HTTP by |
|---|---|---|
"""


def sentence(test: str) -> str:
    """A test's name as words."""
    return test.removeprefix("test_").replace("_", " ")


def proofs(found: list[Shown], *, with_text: bool) -> str:
    """The cell that names tests; each once."""
    cells = []
    for marker in found:
        link = f"[{sentence(marker.test)}](../{marker.path.relative_to(ROOT)})"
        cells.append(f"{marker.text} ({link})" if with_text else link)
    return "<br>".join(dict.fromkeys(cells)) or "**not shown**"


def page() -> str:
    """The page as it should be."""
    requirements, attacks = shown("requirement"), shown("attack", ON_THE_WIRE)
    parts = [HEAD, CHECKLIST_HEAD]
    for item, text in CHECKLIST.items():
        parts.append(f"| {item} | {text} | {proofs(requirements.get(item, []), with_text=True)} |\n")
    parts.append(ATTACKS_HEAD)
    for row, text in ATTACKS.items():
        parts.append(f"| {row} | {text} | {proofs(attacks.get(row, []), with_text=False)} |\n")
    if JUDGES.is_file():
        parts += ["\n", re.sub(r"^#", "##", JUDGES.read_text(), flags=re.MULTILINE)]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"Written: {PAGE.relative_to(ROOT)}")
