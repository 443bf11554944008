"""System checks of the environment: every missing or malformed variable, by name, with what is expected."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register
from limits.errors import ConfigurationError

from ctera_mcp_site import conf
from oauth.call_limits import counts_at


@register("environment")
def check_environment(**_: Any) -> list[CheckMessage]:
    """`site.E` and a number of `settings.py`: variables that stop the start; `site.W001`: names that nothing reads."""
    errors: list[CheckMessage] = [
        Error(
            f"{problem.variable} cannot be used: found {problem.found}.",
            hint=f"Expected {problem.expected}. See .env.example.",
            id=problem.id,
        )
        for problem in conf.environment_problems()
    ]
    warnings = [
        checks.Warning(
            f"{name} in .env is not a variable of this server.",
            hint="Correct the name or remove the line.",
            id="site.W001",
        )
        for name in conf.unknown_variables()
    ]
    return errors + warnings


@register("environment")
def check_rate_limit_storage(**_: Any) -> list[CheckMessage]:
    """`site.E040`: calls are to be counted in Redis, and its client is not installed or too old."""
    try:
        counts_at(conf.configuration().rate_limit_storage)
    except (ImportError, ConfigurationError):
        return [
            Error(
                "RATE_LIMIT_STORAGE names Redis, but the Python package redis cannot be used.",
                hint="Run pip install -r requirements-redis.txt, or set RATE_LIMIT_STORAGE=memory://.",
                id="site.E040",
            )
        ]
    return []


@register("environment")
def check_metrics_directory(**_: Any) -> list[CheckMessage]:
    """`site.E041`: the directory in which workers share their numbers cannot be made or written."""
    named = conf.metrics().directory
    if not named:
        return []
    try:
        Path(named).mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=named):
            return []
    except OSError as fault:
        return [
            Error(
                f"METRICS_DIR cannot be used ({type(fault).__name__}).",
                hint="Name a directory that the server's account may write, or leave it out.",
                id="site.E041",
            )
        ]


@register("environment")
def check_trusted_proxies(**_: Any) -> list[CheckMessage]:
    """`site.W002`: the admin would send every browser from https to https, for ever."""
    if not conf.is_never_secure():
        return []
    return [
        checks.Warning(
            "PUBLIC_URL is https, and TRUSTED_PROXIES names no proxy that could serve it.",
            hint="Set TRUSTED_PROXIES to the address of the proxy that ends TLS; without it every request counts as "
            "plain http, and the admin only redirects.",
            id="site.W002",
        )
    ]
