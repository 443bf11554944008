"""The host at which a caller's own session is opened: a template of the profile with one checked label put in.

The Team Portal's name may come from a token. So only a plain DNS label is ever put in, and the whole result must lie
under the domain that the profile allows: no claim can lead a ticket to another host.
"""

from __future__ import annotations

import re
import string
from typing import Final

LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
HOST: Final = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*", re.IGNORECASE | re.ASCII)
LONGEST: Final = 253
NAMES: Final = frozenset({"tenant", "dns_suffix"})


class UnsafeHost(ValueError):  # noqa: N818 - what the host would be
    """No host can be made; the text tells an operator why, and repeats nothing that came from a token."""


def is_label(text: str) -> bool:
    """Whether a Team Portal's name can stand in a host name: letters, digits and inner hyphens, at most 63."""
    return LABEL.fullmatch(text) is not None


def is_domain(text: str) -> bool:
    """Whether the text is a host name alone: labels joined by dots, without scheme, port or path."""
    return len(text) <= LONGEST and HOST.fullmatch(text) is not None


def template_problem(template: str) -> str:
    """Why a template cannot be used, or nothing; only the two plain names may stand in braces."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        parts = [("", "", "", None)]
    if any(name is not None and (name not in NAMES or form or turn) for _, name, form, turn in parts):
        return "Only {tenant} and {dns_suffix} may stand in braces, such as {tenant}.{dns_suffix}."
    return ""


def host_problem(template: str, dns_suffix: str) -> str:
    """Why no Team Portal's host can come of a profile's template and domain, or nothing."""
    if problem := template_problem(template):
        return problem
    if not is_domain(dns_suffix):
        return "Name the domain of the Team Portals first, such as portal.example.com."
    try:
        tenant_host(template, dns_suffix, "tenant")
    except UnsafeHost as unsafe:
        return str(unsafe)
    return ""


def tenant_host(template: str, dns_suffix: str, tenant: str) -> str:
    """The host for one Team Portal, in lower case; raises `UnsafeHost`."""
    if not is_label(tenant):
        raise UnsafeHost("The Team Portal's name cannot stand in a host name: letters, digits and hyphens only.")
    if template_problem(template) or not is_domain(dns_suffix):
        raise UnsafeHost("The profile's Team Portal address or its domain is malformed.")
    host = template.replace("{tenant}", tenant).replace("{dns_suffix}", dns_suffix).lower()
    suffix = dns_suffix.lower()
    if not is_domain(host) or not (host == suffix or host.endswith(f".{suffix}")):
        raise UnsafeHost(
            f"The address must be a host name that ends with .{suffix}, such as {{tenant}}.{{dns_suffix}}."
        )
    return host
