"""The numbers of several workers become one by the rule of each metric."""

from __future__ import annotations

from ctera_mcp_site.measured import MEASURES, Kind, Numbers, together
from ctera_mcp_site.metrics import as_text

ONE: Numbers = {
    "decisions": {("allowed",): [3], ("denied",): [1]},
    "policy_revision": {(): [7]},
    "policy_age_seconds": {(): [0.2]},
    "requests_in_flight": {(): [4]},
    "audit_batch_events": {(): [1, *[0] * 11, 1]},
}
OTHER: Numbers = {
    "decisions": {("allowed",): [5]},
    "policy_revision": {(): [6]},
    "policy_age_seconds": {(): [0.1]},
    "requests_in_flight": {(): [2]},
    "audit_batch_events": {(): [2, *[0] * 10, 1, 5000]},
}


def test_counts_add_up_and_of_states_the_one_that_matters_is_told() -> None:
    assert together([ONE, OTHER]) == {
        "decisions": {("allowed",): [8], ("denied",): [1]},
        "policy_revision": {(): [6]},
        "policy_age_seconds": {(): [0.2]},
        "requests_in_flight": {(): [6]},
        "audit_batch_events": {(): [3, *[0] * 10, 1, 5001]},
    }


def test_only_what_was_counted_outlasts_a_worker() -> None:
    assert together([ONE], outlasting_only=True).keys() == {"decisions", "audit_batch_events"}


def test_what_another_version_measures_is_left_out() -> None:
    odd: Numbers = {
        "unheard_of": {(): [1]},
        "decisions": {("allowed", "more"): [1], ("denied",): [1, 2]},
        "audit_batch_events": {(): [1, 2]},
    }
    assert together([ONE, odd]) == together([ONE])


def test_every_metric_has_its_place_on_the_page_from_the_start() -> None:
    page = as_text({}).decode()
    for measure in MEASURES.values():
        assert f"# TYPE {measure.exported} {measure.kind}" in page
        assert f"# HELP {measure.exported} {measure.text}" in page


def test_a_histogram_is_told_cumulatively() -> None:
    page = as_text(together([ONE, OTHER])).decode().splitlines()
    assert 'ctera_mcp_audit_batch_events_bucket{le="1.0"} 3.0' in page
    assert 'ctera_mcp_audit_batch_events_bucket{le="1024.0"} 3.0' in page
    assert 'ctera_mcp_audit_batch_events_bucket{le="+Inf"} 4.0' in page
    assert "ctera_mcp_audit_batch_events_count 4.0" in page
    assert "ctera_mcp_audit_batch_events_sum 5001.0" in page


def test_no_label_can_name_a_caller_or_a_place() -> None:
    labels = {label for measure in MEASURES.values() for label in measure.labels}
    assert labels == {
        "method", "tool", "outcome", "era", "effect", "reason", "code", "issuer_form", "portal", "toolset", "version",
        "python",
    }  # fmt: skip
    assert all(measure.bounds for measure in MEASURES.values() if measure.kind is Kind.HISTOGRAM)
