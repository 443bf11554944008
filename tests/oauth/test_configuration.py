"""A configuration file is applied all or nothing, and comes back from the export unchanged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from oauth.configuration import BadConfiguration, Outcome, apply, as_yaml, export, parse
from oauth.models import Policy, Scope
from oauth.selectors import policy_revision
from tools.models import PortalProfile
from tools.sealing import unseal

pytestmark = pytest.mark.django_db

HQ = """
version: 1
portals:
  - {name: hq, host: portal.example.com, username: svc-mcp, password: {env: CTERA_HQ_PASSWORD}, default: true}
"""
EVERY_FIELD = """
version: 1
portals:
  - {name: hq, host: 10.0.0.1, port: 8443, https: true, verify_tls: false, scope: admin, username: svc, password: pw,
     identity: caller, tenant_host: "{tenant}.example.com", dns_suffix: example.com, tenant_claim: team,
     account_claim: portal_account, accounts: {usr_1: alice, usr_2: "007"}, connect_timeout: 1.5,
     read_timeout: 10, total_timeout: 20, max_sessions: 3, default: true, enabled: false}
  - {name: acme, host: acme.example.com, scope: user, tenant: "007", username: alice}
scopes:
  - {name: "a:all", description: Everything, implies: ["b:read", "c:write"]}
  - {name: "b:read"}
  - {name: "c:write", implies: ["b:read"]}
policies:
  - {name: Löwen lesen, effect: allow, scopes: ["b:read"], toolsets: [read], tenants: ["2024", "-", "a*"],
     paths: ["/Löwen/**", "/a b/*"], valid_from: 2027-01-31T18:00:00Z, valid_until: "2027-02-28T18:00:00.5+02:00",
     calls_per_minute: 5, enabled: false}
  - {name: No HR, effect: deny, tools: ["*"], paths: ["/HR/**"], except_subjects: [usr_1]}
