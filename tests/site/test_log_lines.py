"""Each log line says to which request it belongs; a JSON line is one JSON object whatever is logged."""

from __future__ import annotations

import contextvars
import io
import json
import logging
import logging.config
from typing import Any

import pytest

from ctera_mcp_site.logs import logging_config
from oauth.trail import begin
from tests.site.test_write_evidence import Story, answered, writing

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c3JfYWxpY2UifQ.c2lnbmF0dXJl"


class Odd:
    """An object that JSON does not know and that writes a secret."""

    def __repr__(self) -> str:
        return f"Odd(Bearer {TOKEN})"


def fail(error: Exception) -> None:
    raise error


def logger(form: str) -> tuple[logging.Logger, io.StringIO]:
    configuration: Any = logging.config.DictConfigurator(logging_config(level="DEBUG", form=form))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(configuration.configure_formatter(configuration.config["formatters"][form]))
    log = logging.getLogger("tests.lines")
    log.handlers, log.propagate, log.level = [handler], False, logging.DEBUG
    return log, stream


def written(form: str, *, decided: bool = False, in_request: bool = True) -> tuple[str, str]:
    """The id of a request and the line that was written during it."""

    def write() -> tuple[str, str]:
        log, stream = logger(form)
        trail = begin() if in_request else None
        if trail is not None and decided:
            trail.decision = "D-" + trail.request[2:]
        log.info("looked at %s", "it")
        return (trail.request if trail else ""), stream.getvalue()

    return contextvars.Context().run(write)


def test_a_json_line_names_request_and_decision() -> None:
    request, line = written("json", decided=True)
    told = json.loads(line)
    assert (told["request"], told["decision"]) == (request, "D-" + request[2:])
    assert (told["message"], told["level"], told["logger"]) == ("looked at it", "INFO", "tests.lines")


def test_before_the_decision_the_request_is_named() -> None:
    request, line = written("json")
    assert json.loads(line)["request"] == request
    assert "decision" not in json.loads(line)


def test_outside_of_a_request_no_id_is_made_up() -> None:
    assert json.loads(written("json", in_request=False)[1]).keys() == {"time", "level", "logger", "message"}
    assert written("console", in_request=False)[1].endswith("tests.lines: looked at it\n")


def test_a_console_line_ends_with_the_ids() -> None:
    request, line = written("console", decided=True)
    assert line.endswith(f"tests.lines: looked at it [{request} D-{request[2:]}]\n")


def test_the_ids_of_a_failure_stand_on_its_first_line() -> None:
    def write() -> str:
        log, stream = logger("console")
        begin()
        try:
            fail(ValueError(f"Bearer {TOKEN}"))
        except ValueError:
            log.exception("failed")
        return stream.getvalue()

    first, *rest = contextvars.Context().run(write).splitlines()
    assert "failed [R-" in first
    assert "ValueError: Bearer …hidden…" in rest[-1]


@pytest.mark.parametrize(
    "extra",
    [
        {"odd": Odd()},
        {"odd": [Odd(), {"deep": Odd()}]},
        {"odd": {("a", 1): Odd(), f"Bearer {TOKEN}": 1}},
        {"odd": float("nan")},
        {"odd": float("-inf")},
        {"odd": b"Bearer " + TOKEN.encode()},
        {"odd": "line\nline\u2028line\x00\ud800"},
    ],
    ids=str,
)
def test_a_json_line_is_one_object_without_secrets(extra: dict[str, Any]) -> None:
    log, stream = logger("json")
    try:
        fail(RuntimeError(f"two\nlines of Bearer {TOKEN}"))
    except RuntimeError:
        log.exception("failed: %s\n%s", "Bearer " + TOKEN, "more", extra=extra, stack_info=True)

    def no_constant(name: str) -> None:
        raise AssertionError(name)

    (line,) = stream.getvalue().splitlines()
    told = json.loads(line, parse_constant=no_constant)
    assert told["level"] == "ERROR"
    assert "two\nlines of Bearer …hidden…" in told["exc_info"]
    assert TOKEN.split(".")[1] not in line


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_line_that_is_written_during_a_call_names_its_decision(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, stream = logger(form)
    monkeypatch.setattr("ctera_mcp_site.mcp_endpoint.log", log)
    trail = begin()
    story = Story(work=RuntimeError("unforeseen"))
    decision = (await answered(story, writing(story)))["structuredContent"]["decision"]
    first = stream.getvalue().splitlines()[0]
    if form == "console":
        assert first.endswith(f" [{trail.request} {decision}]")
    else:
        assert (json.loads(first)["request"], json.loads(first)["decision"]) == (trail.request, decision)
