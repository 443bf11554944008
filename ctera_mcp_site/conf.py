"""Typed view of the settings that the server reads; lazy, so that a test may override them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings

if TYPE_CHECKING:
    from ctera_mcp_site.environment import Problem


def environment_problems() -> list[Problem]:
    """Variables that could not be used."""
    return cast("list[Problem]", settings.ENVIRONMENT_PROBLEMS)


def unknown_variables() -> list[str]:
    """Names in `.env` that nothing reads."""
    return cast("list[str]", settings.UNKNOWN_VARIABLES)
