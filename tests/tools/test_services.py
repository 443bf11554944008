"""Portal profiles are saved with their password sealed, one default at most, and a revision that any change moves."""

from __future__ import annotations

import io
import json
import logging
import traceback
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command

from oauth.models import Policy
from tools.models import PortalProfile
from tools.profile import Profile
from tools.sealing import unseal
from tools.services import as_profile, delete_profile, save_profile, users_of_portal

pytestmark = pytest.mark.django_db
SECRET = "portal-secret"


def profile(name: str = "hq", **values: Any) -> PortalProfile:
    return PortalProfile(**{"name": name, "host": "portal.example.com", "username": "svc", **values})


@pytest.fixture
def hq(db: None) -> PortalProfile:
    return save_profile(profile(), password=SECRET)


def test_the_password_is_sealed_and_the_moment_noted(hq: PortalProfile) -> None:
    hq.refresh_from_db()
    assert unseal(hq.sealed_password) == SECRET
    assert hq.password_set_at is not None
    assert abs((datetime.now(UTC) - hq.password_set_at).total_seconds()) < 60


def test_saving_without_a_password_keeps_the_stored_one(hq: PortalProfile) -> None:
    row = PortalProfile.objects.get()
    row.port = 8443
    save_profile(row)
    again = PortalProfile.objects.get()
    assert (again.sealed_password, again.password_set_at) == (hq.sealed_password, hq.password_set_at)


@pytest.mark.parametrize("password", ["", "x" * 1001, "a\x00b"])
def test_a_password_that_no_portal_takes_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        save_profile(profile(), password=password)
    assert list(refused.value.message_dict) == ["password"]
    assert not password or password not in str(refused.value)
    assert not PortalProfile.objects.exists()


def test_a_new_default_takes_the_mark_and_history_tells(hq: PortalProfile) -> None:
    save_profile(profile("a", default=True))
    save_profile(profile("b", default=True))
    assert list(PortalProfile.objects.filter(default=True).values_list("name", flat=True)) == ["b"]
    assert [record.default for record in PortalProfile.history.filter(name="a")] == [False, True]


def test_a_refused_default_leaves_the_mark_where_it_was() -> None:
    save_profile(profile("a", default=True))
    with pytest.raises(ValidationError):
        save_profile(profile("b", default=True, host="https://nowhere"))
    assert PortalProfile.objects.get(default=True).name == "a"


def test_a_second_default_by_another_way_is_refused() -> None:
    profile("a", default=True).save()
    with pytest.raises(ValidationError, match="Another profile is the default"):
        profile("b", default=True).save()


def test_the_history_names_author_and_reason(hq: PortalProfile) -> None:
    olga = User.objects.create_user("olga")
    save_profile(hq, user=olga, reason="x" * 200)
    record = hq.history.first()
    assert (record.history_user, record.history_change_reason) == (olga, "x" * 100)
    delete_profile(hq, user=olga, reason="gone")
    last = PortalProfile.history.first()
    assert (last.history_type, last.history_user, last.history_change_reason) == ("-", olga, "gone")


def test_a_profile_in_use_is_neither_renamed_nor_deleted(hq: PortalProfile) -> None:
    Policy.objects.filter(name__startswith="R").update(portals=["hq"])
    Policy.objects.create(name="No HR", effect="deny", tools=["*"], portals=["eu", "hq"])
    assert users_of_portal("hq") == ["policy No HR", "policy Readers"]
    hq.name = "head"
    with pytest.raises(ValidationError, match="hq is named by policy No HR, policy Readers") as refused:
        save_profile(hq)
    assert list(refused.value.message_dict) == ["name"]
    hq.refresh_from_db()
    with pytest.raises(ValidationError, match="hq is named by policy No HR, policy Readers"):
        delete_profile(hq)
    assert PortalProfile.objects.get().name == "hq"


def test_a_profile_that_nothing_names_can_be_renamed(hq: PortalProfile) -> None:
    hq.name = "head"
    save_profile(hq)
    assert PortalProfile.objects.get().name == "head"


