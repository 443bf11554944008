"""Reads environment variables strictly: a problem becomes a report with a stable id, never a silent default.

Nothing here reads the process environment itself; `settings.py` hands in a mapping. A variable that is missing or
malformed is recorded as a `Problem` and replaced by a harmless placeholder, so that Django's system checks can
report every problem of a file at once and stop the start.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from oauth.metadata import LOOPBACK

T = TypeVar("T")
TRUE: Final = frozenset({"true", "1", "yes", "on"})
FALSE: Final = frozenset({"false", "0", "no", "off"})
RESOURCE_ID: Final = re.compile(r"res_[A-Za-z0-9]+")


class Malformed(ValueError):  # noqa: N818 - reads as what it is at the raise
    """A value that does not parse; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One variable that cannot be used. `found` never holds the value of a secret."""

    id: str
    variable: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.variable}: found {self.found}; expected {self.expected}."


@dataclass(slots=True)
class Environment:
    """Typed readers over one mapping of variables, collecting the problems they meet."""

    variables: Mapping[str, str] = field(repr=False)
    problems: list[Problem] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def read(self, name: str, parse: Callable[[str], T], *, default: T, number: str, secret: bool = False) -> T:
        """Parse a variable; absent or empty gives `default`, malformed records problem `site.E<number>`."""
        self.known.add(name)
        raw = self.variables.get(name, "").strip()
        if not raw:
            return default
        try:
            return parse(raw)
        except Malformed as malformed:
            found = f"a value of {len(raw)} characters" if secret else repr(raw)
            self.problems.append(Problem(f"site.E{number}", name, found, str(malformed)))
            return default

    def require(self, name: str, parse: Callable[[str], T], *, placeholder: T, number: str, secret: bool = False) -> T:
        """Parse a variable that must be there; `parse` refuses the empty string and so says what is expected."""
        self.known.add(name)
        if self.variables.get(name, "").strip():
            return self.read(name, parse, default=placeholder, number=number, secret=secret)
        try:
            return parse("")
        except Malformed as malformed:
            self.problems.append(Problem(f"site.E{number}", name, "nothing", str(malformed)))
            return placeholder


def boolean(raw: str) -> bool:
    """`true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`; anything else is refused, unlike `bool(raw)`."""
    lowered = raw.lower()
    if lowered in TRUE or lowered in FALSE:
        return lowered in TRUE
    raise Malformed("true or false")


def whole(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number between two bounds."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"\d{1,12}", raw) or not minimum <= int(raw) <= maximum:
            raise Malformed(f"a whole number from {minimum} to {maximum}")
        return int(raw)

    return parse


port: Final = whole(1, 65535)
workers: Final = whole(1, 64)


def zero_or(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number between two bounds, or 0 for never."""

    def parse(raw: str) -> int:
        if raw == "0":
            return 0
        try:
            return whole(minimum, maximum)(raw)
        except Malformed:
            raise Malformed(f"0 for never, or a whole number from {minimum} to {maximum}") from None

    return parse


def choice(*allowed: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(raw: str) -> str:
        if raw not in allowed:
            raise Malformed("one of " + ", ".join(allowed))
        return raw

    return parse


def words(raw: str) -> list[str]:
    """Comma-separated words."""
    return [word for word in (part.strip() for part in raw.split(",")) if word]


def hosts(raw: str) -> list[str]:
    """Comma-separated host names, without scheme, port or path; a leading dot stands for subdomains."""
    found = words(raw)
    for host in found:
        if host != "*" and not re.fullmatch(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9a-fA-F:]+\]", host):
            raise Malformed("host names separated by commas, without scheme, port or path")
    return found


def url(raw: str) -> str:
    """An http or https URL with a host, without credentials, query or fragment; a trailing slash is dropped."""
    expected = "a URL such as https://mcp.example.com, without credentials, query or fragment"
    try:
        parts = urlsplit(raw)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise Malformed(expected) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_valid or re.search(r"\s", raw):
        raise Malformed(expected)
    if parts.username or parts.password or parts.query or parts.fragment or "?" in raw or "#" in raw:
        raise Malformed(expected)
    return raw.rstrip("/")


def base_url(raw: str) -> str:
    """A URL without a path."""
    cleaned = url(raw)
    if urlsplit(cleaned).path:
        raise Malformed("a URL without a path, such as https://mcp.example.com")
    return cleaned


def secure_base_url(raw: str) -> str:
    """A URL without a path, by https; by http on this machine only (RFC 9728, section 1.2)."""
    cleaned = base_url(raw)
    parts = urlsplit(cleaned)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Malformed("a URL that begins with https:// (plain http is for localhost alone)")
    return cleaned


