"""Random valid configurations: what is exported is the normal form of what was imported, and imports as no change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauth.configuration import apply_text, as_json, as_yaml, export
from oauth.models import Policy, PolicyTest, Scope
from oauth.selectors import policy_revision
from tools.catalogue import CATALOGUE
from tools.models import CallerAccount, PortalProfile

JSON = dict[str, Any]


def certificate() -> str:
    """PEM text of an authority of a moment."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


PEM = certificate()
words = st.text("abcöß0189-_:", min_size=1, max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
lines = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=20)
names = st.builds(lambda word, more: (word + more).strip(), words, lines)
slugs = st.text("abcXYZ0189-_", min_size=1, max_size=8)
scope_names = st.text("abc:./*", min_size=1, max_size=5)
globs = st.builds(
    lambda parts, end: "/" + "/".join(parts) + end,
    st.lists(st.text("abcö *", min_size=1, max_size=4).filter(lambda part: part == part.strip() and "**" not in part),
             min_size=1, max_size=3),
    st.sampled_from(["", "/**"]),
)  # fmt: skip
patterns = st.lists(
    st.text("abc09-*", min_size=1, max_size=5).filter(lambda each: "**" not in each),
    min_size=1,
    max_size=3,
    unique=True,
)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-11))])
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001 - the zone is drawn
seconds = st.integers(1, 60) | st.floats(0.1, 60)


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[JSON]:
    """Any part of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


callers = st.fixed_dictionaries({
    "identity": st.just("caller"), "dns_suffix": st.just("example.com"), "account_claim": st.sampled_from(["", "acct"]),
    "tenant_host": st.sampled_from(["{tenant}.{dns_suffix}", "{tenant}.example.com"]),
    "accounts": st.dictionaries(st.text("abc019_", min_size=1, max_size=4), words, max_size=3),
}).flatmap(lambda entry: st.sampled_from([{**entry, "tenant": "2024"}, {**entry, "tenant_claim": "team"}]))  # fmt: skip


@st.composite
def portals(draw: st.DrawFn) -> list[JSON]:
    """Portals of which one at most is the default."""
    found = []
    for name in draw(st.lists(slugs, max_size=3, unique=True)):
        kind = draw(st.sampled_from(["user", "admin", "callers"]))
        found.append({
            "name": name,
            "host": draw(st.sampled_from(["portal.example.com", "10.0.0.1", "[::1]"])),
            "username": draw(names),
            **({"scope": "user", "tenant": draw(slugs.filter(lambda each: each != "-"))} if kind == "user" else {}),
            **(draw(callers) if kind == "callers" else {}),
            **draw(some({
                "port": st.integers(1, 65535), "https": st.booleans(), "verify_tls": st.booleans(),
                "ca_pem": st.sampled_from(["", PEM, PEM.replace("\n", "\r\n")]), "connect_timeout": seconds,
                "read_timeout": seconds, "total_timeout": seconds, "max_sessions": st.integers(1, 500),
                "enabled": st.booleans(), "password": st.just("portal-secret"),
            })),
        })  # fmt: skip
    for chosen in draw(st.sampled_from([found[:1], found[-1:], []])):
        chosen["default"] = True
    return found


@st.composite
def scopes(draw: st.DrawFn) -> list[JSON]:
    """Scopes that imply others without a circle, in any order."""
    found: list[JSON] = []
    for name in draw(st.lists(scope_names, max_size=5, unique=True)):
        implied = draw(st.lists(st.sampled_from([each["name"] for each in found]), unique=True)) if found else []
        found.append({"name": name, "implies": implied, **draw(some({"description": texts}))})
    return draw(st.permutations(found))


@st.composite
def policies(draw: st.DrawFn) -> list[JSON]:
    """Allows and denies that may be saved."""
    found = []
    for name in draw(st.lists(names, max_size=4, unique=True)):
        denies = draw(st.booleans())
        entry: JSON = {
            "name": name,
            "effect": "deny" if denies else "allow",
            "toolsets": draw(st.lists(st.sampled_from(["read", "write", "share", "admin"]), unique=True)),
            "tools": draw(st.lists(st.sampled_from(sorted(CATALOGUE)), min_size=1, max_size=2, unique=True)),
            "scopes": draw(st.lists(scope_names, min_size=1, max_size=2, unique=True)),
            **draw(some({
                "description": texts, "subjects": patterns, "clients": patterns, "organizations": patterns,
                "tenants": patterns, "paths": st.lists(globs, min_size=1, max_size=3, unique=True),
                "portals": st.lists(slugs, min_size=1, max_size=2, unique=True), "enabled": st.booleans(),
            })),
        }  # fmt: skip
        begins, length = (
            draw(st.none() | moments),
            draw(st.none() | st.timedeltas(timedelta(seconds=1), timedelta(9999))),
        )
        entry["valid_from"] = begins and begins.isoformat()
        entry["valid_until"] = begins and length and (begins + length).isoformat()
        if denies:
            entry["except_subjects"] = draw(st.lists(words, max_size=2, unique=True))
        else:
            entry["calls_per_minute"] = draw(st.none() | st.integers(1, 1_000_000))
        found.append(entry)
    return found


@st.composite
def expectations(draw: st.DrawFn) -> list[JSON]:
    """Tests of policies that may be saved, whatever they name."""
    found = []
    for name in draw(st.lists(names, max_size=3, unique=True)):
        tool = draw(st.sampled_from(sorted(CATALOGUE)))
        spec = CATALOGUE[tool]
        at = draw(st.none() | moments)
        entry: JSON = {"name": name, "tool": tool, "at": at and at.isoformat()}
        entry |= draw(some({
            "note": texts, "scopes": st.lists(scope_names, max_size=2, unique=True), "subject": words, "client": words,
            "organization": words, "claims": st.just(["account=alice"]), "portal": slugs, "tenant": words,
            "expected": st.sampled_from(["allow", "deny"]), "policy": words, "enabled": st.booleans(),
            "paths": st.lists(st.sampled_from(["/a", "/HR/Pay"]), min_size=len(spec.paths), max_size=len(spec.paths)),
        }))  # fmt: skip
        found.append(entry)
    return found


def columns(model: type[Any], entry: JSON) -> JSON:
    """An entry with the defaults that the model gives a new row, in the order of the export."""
    row = model()
    left = {key: value for key, value in entry.items() if key != "password"}
    order = [key for key in export_keys(model) if key == "accounts" or key in left or hasattr(row, key)]
    return {key: left.get(key) or {} if key == "accounts" else left.get(key, getattr(row, key)) for key in order}


def export_keys(model: type[Any]) -> list[str]:
    hidden = {"id", "sealed_password", "password_set_at"}
    names = [field.name for field in model._meta.fields if field.name not in hidden]
    return [*names, "accounts"] if model is PortalProfile else names


def normal(document: JSON) -> JSON:
    """What the export must say: every field, times in UTC, line ends of one kind, rows by name."""
    made: JSON = {"version": 1}
    for section, model in (("scopes", Scope), ("portals", PortalProfile), ("policies", Policy), ("tests", PolicyTest)):
        rows = [columns(model, entry) for entry in document[section]]
        made[section] = {row["name"]: row for row in rows}
        for row in rows:
            for key in {"valid_from", "valid_until", "at"} & row.keys():
                if row.get(key):
                    row[key] = datetime.fromisoformat(row[key]).astimezone(UTC).isoformat()
            if "ca_pem" in row:
                row["ca_pem"] = row["ca_pem"].replace("\r\n", "\n")
    return made


def by_name(document: JSON) -> JSON:
    return {
        key: {row["name"]: row for row in value} if isinstance(value, list) else value
        for key, value in document.items()
    }


def records() -> list[int]:
    counted: list[Any] = [Scope, PortalProfile, CallerAccount, Policy, PolicyTest]
    return [model.history.count() for model in counted]


documents = st.fixed_dictionaries({
    "version": st.just(1), "portals": portals(), "scopes": scopes(), "policies": policies(),
    "tests": expectations()
})  # fmt: skip


@pytest.mark.django_db
@pytest.mark.timeout(300)  # one example is a whole configuration, brought four times
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=documents, is_json=st.booleans())
def test_the_export_is_the_normal_form_of_the_import_and_imports_as_no_change(document: JSON, is_json: bool) -> None:
    text = json.dumps(document) if is_json else yaml.safe_dump(document, allow_unicode=True)
    with transaction.atomic():
        apply_text(text, "c.yaml", prune=True)
        exported = export()
        assert by_name(exported) == normal(document)
        before = policy_revision(), records()
        for again in (as_yaml(exported), as_json(exported), text):
            assert apply_text(again, "c.yaml", prune=True).differences == ()
        assert (policy_revision(), records()) == before
        assert export() == exported
        transaction.set_rollback(True)
