"""Runs `manage.py` where the simulated portal's own names lead to this machine, as a company's DNS would lead there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.resolver import ThreadedResolver

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "portal.test"
_resolve = ThreadedResolver.resolve


async def resolve(self: ThreadedResolver, host: str, port: int = 0, **more: Any) -> list[Any]:
    """Answer 127.0.0.1 for the portal and its Team Portals, and ask the system for the rest."""
    is_portal = host == DOMAIN or host.endswith(f".{DOMAIN}")
    return await _resolve(self, "127.0.0.1" if is_portal else host, port, **more)


def lead() -> None:
    """Let the names lead to this machine, in this process."""
    assert aiohttp.DefaultResolver is ThreadedResolver, "another resolver would not know these names"
    setattr(ThreadedResolver, "resolve", resolve)  # noqa: B010 - mypy takes no other signature


def main() -> None:
    """Hand the command line to `manage.py`."""
    sys.path.insert(0, str(ROOT))
    lead()
    import manage

    manage.main()


if __name__ == "__main__":
    main()
elif __name__ == "__mp_main__":  # a worker of `serve`, which loads its parent's main file first
    lead()
