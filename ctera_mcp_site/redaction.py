"""Takes secrets out of text that leaves the process: log lines of any level, and error pages."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import ItemsView
from typing import Any, Final

from django.views.debug import SafeExceptionReporterFilter
from pythonjsonlogger.json import JsonFormatter

from oauth.trail import in_hand

HIDDEN: Final = "…hidden…"
SECRETS: Final = re.compile(
    r"""
      eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){0,3}           # a JWT or JWE
    | gAAAAA[A-Za-z0-9_-]{20,}={0,2}                                           # Fernet: sealed passwords, cursors
    | (?<=\bBearer\s)\s*[^\s"',;]+ | (?<=\bBasic\s)\s*[A-Za-z0-9+/=_-]{4,}     # credentials of any scheme we meet
    | (?<=JSESSIONID=)[^\s;"',]+ | (?<=sessionid=)[^\s;"',]+ | (?<=csrftoken=)[^\s;"',]+
    | (?<=ctera_ticket=)[^\s&"']+ | (?<=j_password=)[^\s&"']+ | (?<=access_token=)[^\s&"']+
    | (?<=X-CTERA-TOKEN['"]:\s['"])[^'"]+
    | (?<=/files/)[A-Za-z0-9_-]{40,}                                           # one-use links
    | (?<=://)[^\s/:@"']*:[^\s/@"']+(?=@)                                      # user:password@ in a URL
    """,
    re.VERBOSE | re.IGNORECASE,
)
NAMED: Final = re.compile(
    r"""(?P<name>["']?(?:[\w-]*password|[\w-]*secret(?:_key)?|cookie|set-cookie|authorization|credential_keys|audit_keys)["']?
        \s*[=:]\s*)(?P<value>"[^"]*"|'[^']*'|[^\s,;}&]+)""",
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text without what looks like a token, password, cookie, session id or key."""
    return NAMED.sub(lambda found: f"{found['name']}{_quoted(found['value'])}", SECRETS.sub(HIDDEN, text))


def _quoted(value: str) -> str:
    quote = value[0] if value[:1] in {'"', "'"} else ""
    return f"{quote}{HIDDEN}{quote}"


class ConsoleFormatter(logging.Formatter):
    """Lines for people; tracebacks included, secrets not."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted last, so that nothing gets around it."""
        return redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """The first line, and the ids of the request during which it was written."""
        trail = in_hand()
        ids = " ".join(each for each in (trail.request, trail.decision) if each)
        line = super().formatMessage(record)
        return f"{line} [{ids}]" if ids else line


class JsonLineFormatter(JsonFormatter):
    """Lines for machines; every text in them is redacted before it is written as JSON."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """The record's fields, redacted, and the ids of the request during which it was written."""
        cleaned: dict[str, Any] = _cleaned(super().process_log_record(log_data))
        trail = in_hand()
        if trail.request:
            cleaned["request"] = trail.request
        if trail.decision:
            cleaned["decision"] = trail.decision
        return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact(str(key)): _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return redact(str(value))  # texts, objects as they write themselves, and numbers that JSON does not have


class ReporterFilter(SafeExceptionReporterFilter):
    """What Django's error reports and its DEBUG page may show: no local variables, no posted values, no cookies."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|DATABASE|STORAGE|ENVIRONMENT|CREDENTIAL", re.IGNORECASE
    )
    cleansed_substitute = HIDDEN

    def is_active(self, request: Any) -> bool:
        """Also while DEBUG is on: a page is shown to whoever met the error."""
        return True

    def get_post_parameters(self, request: Any) -> dict[str, str]:
        """The names alone."""
        return {} if request is None else dict.fromkeys(request.POST, HIDDEN)

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> ItemsView[str, Any]:
        """The names alone: a variable of any name can hold a token."""
        return dict.fromkeys(tb_frame.f_locals, HIDDEN).items()