CALLERS: dict[str, Any] = {"identity": "caller", "tenant": "acme", "dns_suffix": "portal.example.com"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a user account without a Team Portal": ({"scope": "user"}, "tenant"),
    "a user account of global administration": ({"scope": "user", "tenant": "-"}, "tenant"),
    "an administrator of one Team Portal": ({"tenant": "acme"}, "tenant"),
    "a user account that works as its callers": ({"scope": "user", "tenant": "acme", "identity": "caller"}, "identity"),
    "a host with a scheme": ({"host": "https://portal.example.com"}, "host"),
    "a host with a path": ({"host": "portal.example.com/admin"}, "host"),
    "a host with an account": ({"host": "svc@portal.example.com"}, "host"),
    "a host with a new line": ({"host": "portal.example.com\n"}, "host"),
    "port 0": ({"port": 0}, "port"),
    "port 65536": ({"port": 65536}, "port"),
    "a name with a slash": ({"name": "h/q"}, "name"),
    "a certificate that is none": ({"ca_pem": "MIIB"}, "ca_pem"),
    "a damaged certificate": (
        {"ca_pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"},
        "ca_pem",
    ),
    "another name in the template": ({"tenant_host": "{password}.example.com"}, "tenant_host"),
    "an attribute in the template": ({"tenant_host": "{tenant.__class__}"}, "tenant_host"),
    "an open brace in the template": ({"tenant_host": "{tenant"}, "tenant_host"),
    "no user name": ({"username": ""}, "username"),
    "no timeout": ({"total_timeout": 0}, "total_timeout"),
    "no sessions": ({"max_sessions": 0}, "max_sessions"),
    "an unknown identity": ({"identity": "root"}, "identity"),
    "callers in no Team Portal": ({**CALLERS, "tenant": ""}, "tenant"),
    "callers in two Team Portals": ({**CALLERS, "tenant_claim": "portal_tenant"}, "tenant"),
    "callers in a Team Portal that is no label": ({**CALLERS, "tenant": "a.b"}, "tenant"),
    "callers in global administration": ({**CALLERS, "tenant": "-"}, "tenant"),
    "callers without a domain": ({**CALLERS, "dns_suffix": ""}, "dns_suffix"),
    "callers at a domain with a port": ({**CALLERS, "dns_suffix": "example.com:8443"}, "dns_suffix"),
    "callers at another domain": ({**CALLERS, "tenant_host": "{tenant}.example.org"}, "tenant_host"),
    "callers at an address with a path": (
        {**CALLERS, "tenant_host": "example.org/{tenant}.{dns_suffix}"},
        "tenant_host",
    ),
    "a domain that is none": ({"dns_suffix": "https://example.com"}, "dns_suffix"),
    "a claim of the client": ({**CALLERS, "account_claim": "client_id"}, "account_claim"),
    "a claim that is none": ({**CALLERS, "account_claim": "portal account"}, "account_claim"),
    "a claim of the token for the Team Portal": ({**CALLERS, "tenant": "", "tenant_claim": "aud"}, "tenant_claim"),
}


@pytest.mark.parametrize(("values", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_never_work_is_refused_at_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        save_profile(profile(**values))
    assert list(refused.value.message_dict) == [field]


OTHER: dict[str, Any] = {
    "host": "other.example.com",
    "port": 8443,
    "https": False,
    "verify_tls": False,
    "scope": "user",
    "username": "other",
    "sealed_password": "gAAAAAother",
    "ca_pem": "x",
    "tenant": "acme",
    "tenant_host": "{tenant}.example.com",
    "dns_suffix": "example.com",
    "identity": "caller",
    "connect_timeout": 6.0,
    "read_timeout": 31.0,
    "total_timeout": 61.0,
    "max_sessions": 21,
}
NO_SESSION_DEPENDS_ON = {
    *{"name", "revision", "enabled", "default"},
    *{"accounts", "account_claim", "tenant_claim"},  # a session is bound to its account, whoever that is
}


def test_every_field_that_a_session_depends_on_is_looked_at() -> None:
    assert OTHER.keys() | NO_SESSION_DEPENDS_ON == {field.name for field in fields(Profile)}


@pytest.mark.parametrize("field", OTHER)
def test_any_change_by_any_way_moves_the_profiles_revision(hq: PortalProfile, field: str) -> None:
    before = as_profile(hq).revision
    PortalProfile.objects.update(**{field: OTHER[field]})
    assert as_profile(PortalProfile.objects.get()).revision != before


@pytest.mark.parametrize(
    "values", [{"enabled": False}, {"default": True}, {"name": "head"}, {"account_claim": "a", "tenant_claim": "b"}]
)
def test_what_no_session_depends_on_leaves_it(hq: PortalProfile, values: dict[str, Any]) -> None:
    before = as_profile(hq).revision
    PortalProfile.objects.update(**values)
    assert as_profile(PortalProfile.objects.get()).revision == before


def test_reading_it_again_gives_the_same_revision(hq: PortalProfile) -> None:
    assert as_profile(PortalProfile.objects.get()) == as_profile(hq)
    assert 0 <= as_profile(hq).revision < 2**56


def test_entering_the_same_password_again_moves_it_too(hq: PortalProfile) -> None:
    before = as_profile(hq).revision
    assert as_profile(save_profile(hq, password=SECRET)).revision != before


def test_nothing_printed_holds_the_password(hq: PortalProfile, caplog: pytest.LogCaptureFixture) -> None:
    dumped = io.StringIO()
    call_command("dumpdata", "tools", stdout=dumped)
    row = PortalProfile.objects.get()
    row.host = "https://nowhere"
    with caplog.at_level(logging.DEBUG), pytest.raises(ValidationError) as refused:
        save_profile(row, password=SECRET)
    told = "".join(traceback.format_exception(refused.value))
    history = json.dumps(list(PortalProfile.history.values()), default=str)
    shown = [repr(hq), str(hq), repr(as_profile(hq)), str(as_profile(hq)), history, told, caplog.text]
    assert SECRET not in " ".join([*shown, dumped.getvalue()])
    assert hq.sealed_password not in " ".join(shown)


def authority() -> str:
    """A certificate authority's certificate, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Own authority")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2026, 1, 1), datetime(2026, 2, 1))  # noqa: DTZ001
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_an_own_authority_is_kept_with_the_line_ends_of_a_file() -> None:
    pem = authority()
    save_profile(profile(ca_pem=pem.replace("\n", "\r\n")))
    assert PortalProfile.objects.get().ca_pem == pem
    save_profile(profile("two", ca_pem=pem + pem))
    assert as_profile(PortalProfile.objects.get(name="two")).ca_pem == pem + pem
