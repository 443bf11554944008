"""A configuration file that cannot be applied is refused with file, line, field and remedy, and without its secrets."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth.configuration import apply, apply_text
from oauth.configuration_file import LONGEST, BadConfiguration, parse
from tools.models import PortalProfile

START = "version: 1\n"
PORTAL = START + "portals:\n  - name: hq\n    host: portal.example.com\n    username: svc\n"
POLICY = START + 'policies:\n  - name: P\n    scopes: ["ctera:read"]\n    toolsets: [read]\n'


def faults(text: str) -> list[str]:
    with pytest.raises(BadConfiguration) as refused:
        parse(text, "c.yaml")
    return refused.value.faults


SHAPES = {
    "no version": ("portals: []", "c.yaml:1: version: must be 1; start the file with `version: 1`."),
    "another version": ("version: 2", "c.yaml:1: version: must be 1"),
    "a version that only equals 1": ("version: true", "c.yaml:1: version: must be 1"),
    "an empty file": ("", "c.yaml:1: version: must be 1"),
    "a list": ("- 1", "c.yaml:1: version: must be 1"),
    "no YAML": (START + "portals: [", "c.yaml:2: YAML: "),
    "a control character": (START + "portals: \x07", "c.yaml:1: YAML: cannot be read"),
    "a bottomless nesting": (START + "portals: " + "[" * 100_000, "c.yaml:1: YAML: cannot be read"),
    "a tag that makes objects": (START + "portals: !!python/object:os.system []", "c.yaml:2: YAML: "),
    "an unknown section": (START + "portal: []", "c.yaml:2: portal: is not known here; use version, scopes, portals"),
    "a section that is no list": (START + "portals: {}", "c.yaml:2: portals: must be a list."),
    "an empty section": (START + "portals:", "c.yaml:2: portals: must be a list."),
    "an entry that is no mapping": (START + "portals: [hq]", "c.yaml:2: portals: each entry must be a mapping"),
    "an entry without a name": (START + "portals:\n  - host: h", "c.yaml:3: portals: each entry must be a mapping"),
    "a name twice": (START + "scopes: [{name: a}, {name: a}]", "c.yaml:2: scopes: a appears twice."),
    "a key twice": (PORTAL + "    host: other", "c.yaml:6: YAML: host appears twice"),
    "an unknown key": (PORTAL + "    realm: admin", "c.yaml:6: realm: is not known here; use name, host, port"),
    "a policy's password": (POLICY + "    password: x", "c.yaml:6: password: is not known here"),
    "a number for a name": (START + "portals: [{name: 2024}]", 'c.yaml:2: name: must be text; put "quotes" around'),
    "a number for a tenant": (PORTAL + "    tenant: 007", "c.yaml:6: tenant: must be text"),
    "a number in a list": (POLICY + "    tenants: [2024]", "c.yaml:6: tenants: must be a list of texts"),
    "text for a list": (POLICY + "    tenants: acme", "c.yaml:6: tenants: must be a list of texts"),
    "nothing for a list": (POLICY + "    tenants:", "c.yaml:6: tenants: must be a list of texts"),
    "text for a port": (PORTAL + '    port: "443"', "c.yaml:6: port: must be a whole number."),
    "truth for a port": (PORTAL + "    port: true", "c.yaml:6: port: must be a whole number."),
    "text for truth": (PORTAL + '    enabled: "no"', "c.yaml:6: enabled: must be true or false."),
    "a number for truth": (PORTAL + "    verify_tls: 0", "c.yaml:6: verify_tls: must be true or false."),
    "text for seconds": (PORTAL + "    read_timeout: 30s", "c.yaml:6: read_timeout: must be a number of seconds."),
    "a time without zone": (POLICY + "    valid_from: 2027-01-31 18:00:00", "c.yaml:6: valid_from: must be null, or"),
    "a day": (POLICY + "    valid_until: 2027-01-31", "c.yaml:6: valid_until: must be null, or"),
    "a day that is none": (POLICY + "    valid_until: 2027-02-31T00:00:00Z", "c.yaml:6: valid_until: must be null"),
    "a number for a time": (POLICY + "    valid_until: 1800000000", "c.yaml:6: valid_until: must be null, or"),
    "a list for a limit": (POLICY + "    calls_per_minute: [5]", "c.yaml:6: calls_per_minute: must be null or a"),
    "a number for a password": (PORTAL + "    password: 1234", "c.yaml:6: password: must be text or {env: NAME}."),
    "no variable's name": (PORTAL + "    password: {env: }", "c.yaml:6: password: must be text or {env: NAME}."),
    "another way to a password": (PORTAL + "    password: {file: /x}", "c.yaml:6: password: must be text or"),
    "an endless wait": (PORTAL + "    read_timeout: .inf", "c.yaml:6: read_timeout: must be a number of seconds."),
    "no number": (PORTAL + "    total_timeout: .nan", "c.yaml:6: total_timeout: must be a number of seconds."),
    "a number past every float": (PORTAL + f"    read_timeout: {10**400}", "c.yaml:6: read_timeout: must be a"),
    "a time before all time": (
        POLICY + "    valid_from: 0001-01-01T00:00:00+14:00",
        "c.yaml:6: valid_from: must be null, or",
    ),
    "an alias": (
        START + "scopes:\n  - {name: a, implies: &x []}\n  - {name: b, implies: *x}",
        "c.yaml:4: YAML: aliases are not read; write the value out",
    ),
    "aliases of aliases": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nversion: 1",
        "c.yaml:2: YAML: aliases are not read",
    ),
    "an alias of itself": (START + "scopes: &x [*x]", "c.yaml:2: YAML: aliases are not read"),
    "two documents": (START + "---\nversion: 1", "c.yaml:2: YAML: "),
    "a key that is a list": (START + "? [a]\n: b", "c.yaml:2: key: is not known here"),
    "a NUL in a name": (START + 'scopes: [{name: "a\\0b"}]', "c.yaml:2: name: must be text"),
    "half a character": (POLICY + '    paths: ["/\\ud800"]', "c.yaml:6: paths: must be a list of texts"),
    "two defaults": (
        START + "portals:\n  - {name: a, default: true}\n  - {name: b, default: true}",
        "c.yaml:4: default: a is the default already; keep one.",
    ),
}


@pytest.mark.parametrize(("text", "fault"), SHAPES.values(), ids=SHAPES.keys())
def test_a_malformed_file_is_refused_where_it_is_wrong(text: str, fault: str) -> None:
    found = faults(text)
    assert any(each.startswith(fault) for each in found), found


def test_a_file_longer_than_the_bound_is_not_read() -> None:
    assert faults(START + " " * LONGEST) == [
        f"c.yaml:1: YAML: is longer than {LONGEST} characters; split it by sections."
    ]


def test_every_fault_is_told_at_once() -> None:
    found = faults(PORTAL + '    port: "443"\n    enabled: 1\n    realm: x\n')
    assert [each.split(": ")[0:2] for each in found] == [
        ["c.yaml:6", "port"],
        ["c.yaml:7", "enabled"],
        ["c.yaml:8", "realm"],
    ]


VALUES = {
    "a host with a scheme": (PORTAL.replace("portal.ex", "https://portal.ex"), "c.yaml:4: host: Enter a host name"),
    "a port out of range": (PORTAL + "    port: 70000", "c.yaml:6: port: "),
    "an unknown account type": (PORTAL + "    scope: root", "c.yaml:6: scope: "),
    "a user profile without a Team Portal": (PORTAL + "    scope: user", "c.yaml:3: tenant: An end-user account"),
    "an empty password": (PORTAL + '    password: ""', "c.yaml:6: password: Enter a password"),
    "a variable that is not set": (
        PORTAL + "    password: {env: MISSING_PW}",
        "c.yaml:6: password: the environment variable MISSING_PW is not set.",
    ),
    "no user name": (START + "portals: [{name: hq, host: h}]", "c.yaml:2: username: "),
    "an allow without scopes": (
        POLICY.replace('["ctera:read"]', "[]"),
        "c.yaml:4: scopes: An allow needs at least one scope",
    ),
    "an unknown tool": (POLICY + "    tools: [ctera_portal_list_dirs]", "c.yaml:6: tools: There is no tool ctera"),
    "an unknown implied scope": (
        START + "scopes: [{name: x, implies: ['ctera:reed']}]",
        "c.yaml:2: implies: There is no scope ctera:reed: did you mean ctera:read?",
    ),
    "a circle of scopes": (
        START + "scopes: [{name: x, implies: [y]}, {name: y, implies: [x]}]",
        "c.yaml:2: implies: ",
    ),
    "a deny of everything": (
        START + "policies:\n  - name: Stop\n    effect: deny\n    tools: ['*']",
        "c.yaml:4: effect: A deny of everything",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "fault"), VALUES.values(), ids=VALUES.keys())
def test_a_value_that_cannot_be_saved_is_refused_where_it_stands(text: str, fault: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        apply(parse(text, "c.yaml"), "c.yaml", lookup=lambda _: None)
    assert any(each.startswith(fault) for each in refused.value.faults), refused.value.faults
    assert not PortalProfile.objects.exists()


@pytest.mark.django_db
def test_faults_of_form_and_of_value_are_told_together_in_the_order_of_lines() -> None:
    text = """version: 1
