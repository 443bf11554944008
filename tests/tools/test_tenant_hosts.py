"""No Team Portal's name, whoever chose it, leads a session to a host outside the profile's domain."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.tenant_hosts import UnsafeHost, host_problem, is_domain, tenant_host

TEMPLATE, SUFFIX = "{tenant}.{dns_suffix}", "portal.example.com"
EVIL = [
    "",
    "-",
    "-acme",
    "acme-",
    "acme.evil",
    "acme.",
    ".acme",
    "acme/",
    "acme/../x",
    "acme:8443",
    "acme@evil",
    "evil.example.org#",
    "evil.example.org?",
    "acme\\evil",
    "acme\n",
    "acme\x00",
    " acme",
    "acme evil",
    "127.0.0.1",
    "[::1]",
    "{dns_suffix}",
    "{tenant}",
    "%2e",
    "a" * 64,
    "äcme",
    "ａｃｍｅ",
    "acme。evil",
    "\u017f",
    "\u212a",
]


@pytest.mark.parametrize("tenant", EVIL, ids=ascii)
def test_a_name_that_is_no_plain_label_is_put_in_no_host(tenant: str) -> None:
    with pytest.raises(UnsafeHost):
        tenant_host(TEMPLATE, SUFFIX, tenant)


@pytest.mark.parametrize(
    ("template", "tenant", "host"),
    [
        (TEMPLATE, "acme", "acme.portal.example.com"),
        (TEMPLATE, "2024", "2024.portal.example.com"),
        (TEMPLATE, "ACME", "acme.portal.example.com"),
        (TEMPLATE, "xn--acme-1", "xn--acme-1.portal.example.com"),
        ("files-{tenant}.eu.{dns_suffix}", "acme", "files-acme.eu.portal.example.com"),
        ("{tenant}.eu.portal.example.com", "acme", "acme.eu.portal.example.com"),
        ("{dns_suffix}", "acme", "portal.example.com"),
    ],
)
def test_a_label_is_put_in_where_the_template_wants_it(template: str, tenant: str, host: str) -> None:
    assert tenant_host(template, SUFFIX, tenant) == host


@pytest.mark.parametrize(
    "template",
    [
        "{tenant}.evil.example.org",
        "{tenant}portal.example.com.evil.org",
        "evil.example.org/{tenant}.{dns_suffix}",
        "evil.example.org:1@{tenant}.{dns_suffix}",
        "{tenant}.{dns_suffix}:8443",
        "{tenant}..{dns_suffix}",
        "https://{tenant}.{dns_suffix}",
        "not{dns_suffix}",
        "{tenant!r}.{dns_suffix}",
        "{tenant:>9}.{dns_suffix}",
        "{tenant.__class__}.{dns_suffix}",
        "{0}.{dns_suffix}",
        "{}.{dns_suffix}",
        "{tenant.{dns_suffix}",
        "{{tenant}}.{dns_suffix}",
        "",
    ],
)
def test_a_template_that_leads_elsewhere_is_refused_where_it_is_written_and_where_it_is_used(template: str) -> None:
    assert host_problem(template, SUFFIX)
    with pytest.raises(UnsafeHost):
        tenant_host(template, SUFFIX, "acme")


@pytest.mark.parametrize("suffix", ["", "*", ".example.com", "example.com.", "example.com/", "a b", "a" * 254, "[::1]"])
def test_a_malformed_domain_is_no_domain(suffix: str) -> None:
    assert not is_domain(suffix)
    assert host_problem(TEMPLATE, suffix)
    with pytest.raises(UnsafeHost):
        tenant_host(TEMPLATE, suffix, "acme")


@given(st.text(), st.text(alphabet="{tenant}.dns_suffix-evil/@:#"))
@example("evil.org/x", "{tenant}")
@example("evil", "{tenant}{dns_suffix}")
def test_whatever_is_put_in_the_host_lies_in_the_domain(tenant: str, template: str) -> None:
    try:
        host = tenant_host(template, SUFFIX, tenant)
    except UnsafeHost:
        return
    assert host == SUFFIX or host.endswith(f".{SUFFIX}")
    assert is_domain(host)
