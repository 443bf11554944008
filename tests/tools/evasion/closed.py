"""Paths that a portal could take for `/HR` or something in it: each has a canonical form, and the deny closes it."""

from __future__ import annotations

AS_WRITTEN = {
    "/HR": "/HR", "HR": "/HR", "/HR/": "/HR", "HR/": "/HR", "/HR/pay.txt": "/HR/pay.txt", "HR/pay.txt": "/HR/pay.txt",
    "/HR/2024/1.10": "/HR/2024/1.10", "/HR/007": "/HR/007", "/HR/%2e%2e": "/HR/%2e%2e", "/HR/..x": "/HR/..x",
    "/HR/x/": "/HR/x", "/HR/*": "/HR/*", "/HR/con": "/HR/con", "/HR/a:b": "/HR/a:b", "/HR/.hidden": "/HR/.hidden",
}  # fmt: skip

CASE = {
    "/hr": "/hr", "/Hr": "/Hr", "/hR": "/hR", "/hr/pay.txt": "/hr/pay.txt", "hr/PAY.TXT": "/hr/PAY.TXT",
}  # fmt: skip
"""Windows, macOS and most portals' databases compare without case."""

ENDS = {
    "/HR.": "/HR.", "/HR..": "/HR..", "/HR...": "/HR...", "/HR ": "/HR ", "/HR  ": "/HR  ", "/HR. ": "/HR. ",
    "/HR .": "/HR .", "/HR. . .": "/HR. . .", "/hr./pay.txt": "/hr./pay.txt", "/HR /pay.txt": "/HR /pay.txt",
    "/HR\u00a0": "/HR\u00a0", "/HR\u3000/x": "/HR\u3000/x", "/HR\uff0e": "/HR\uff0e", "/HR\u2026": "/HR\u2026",
    "/HR\uf028": "/HR\uf028", "/HR\uf029/x": "/HR\uf029/x", "/HR./": "/HR.",
}  # fmt: skip
"""Windows drops dots and spaces at the end of a name; Apple's file services write them as private characters."""

WIDE = {
    "/\uff28\uff32": "/\uff28\uff32", "/\uff48\uff52/pay.txt": "/\uff48\uff52/pay.txt", "/H\uff32": "/H\uff32",
    "/\u210b\u211b": "/\u210b\u211b", "/\u210d\u211d": "/\u210d\u211d",
    "/\U0001d407\U0001d411": "/\U0001d407\U0001d411",
    "/\U0001d4f1\U0001d4fb/x": "/\U0001d4f1\U0001d4fb/x", "/\u24bd\u24c7": "/\u24bd\u24c7",
    "/\u02b0\u02b3": "/\u02b0\u02b3",
    "/\U0001f137\U0001f141": "/\U0001f137\U0001f141", "/\u210e\uff32./x": "/\u210e\uff32./x",
}  # fmt: skip
"""Compatibility forms: full width, mathematical, circled. Narrower character sets have H and R for them."""

UNSEEN = {
    f"/H{character}R": f"/H{character}R"
    for character in "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180d\u180f\u2065\u3164\uffa0\ufe00\ufe0f\ufff0\U000e0100"
}
"""Characters that are no controls (emoji need some), that nobody sees, and that some file systems ignore."""

SLASHES = {
    f"/HR{character}pay.txt": f"/HR{character}pay.txt"
    for character in "\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c"
} | {
    "/HR\uff0f": "/HR\uff0f", "\uff0fHR": "/\uff0fHR", "\uff0fHR\uff0fpay.txt": "/\uff0fHR\uff0fpay.txt",
    "/\uff28\uff32\uff0fx": "/\uff28\uff32\uff0fx", "/hr.\u2215x": "/hr.\u2215x",
}  # fmt: skip
"""Look-alikes of a separator are letters (Japanese names hold them), but a deny also reads them as separators."""

