"""System checks of the environment: every missing or malformed variable, by name, with what is expected."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register

from ctera_mcp_site import conf


@register("environment")
def check_environment(**_: Any) -> list[CheckMessage]:
    """`site.E001` to `site.E034`: variables that stop the start; `site.W001`: names in `.env` that nothing reads."""
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