def origins(raw: str) -> list[str]:
    """Comma-separated web origins: scheme, host and port, nothing behind."""
    return [base_url(word) for word in words(raw)]


def networks(raw: str) -> list[str]:
    """Comma-separated addresses or networks of proxies, each in the form of CIDR or a single address."""
    try:
        return [str(ipaddress.ip_network(word, strict=False)) for word in words(raw)]
    except ValueError:
        raise Malformed("addresses or networks separated by commas, such as 10.0.0.0/8") from None


def resource_id(raw: str) -> str:
    """The id that Scalekit gives to a registered MCP server."""
    if not RESOURCE_ID.fullmatch(raw):
        raise Malformed("the resource id that Scalekit shows for this MCP server, such as res_123456789")
    return raw


def fernet_keys(raw: str) -> list[str]:
    """Comma-separated Fernet keys: 32 bytes each, in URL-safe base64 (44 characters)."""
    keys = words(raw)
    if not keys or not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
        raise Malformed(
            "one or more Fernet keys separated by commas; make one with python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    return keys


def secret_key(raw: str) -> str:
    """Django's secret key: long enough that it cannot be guessed."""
    if len(raw) < 40:
        raise Malformed("at least 40 random characters")
    return raw


def database_url(raw: str) -> str:
    """`sqlite:///path` or `postgres://user:password@host:port/name`; without a path or name nothing would be kept."""
    expected = "sqlite:///path/to/file or postgres://user:password@host:5432/name"
    try:
        parts = urlsplit(raw)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise Malformed(expected) from None
    if parts.scheme not in {"sqlite", "postgres", "postgresql"} or not port_is_valid or not parts.path.strip("/"):
        raise Malformed(expected)
    if parts.scheme == "sqlite" and parts.netloc:
        raise Malformed(expected)
    return raw


def listen_host(raw: str) -> str:
    """An address or a host name to listen on, without scheme and port."""
    try:
        return str(ipaddress.ip_address(raw))
    except ValueError:
        if re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", raw):
            return raw
        raise Malformed("an address or a host name to listen on, such as 127.0.0.1 or 0.0.0.0") from None


def audit_keys(raw: str) -> list[str]:
    """Comma-separated keys of the audit chains, too long to be guessed."""
    keys = words(raw)
    if any(len(key) < 32 for key in keys):
        raise Malformed("one or more keys of at least 32 random characters each, separated by commas")
    return keys


def absolute_file(raw: str) -> str:
    """A file by its absolute path, so that server and commands mean the same one."""
    if not raw.startswith("/") or raw.endswith("/") or "\0" in raw:
        raise Malformed("the absolute path of a file, such as /var/log/ctera-mcp/checkpoints.jsonl")
    return raw


def metrics_token(raw: str) -> str:
    """The token that opens `/metrics`: too long to be guessed, and fit to stand in a header."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{32,512}", raw):
        raise Malformed("32 to 512 random characters out of letters, digits and ._~+/=-")
    return raw


def absolute_path(raw: str) -> str:
    """A directory's path from the root."""
    if not raw.startswith("/") or "\0" in raw:
        raise Malformed("the absolute path of a directory, such as /run/ctera-mcp")
    return raw


def rate_limit_storage(raw: str) -> str:
    """`memory://` (each worker counts for itself) or `redis://host:port/number` (one count for all)."""
    expected = "memory://, redis://host:6379/0 or, with TLS, rediss://name:password@host:6379/0"
    if raw == "memory://":
        return raw
    try:
        parts = urlsplit(raw)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise Malformed(expected) from None
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or not port_is_valid or re.search(r"\s", raw):
        raise Malformed(expected)
    if not re.fullmatch(r"/?|/\d{1,4}", parts.path) or "?" in raw or "#" in raw:  # a query could switch TLS checks off
        raise Malformed(expected)
    return raw


LOST_CONNECTION: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""How soon (seconds, and milliseconds) a PostgreSQL that went without a word is given up; the system's own way takes
a quarter of an hour and more, in which nothing can be recorded."""
POOL: Final = {"min_size": 1, "max_size": 8, "timeout": 5, "reconnect_timeout": 5}
"""`reconnect_timeout`: longer attempts would wait longer and longer between each other, also when it is back."""


def database_config(config: dict[str, Any]) -> dict[str, Any]:
    """Django's database entry with what several workers need: WAL and immediate transactions, or a pool."""
    if config["ENGINE"].endswith("sqlite3"):
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        }
        return {**config, "OPTIONS": options}
    options = {**LOST_CONNECTION, **config.get("OPTIONS", {}), "pool": dict(POOL)}
    return {**config, "OPTIONS": options}