VERSIONS = {
    "/HR/.versions/20240101T000000/pay.txt": "/HR/.versions/20240101T000000/pay.txt",
    "/.versions/20240101T000000/HR/pay.txt": "/.versions/20240101T000000/HR/pay.txt",
    "/.versions/20240101T000000/HR": "/.versions/20240101T000000/HR",
    "/.VERSIONS/x/hr": "/.VERSIONS/x/hr",
    "/.snapshots/daily.0/HR/x": "/.snapshots/daily.0/HR/x",
    "/.snapshot/daily.0/HR": "/.snapshot/daily.0/HR",
    "/~snapshot/daily.0/HR/pay.txt": "/~snapshot/daily.0/HR/pay.txt",
    "/.previousVersions/1/HR/pay.txt": "/.previousVersions/1/HR/pay.txt",
    "/@GMT-2024.01.01-00.00.00/HR/pay.txt": "/@GMT-2024.01.01-00.00.00/HR/pay.txt",
    "/HR/@GMT-2024.01.01-00.00.00/pay.txt": "/HR/@GMT-2024.01.01-00.00.00/pay.txt",
    "/@gmt-2024.01.01-00.00.00/hr.": "/@gmt-2024.01.01-00.00.00/hr.",
    "/.versions/HR/x": "/.versions/HR/x",
    "/.versions./x/HR": "/.versions./x/HR",
    "/.\uff56ersions/x/\uff28R": "/.\uff56ersions/x/\uff28R",
    "/.versions/a/.snapshots/b/HR": "/.versions/a/.snapshots/b/HR",
}
"""An earlier state of a closed place is closed too, under whatever root its address begins."""

CLOSED = AS_WRITTEN | CASE | ENDS | WIDE | UNSEEN | SLASHES | VERSIONS

OTHER_CLOSED = [
    # closed glob, path as asked, why
    ("/Caf\u00e9/**", "/Cafe\u0301/x", "composed and decomposed"),
    ("/Cafe\u0301/**", "/Caf\u00e9/x", "decomposed in the policy"),
    ("/Caf\u00e9/**", "/CAFE\u0301", "decomposed and upper case"),
    ("/\u1e69/**", "/s\u0307\u0323", "marks in the other order"),
    ("/\u1e69/**", "/\u1e63\u0307", "composed in another way"),
    ("/\uac00/**", "/\u1100\u1161/x", "a Korean syllable in its letters"),
    ("/Stra\u00dfe/**", "/STRASSE/x", "the upper case of \u00df"),
    ("/STRASSE/**", "/stra\u00dfe", "the lower case that \u00df may have"),
    ("/Stra\u1e9ee/**", "/strasse", "the capital \u00df"),
    ("/sales/**", "/\u017fale\u017f/x", "the long s"),
    ("/king/**", "/\u212aing", "the Kelvin sign"),
    ("/\u00e5ngstr\u00f6m/**", "/\u212bngstr\u00f6m", "the Angstrom sign"),
    ("/\u03a9/**", "/\u2126", "the Ohm sign"),
    ("/\u03c3\u03c3/**", "/\u03a3\u03c2", "the sigma at the end of a word"),
    ("/\u00b5/**", "/\u03bc", "the micro sign"),
    ("/idea/**", "/\u0130dea", "the dotted capital I"),
    ("/idea/**", "/i\u0307dea", "its decomposed lower case"),
    ("/\u0130dea/**", "/idea", "the dotted capital I in the policy"),
    ("/idea/**", "/\u0131dea", "the dotless i"),
    ("/office/**", "/o\ufb03ce/x", "a ligature of three letters"),
    ("/file/**", "/\ufb01le", "a ligature"),
    ("/dz/**", "/\u01f2", "a letter in title case"),
    ("/no/**", "/\u2116", "one sign of two letters"),
    ("/2024/**", "/\u0032\uff1024", "a digit of full width"),
    ("/x2/**", "/x\u00b2", "a raised digit"),
    ("/HR /**", "/HR/x", "the space in the policy"),
    ("/HR./**", "/hr/x", "the dot in the policy"),
    ("/\uff28\uff32/**", "/HR/x", "full width in the policy"),
    ("/H*/**", "/\uff28x./y", "a star over what is levelled"),
    ("/*/HR/**", "/x/hr. /y", "a star above"),
    ("/HR*", "/HRX.", "a star at the end"),
    ("/plan.*", "/plan.", "a dot that a star may follow"),
    ("/*.", "/plan.", "a dot at the end of a star"),
    ("/*.exe", "/run.EXE. ", "an ending with more after it"),
    ("/a b/**", "/a\u00a0b", "a space that does not break"),
    ("/My Files/HR/**", "/My Files/.versions/20240101/HR/x", "a version in a cloud folder"),
    ("/Users/*/My Files/HR/**", "/Users/Ann/My Files/.versions/1/HR", "a version in an owner's folder"),
    ("/HR/.versions/**", "/HR/.versions/1/x", "versions alone"),
]
