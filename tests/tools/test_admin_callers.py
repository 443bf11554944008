"""The table of callers' accounts on the profile's page, its history, and who may try a profile as a caller."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.test import Client

from oauth.snapshots import load_snapshot
from tests.tools.test_admin import HQ, LIST
from tools.governed import Revision
from tools.history import kinds, told
from tools.models import CallerAccount, PortalProfile
from tools.services import save_profile

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
CORP = {
    **HQ,
    "name": "corp",
    "identity": "caller",
    "tenant": "acme",
    "dns_suffix": "portal.example.com",
    "tenant_host": "{tenant}.{dns_suffix}",
    "account_claim": "portal_account",
    "accounts-TOTAL_FORMS": "2",
    "accounts-0-subject": "usr_1",
    "accounts-0-account": "ann",
    "accounts-1-subject": "usr_2",
    "accounts-1-account": "ben",
}


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    return client


@pytest.fixture
def corp(olga: Client) -> PortalProfile:
    answer = olga.post(f"{LIST}add/", CORP)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return PortalProfile.objects.get(name="corp")


def test_a_profile_is_saved_with_its_table_and_the_next_snapshot_knows_it(corp: PortalProfile) -> None:
    profile = load_snapshot().profiles["corp"]
    assert (profile.identity, profile.tenant, profile.account_claim) == ("caller", "acme", "portal_account")
    assert profile.accounts == {"usr_1": "ann", "usr_2": "ben"}
    assert "ann" not in repr(profile)


def test_an_entry_is_changed_and_another_one_taken_out_each_with_its_author(olga: Client, corp: PortalProfile) -> None:
    first, second = CallerAccount.objects.all()
    before = Revision.objects.get().number
    answer = olga.post(
        f"{LIST}{corp.pk}/change/",
        {
            **CORP,
            "new_password": "",
            "accounts-INITIAL_FORMS": "2",
            "accounts-0-id": first.pk,
            "accounts-0-profile": corp.pk,
            "accounts-0-account": "anna",
            "accounts-1-id": second.pk,
            "accounts-1-profile": corp.pk,
            "accounts-1-DELETE": "on",
        },
    )
    assert answer.status_code == 302
    assert dict(CallerAccount.objects.values_list("subject", "account")) == {"usr_1": "anna"}
    assert Revision.objects.get().number > before
    changes = told(CallerAccount, CallerAccount.history.order_by("-history_id")[:2])
    assert {(each.action, each.who) for each in changes} == {("changed", "olga"), ("deleted", "olga")}
    changed = next(each for each in changes if each.action == "changed")
    assert [(each.field, each.before, each.after) for each in changed.fields] == [("account", "ann", "anna")]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"accounts-1-subject": "usr_1"}, "duplicate"),
        ({"accounts-1-subject": "usr_*"}, "patterns are not read here"),
        ({"accounts-1-subject": "m2m_7"}, "the id of a program"),
        ({"accounts-1-account": "ben\u202e"}, "printable characters"),
        ({"tenant": ""}, "and not both"),
        ({"tenant_claim": "team"}, "and not both"),
        ({"dns_suffix": "https://portal.example.com"}, "Enter the domain alone"),
        ({"tenant_host": "{tenant}.example.org"}, "must be a host name that ends with"),
        ({"account_claim": "client_id"}, "says nothing about the person"),
    ],
    ids=str,
)
def test_what_could_never_work_is_told_beside_its_field(olga: Client, typed: dict[str, str], says: str) -> None:
    answer = olga.post(f"{LIST}add/", {**CORP, **typed})
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not PortalProfile.objects.exists()


def test_the_tables_are_a_kind_of_history_and_have_a_list(olga: Client, corp: PortalProfile) -> None:
    assert "tools.calleraccount" in kinds()
    page = olga.get("/admin/tools/calleraccount/?q=ann").content.decode()
    assert "usr_1" in page
    assert "usr_2" not in page
    row = CallerAccount.objects.get(subject="usr_1")
    assert olga.get(f"/admin/tools/calleraccount/{row.pk}/history/").status_code == 200
    assert "usr_1 as ann" in olga.get("/admin/changes/").content.decode()


def test_a_profile_takes_its_table_along_when_it_goes(olga: Client, corp: PortalProfile) -> None:
    assert olga.post(f"{LIST}{corp.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not CallerAccount.objects.exists()
    assert CallerAccount.history.filter(history_type="-").count() == 2


def test_the_profiles_page_leads_to_the_trial_only_where_there_are_callers(olga: Client, corp: PortalProfile) -> None:
    own = save_profile(PortalProfile(name="own", host="portal.example.com", username="svc"), password="x")
    assert f"{LIST}{corp.pk}/try/" in olga.get(f"{LIST}{corp.pk}/change/").content.decode()
    assert f"{LIST}{own.pk}/try/" not in olga.get(f"{LIST}{own.pk}/change/").content.decode()
    assert "works with its own account" in olga.get(f"{LIST}{own.pk}/try/").content.decode()


def test_a_trial_needs_its_own_permission(client: Client, corp: PortalProfile) -> None:
    viktor = User.objects.create_user("viktor", is_staff=True)
    viktor.user_permissions.set(Permission.objects.filter(codename__in=["change_portalprofile", "check_portalprofile"]))
    client.force_login(viktor, BACKEND)
    assert client.get(f"{LIST}{corp.pk}/try/").status_code == 403
    viktor.user_permissions.add(Permission.objects.get(codename="try_portalprofile"))
    assert client.get(f"{LIST}{corp.pk}/try/").status_code == 200


def test_a_trial_of_a_stranger_is_told_with_its_remedy_and_logged(olga: Client, corp: PortalProfile) -> None:
    page = olga.post(f"{LIST}{corp.pk}/try/", {"subject": "usr_9", "claims": ""}).content.decode()
    assert "It does not work" in page
    assert "The table of accounts has no entry for this subject" in page
    assert "Tried as usr_9: failed at account" in LogEntry.objects.latest("pk").get_change_message()


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ("portal_account", "name=value"),
        ("other=x", "does not look at claim other: it looks at portal_account"),
        ("portal_account=a\nportal_account=b", "given twice"),
    ],
)
def test_claims_that_say_nothing_are_refused(olga: Client, corp: PortalProfile, claims: str, says: str) -> None:
    page = olga.post(f"{LIST}{corp.pk}/try/", {"subject": "usr_9", "claims": claims}).content.decode()
    assert says in page


@pytest.mark.parametrize("left", ["subject", "account"])
def test_a_field_left_empty_is_asked_for_and_told_nothing_else(corp: PortalProfile, left: str) -> None:
    row = CallerAccount(**{"profile": corp, "subject": "usr_9", "account": "ivy", left: ""})
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert refused.value.message_dict == {left: ["This field cannot be blank."]}