portals:
  - {name: a, host: "https://a", username: u}
  - {name: b, host: b, username: u, port: "443"}
scopes:
  - {name: x, implies: y}
  - {name: z, implies: [x]}
policies:
  - {name: P, effect: allow, toolsets: [read], scopes: []}
"""
    with pytest.raises(BadConfiguration) as refused:
        apply_text(text, "c.yaml")
    found = [":".join(fault.split(":")[1:3]) for fault in refused.value.faults]
    assert found == ["3: host", "4: port", "6: implies", "9: scopes"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rest",
    ["    port: 70000", "    host: [", "    realm: x", "    password: other", "    password:portal-secret: x", "\t"],
)
def test_no_fault_repeats_a_password(rest: str) -> None:
    text = PORTAL + "    password: portal-secret\n" + rest
    with pytest.raises(BadConfiguration) as refused:
        apply(parse(text, "c.yaml"), "c.yaml")
    assert "portal-secret" not in str(refused.value)
    assert "portal-secret" not in repr(refused.value)
    assert refused.value.__cause__ is None


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
fields = [
    "name",
    "host",
    "port",
    "implies",
    "scopes",
    "valid_from",
    "password",
    "default",
    "enabled",
    "calls_per_minute",
]
entries = st.lists(st.dictionaries(st.sampled_from(fields), json, max_size=5), max_size=3)


def read_or_refused(text: str) -> list[str] | None:
    """What is wrong, or None; any other exception is a fault of ours."""
    try:
        parse(text, "c.yaml")
    except BadConfiguration as bad:
        return bad.faults
    return None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw builds tables
@given(st.dictionaries(st.sampled_from(["version", "portals", "scopes", "policies"]), st.just(1) | json | entries))
def test_any_document_is_either_read_or_refused_in_our_own_words(document: dict[str, object]) -> None:
    found = read_or_refused(yaml.safe_dump(document))
    assert found is None or (found and all(fault.startswith("c.yaml:") for fault in found))


@given(st.text())
def test_any_text_is_either_read_or_refused_in_our_own_words(text: str) -> None:
    found = read_or_refused(START + "portals: " + text)
    assert found is None or (found and all(fault.startswith("c.yaml:") for fault in found))
