"""Random JSON values and random bytes, made to be unlike what anybody expects."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any, Final

ODD_TEXTS: Final = (
    "", " ", "\x00", "\n", "\ud800", "\udfff\ud800", "null", "true", "0", "res_1001", "usr_alice", "*", "../..", "'",
    '"', "\\", "é", "ключ", "🔑", "\u202e", "\u2028", "\x1b[0m", "\x9b", "__proto__", "__class__", "%s",
    "{0}", "a" * 300,
)  # fmt: skip
ODD_NUMBERS: Final = (
    0, 1, -1, 2**31, 2**53, 2**63, 2**64, 10**23, -(10**23), 1.5, -0.0, 1e308, 5e-324, math.inf, -math.inf, math.nan,
)  # fmt: skip


def text(rng: Random) -> str:
    """A text."""
    if rng.random() < 0.5:
        return rng.choice(ODD_TEXTS)
    return "".join(
        chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x11000))))
        for _ in range(rng.randrange(12))
    )


def value(rng: Random, depth: int = 0) -> Any:
    """A JSON value of any type and size."""
    kind = rng.randrange(8 if depth < 3 else 6)
    if kind == 0:
        return rng.choice((None, True, False))
    if kind == 1:
        return rng.choice(ODD_NUMBERS)
    if kind == 2:
        return rng.randrange(-(10**10), 10**10)
    if kind in {3, 4}:
        return text(rng)
    if kind == 5:
        return text(rng) * rng.choice((1, 1, 1, 20, 400))
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.choice((0, 1, 2, 5, 60)))]
    return {text(rng): value(rng, depth + 1) for _ in range(rng.choice((0, 1, 2, 5)))}


def nested(rng: Random) -> bytes:
    """JSON nested deeply, sometimes without end."""
    depth = rng.choice((5, 90, 150, 1_100, 5_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return opening * depth + b"1" + closing * (depth if rng.random() < 0.8 else 0)


def written(rng: Random, members: dict[str, Any]) -> bytes:
    """An object as JSON: mostly well, sometimes with a name twice, in another encoding, cut, or with bytes changed."""
    way = rng.random()
    try:
        plain = json.dumps(members, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    except ValueError:
        return b"{}"
    if way < 0.85:
        return plain
    if way < 0.89 and members:
        name = rng.choice(list(members))
        return plain[:-1] + b"," + json.dumps({name: value(rng)}).encode("utf-8", "surrogatepass")[1:]
    if way < 0.91:
        return plain.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-be")))
    if way < 0.94:
        return plain[: rng.randrange(len(plain) + 1)]
    if way < 0.97:
        return changed(rng, plain)
    return nested(rng)


def changed(rng: Random, data: bytes) -> bytes:
    """The bytes with a few of them changed, gone or doubled."""
    found = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if found:
            place = rng.randrange(len(found))
            found[place : place + rng.randrange(2)] = bytes(rng.randrange(256) for _ in range(rng.randrange(3)))
    return bytes(found)


def noise(rng: Random, most: int = 60) -> bytes:
    """Bytes of any value."""
    return bytes(rng.randrange(256) for _ in range(rng.randrange(most)))