"""


def secret(name: str) -> str | None:
    return {"CTERA_HQ_PASSWORD": "portal-secret"}.get(name)


def bring(text: str, **options: Any) -> Outcome:
    return apply(parse(text, "c.yaml"), "c.yaml", lookup=secret, **options)


def test_a_portal_of_the_file_becomes_a_row_with_its_password_sealed() -> None:
    bring(HQ)
    row = PortalProfile.objects.get(name="hq")
    assert (row.host, row.username, row.default) == ("portal.example.com", "svc-mcp", True)
    assert "portal-secret" not in row.sealed_password
    assert unseal(row.sealed_password) == "portal-secret"


def test_every_field_of_the_file_arrives_in_its_row() -> None:
    bring(EVERY_FIELD)
    policy = Policy.objects.get(name="Löwen lesen")
    assert policy.tenants == ["2024", "-", "a*"]
    assert policy.valid_from == datetime(2027, 1, 31, 18, tzinfo=UTC)
    assert policy.valid_until == datetime(2027, 2, 28, 16, 0, 0, 500_000, UTC)
    assert (policy.calls_per_minute, policy.enabled) == (5, False)
    assert PortalProfile.objects.get(name="acme").tenant == "007"
    hq = PortalProfile.objects.get(name="hq")
    assert (hq.dns_suffix, hq.account_claim, hq.tenant_claim) == ("example.com", "portal_account", "team")
    assert dict(hq.accounts.values_list("subject", "account")) == {"usr_1": "alice", "usr_2": "007"}
    assert Scope.objects.get(name="a:all").implies == ["b:read", "c:write"]


def test_what_was_exported_changes_nothing_where_it_came_from() -> None:
    bring(EVERY_FIELD)
    before = policy_revision()
    assert bring(as_yaml(export())).diff == ""
    assert policy_revision() == before


def test_what_was_exported_makes_an_empty_database_the_same() -> None:
    bring(EVERY_FIELD)
    document = export()
    for model in (Policy, PortalProfile, Scope):
        for row in model._default_manager.order_by("-pk"):
            if isinstance(row, Scope):
                Scope.objects.update(implies=[])
            row.delete()
    bring(as_yaml(document))
    assert export() == document


def test_a_second_import_of_one_file_does_not_move_the_revision() -> None:
    bring(HQ)
    before = policy_revision()
    assert bring(HQ).diff == ""
    assert policy_revision() == before


def test_an_absent_password_keeps_the_stored_one() -> None:
    bring(HQ)
    bring("{version: 1, portals: [{name: hq, port: 8443}]}")
    row = PortalProfile.objects.get(name="hq")
    assert row.port == 8443
    assert unseal(row.sealed_password) == "portal-secret"


def test_what_is_left_out_keeps_its_value() -> None:
    bring(EVERY_FIELD)
    bring("{version: 1, policies: [{name: No HR, paths: ['/HR/**', '/Legal/**']}]}")
    policy = Policy.objects.get(name="No HR")
    assert (policy.effect, policy.except_subjects) == ("deny", ["usr_1"])
    assert policy.paths == ["/HR/**", "/Legal/**"]


def test_one_fault_anywhere_leaves_everything_as_it_was() -> None:
    before, revision = export(), policy_revision()
    with pytest.raises(BadConfiguration):
        bring(EVERY_FIELD + "  - {name: Bad, effect: allow, toolsets: [read]}\n")
    assert export() == before
    assert policy_revision() == revision


def test_a_dry_run_shows_the_difference_and_changes_nothing() -> None:
    before, revision = export(), policy_revision()
    diff = bring(HQ, keep=False).diff
    assert "+ portal hq\n" in diff
    assert "    password: set\n" in diff
    assert "portal-secret" not in diff
    assert export() == before
    assert policy_revision() == revision


def test_a_new_password_alone_is_a_difference_that_does_not_show_it() -> None:
    bring(HQ)
    diff = bring(HQ.replace("{env: CTERA_HQ_PASSWORD}", "other-secret")).diff
    assert diff == "~ portal hq\n    password: changed\n"
    assert "other-secret" not in diff
    assert unseal(PortalProfile.objects.get(name="hq").sealed_password) == "other-secret"


def test_the_export_never_holds_a_password() -> None:
    bring(HQ)
    text = as_yaml(export())
    assert "portal-secret" not in text
    assert PortalProfile.objects.get(name="hq").sealed_password not in text
    assert "password" not in text


def test_a_default_of_the_file_takes_the_mark_from_another_profile() -> None:
    bring(HQ)
    bring("{version: 1, portals: [{name: b, host: b, username: u, default: true}, {name: hq, port: 8443}]}")
    assert list(PortalProfile.objects.filter(default=True).values_list("name", flat=True)) == ["b"]


def test_an_implication_can_be_turned_round_in_one_file() -> None:
    bring("{version: 1, scopes: [{name: x, implies: [y]}, {name: y, implies: []}]}")
    bring("{version: 1, scopes: [{name: y, implies: [x]}, {name: x, implies: []}]}")
    assert dict(Scope.objects.filter(name__in="xy").values_list("name", "implies")) == {"x": [], "y": ["x"]}


def test_prune_removes_what_the_sections_of_the_file_do_not_name() -> None:
    bring(EVERY_FIELD)
    bring("{version: 1, policies: [{name: No HR}], scopes: []}", prune=True)
    assert list(Policy.objects.values_list("name", flat=True)) == ["No HR"]
    assert not Scope.objects.exists()
    assert PortalProfile.objects.count() == 2


def test_without_prune_nothing_is_removed() -> None:
    bring(EVERY_FIELD)
    bring("{version: 1, policies: [], scopes: [], portals: []}")
    assert Policy.objects.filter(name="No HR").exists()


def test_prune_does_not_remove_what_is_still_named() -> None:
    bring(EVERY_FIELD)
    with pytest.raises(BadConfiguration, match="b:read cannot be removed: b:read is named by policy Löwen lesen"):
        bring("{version: 1, scopes: []}", prune=True)
    assert Scope.objects.filter(name="b:read").exists()


def test_the_history_says_that_a_file_was_imported() -> None:
    bring(EVERY_FIELD)
    record = Policy.objects.get(name="No HR").history.first()
    assert record.history_change_reason == "import_config"


def test_notes_tell_what_will_not_work_yet() -> None:
    text = EVERY_FIELD.replace('scopes: ["b:read"], toolsets', 'scopes: ["b:read"], portals: [hq, eu], toolsets')
    notes = bring(text.replace("calls_per_minute: 5, enabled: false", "calls_per_minute: 5")).notes
    assert "acme: no password is set; until one is, its tools cannot log in." in notes
    assert "Löwen lesen: no portal is called eu; until one is, it matches nothing by that name. (L030)" in notes
