"""No token, password, cookie, session id or key is ever in a log line or on an error page."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.test import RequestFactory, override_settings
from django.views.debug import technical_500_response
from hypothesis import given
from hypothesis import strategies as st

from ctera_mcp_site.logs import logging_config
from ctera_mcp_site.redaction import redact

JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6InNua18xIn0.eyJzdWIiOiJ1c3JfYWxpY2UifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SECRET = "s3cr3t-Value"
LEAKS = {
    "a token": (f"got {JWT} from the client", JWT),
    "a token cut off": (f"got {JWT[:60]}", JWT[40:60]),
    "a header": (f"{{'Authorization': 'Bearer {SECRET}'}}", SECRET),
    "a header in bytes": (f"(b'authorization', b'Bearer {SECRET}')", SECRET),
    "basic credentials": ("Authorization: Basic YWxpY2U6c2VjcmV0", "YWxpY2U6c2VjcmV0"),
    "a portal session": (f"Cookie: JSESSIONID={SECRET}; Path=/admin", SECRET),
    "a new portal session": (f"Set-Cookie: JSESSIONID={SECRET}; Path=/admin", SECRET),
    "an admin session": (f"sessionid={SECRET}; csrftoken={SECRET}", SECRET),
    "a portal password": (f"POST j_username=svc&j_password={SECRET}&x=1", SECRET),
    "a ticket": (f"ctera_ticket={SECRET}", SECRET),
    "a token in a query": (f"GET /mcp?access_token={SECRET} HTTP/1.1", SECRET),
    "a csrf header of the portal": (f"{{'X-CTERA-TOKEN': '{SECRET}'}}", SECRET),
    "a password by name": (f"Profile(password='{SECRET}', host='x')", SECRET),
    "a password in JSON": (json.dumps({"password": SECRET}), SECRET),
    "a client secret": (f"client_secret={SECRET}&grant_type=x", SECRET),
    "a key by name": (f"SECRET_KEY={SECRET}", SECRET),
    "a database password": (f"postgres://mcp:{SECRET}@db.example.com:5432/mcp", SECRET),
    "a redis password": (f"redis://:{SECRET}@cache:6379/0", SECRET),
    "a sealed password": (f"row {Fernet(Fernet.generate_key()).encrypt(b'x').decode()} end", "gAAAAA"),
}


def logger(form: str) -> tuple[logging.Logger, io.StringIO]:
    """A logger that writes to a text as the server writes to its standard error."""
    configuration: Any = logging.config.DictConfigurator(logging_config(level="DEBUG", form=form))
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(configuration.configure_formatter(configuration.config["formatters"][form]))
    log = logging.getLogger("somewhere")
    log.handlers, log.propagate, log.level = [handler], False, logging.DEBUG
    return log, handler.stream


def failing(text: str) -> None:
    raise ValueError(text)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize(("text", "secret"), LEAKS.values(), ids=LEAKS.keys())
def test_a_line_holds_no_secret_however_it_came_in(text: str, secret: str, form: str) -> None:
    log, stream = logger(form)
    log.debug(text)
    log.info("%s and %s", text, {"more": text}, extra={"found": [text]})
    try:
        failing(text)
    except ValueError:
        log.exception("it failed")
    written = stream.getvalue()
    assert "somewhere" in written
    assert "it failed" in written
    assert secret not in written


@pytest.mark.parametrize(("text", "secret"), LEAKS.values(), ids=LEAKS.keys())
def test_the_rest_of_the_text_stays(text: str, secret: str) -> None:
    cleaned = redact(text)
    assert secret not in cleaned
    assert "hidden" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "policy revision 4 is in force",
        "tool ctera_portal_list_dir failed unexpectedly in request R-ABCDEFGHIJKLMNOP, decision D-ABCDEFGHIJKLMNOP",
        "signing keys could not be fetched: HTTP status 503",
        "Portal 'hq' took longer than 60 s.",
        "http://localhost:10000/mcp and https://acme.scalekit.test/resources/res_1",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_and_twice_is_as_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_json_lines_stay_json() -> None:
    log, stream = logger("json")
    log.warning('password="a" Bearer "x" %s', JWT)
    assert json.loads(stream.getvalue())["logger"] == "somewhere"


@pytest.mark.parametrize("form", ["console", "json"])
def test_every_handler_of_the_server_writes_redacted_lines(form: str) -> None:
    configured = logging_config(level="DEBUG", form=form)
    assert {handler["formatter"] for handler in configured["handlers"].values()} == {form}
    assert all("redaction" in formatter["()"] for formatter in configured["formatters"].values())


@override_settings(DEBUG=True)
def test_the_debug_page_shows_no_secret() -> None:
    request = RequestFactory().post("/admin/", {"password": SECRET, "token": JWT})
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {JWT}"
    request.COOKIES["sessionid"] = SECRET
    held = SECRET, JWT
    assert held
    try:
        failing("nothing secret")
    except ValueError:
        page = technical_500_response(request, *sys.exc_info()).content.decode()
    assert "ValueError" in page
    for secret in (SECRET, JWT, settings.SECRET_KEY, *settings.CREDENTIAL_KEYS, *settings.AUDIT_KEYS):
        assert secret not in page


def test_the_environment_prints_no_variable() -> None:
    assert settings.SECRET_KEY not in repr(settings.ENVIRONMENT)
