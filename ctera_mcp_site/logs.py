"""Logging configuration: console or JSON lines, one handler whose lines are redacted, noisy loggers pinned."""

from __future__ import annotations

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS


def logging_config(*, level: str, form: str) -> dict[str, Any]:
    """A `dictConfig` mapping; `cterasdk.http` writes session cookies at DEBUG and stays pinned."""
    formatters: dict[str, Any] = {
        "console": {
            "()": "ctera_mcp_site.redaction.ConsoleFormatter",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        },
        "json": {
            "()": "ctera_mcp_site.redaction.JsonLineFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "reserved_attrs": [*RESERVED_ATTRS, "color_message"],  # uvicorn's own, for terminals
        },
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": formatters,
        "handlers": {"standard": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["standard"], "level": level},
        "loggers": {
            "cterasdk": {"level": "WARNING"},
            "cterasdk.http": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            "mcp": {"level": "WARNING"},
            "sse_starlette": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR"},  # strangers' 404s and 403s would fill a disk
            "django.security.csrf": {"level": "ERROR"},
            "uvicorn.access": {"level": "WARNING"},
        },
    }
