"""Texts that are no path here: the fault is told, nothing is decided."""

from __future__ import annotations

WALKS = {
    ".": "'.'", "..": "'..'", "/.": "'.'", "/..": "'..'", "/./HR": "'.'", "/HR/.": "'.'", "/HR/..": "'..'",
    "/../HR": "'..'", "/Docs/../HR": "'..'", "/Docs/../HR/pay.txt": "'..'", "Docs/../HR": "'..'",
    "/Docs/../../HR": "'..'", "/Docs/./../HR": "'.'", "/HR/../HR/pay.txt": "'..'", "/Docs/..": "'..'",
    "/Docs/../": "'..'", "./HR": "'.'", "../HR": "'..'", "/Docs/.../../HR": "only", "/a/b/c/../../../HR": "'..'",
}  # fmt: skip
"""Dots that walk: an absolute path never needs them, and who resolves them first decides what is meant."""

BLANKS = {
    "//": "empty", "///": "empty", "//HR": "empty", "/HR//pay.txt": "empty", "/HR///pay.txt": "empty",
    "HR//": "empty", "/HR/pay.txt//": "empty", "//HR//": "empty", "/Docs//../HR": "empty",
    "/ /HR": "only", "/ ": "only", "/   /x": "only", "/HR/ ": "only", "/\u00a0/HR": "only", "/\u3000/HR": "only",
    "/\u2003/HR": "only", "/HR/ /pay.txt": "only",
}  # fmt: skip
"""Names without anything in them: some portals drop them, and the path becomes another one."""

DOT_NAMES = {
    "/...": "only", "/.../HR": "only", "/HR/...": "only", "/....": "only", "/HR/..../pay.txt": "only",
    "/. /HR": "only", "/.. /HR": "only", "/Docs/.. /HR": "only", "/Docs/ ../HR": "only", "/Docs/. ./HR": "only",
    "/Docs/ . . /HR": "only", "/Docs/.. ./HR": "only", "/Docs/\u2024\u2024/HR": "only", "/Docs/\u2025/HR": "only",
    "/Docs/\u2026/HR": "only", "/Docs/\uff0e\uff0e/HR": "only", "/Docs/\uff0e/HR": "only", "/Docs/.\uff0e/HR": "only",
    "/Docs/\ufe52\ufe52/HR": "only", "/Docs/..\u00a0/HR": "only", "/Docs/..\ufe0f/HR": "only",
    "/Docs/.\u034f./HR": "only", "/Docs/..\uff0f/HR": "only", "/Docs/..\u2044..\u2044HR": "only",
    "/\uff0f": "only", "/\u2215\u2215/HR": "only", "/Docs/..\uff3c/HR": "only", "/Docs/x\uff0f..\uff0fHR": "only",
}  # fmt: skip
"""Names of dots and spaces alone: Windows drops them, so `/.../HR` is `/HR` there; look-alikes may become dots."""

BACKSLASHES = {
    "\\": "backslash", "\\HR": "backslash", "/HR\\pay.txt": "backslash", "HR\\": "backslash",
    "/Docs\\..\\HR": "backslash", "\\\\server\\HR": "backslash", "/Docs/\\HR": "backslash", "/Docs/..\\HR": "backslash",
    "C:\\HR": "backslash", "/H\\R": "backslash",
}  # fmt: skip
"""A backslash is a separator on some portals and a letter on others: no name may depend on which."""

CONTROLS = {
    f"/HR{character}": f"U+{ord(character):04X}"
    for character in "\x00\x01\x07\x08\t\n\x0b\x0c\r\x1b\x1f\x7f\x80\x85\x9f"
} | {
    "/\x00HR": "U+0000", "/HR/\x00/pay.txt": "U+0000", "/HR\x00.txt": "U+0000", "\x00": "U+0000",
    "/Docs/x\x00/../HR": "U+0000", "/HR\r\nX-Header: 1": "U+000D", "\n/HR": "U+000A", "/HR/pay.txt\n": "U+000A",
}  # fmt: skip
"""Controls end, hide or split names in logs, headers and C strings."""

INVISIBLES = {
    f"/H{character}R": f"U+{ord(character):04X}"
    for character in (
        "\u00ad\u0600\u061c\u070f\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
        "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206f\ufeff\ufff9\ufffb"
        "\U000e0001\U000e0041\U000e007f"
    )
} | {"/\u202eRH": "U+202E", "\ufeff/HR": "U+FEFF", "/HR\u200b/pay.txt": "U+200B", "/\ud800HR": "U+D800"}
"""Format characters, bidi controls, separators of lines, tags, half characters: a name shows other than it is."""

TOO_LONG = {
    "/" + "a" * 256: "255", "/HR/" + "b" * 300: "255", "/" + "é" * 128: "255", "/" + "\U0001f600" * 64: "255",
    "/a" * 2049: "4096", "/" + "/".join(["abcdefgh"] * 456): "4096", "/HR/" + "x" * 5000: "4096",
    "/" + "\u0958" * 50: "255",
}  # fmt: skip
"""Lengths in bytes after normalization (U+0958 grows by it), so that nothing is cut off later."""

REFUSED = WALKS | BLANKS | DOT_NAMES | BACKSLASHES | CONTROLS | INVISIBLES | TOO_LONG
