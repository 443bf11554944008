"""Any edit, removal, addition, move or cut of sealed events is found, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.chain import Head, Keys, Mark, MarkKind, Record, Sealed, Stream, canonical
from oauth.chain_check import Break, Fault, StreamCheck

FIRST, SECOND = "first-first-first-first-first-first", "second-second-second-second-second"
KEYS = Keys.build([FIRST])
AT = datetime(2026, 11, 25, 12, 0, 0, 123456, UTC)
PLAIN = Record(
    AT, "call", "R-1", "D-1", 4, "https://acme.scalekit.test", "usr_alice", "m2m_1", "org", ["a", "b"], "list_dir",
    "hq", "-", "", ["/x"], "0" * 64, "ok", "", "", "Readers", 1.5, 1, {},
)  # fmt: skip
EDITS: dict[str, Any] = {
    "time": AT + timedelta(microseconds=1), "kind": "intent", "request": "R-2", "decision": "D-2", "revision": 5,
    "issuer": "", "subject": "usr_bob", "client": "m2m_2", "organization": "", "scopes": ["a"], "tool": "delete",
    "portal": "", "tenant": "acme", "account": "svc", "paths": ["/y"], "argument_digest": "1" * 64, "outcome": "denied",
    "code": "policy_denied", "reason": "no_policy", "policy": "", "duration_ms": 1.25, "repeats": 2,
    "details": {"a": 1},
}  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
records = st.builds(
    PLAIN._replace,
    subject=texts,
    scopes=st.lists(texts, max_size=3),
    paths=st.lists(texts, max_size=3),
    duration_ms=st.floats(0, 1e6),
    revision=st.integers(0, 2**62),
)


def sealed(rows: list[Record], name: str = "w-1", keys: Keys = KEYS) -> tuple[list[Sealed], Mark]:
    """A stream of these records in two commits, and the checkpoint of its end."""
    stream = Stream(name, keys)
    half = len(rows) // 2
    first = stream.sealed(rows[:half])
    stream.advance(first)
    second = stream.sealed(rows[half:])
    stream.advance(second)
    return first + second, keys.mark(MarkKind.CHECKPOINT, name, stream.head, AT)


def checked(rows: list[Sealed], *marks: Mark, keys: Keys = KEYS, name: str = "w-1") -> Break | None:
    check = StreamCheck(name, keys, marks)
    for event, row in enumerate(rows, 1000):
        check.feed(row, event)
    return check.finish()


@given(st.lists(records, min_size=1, max_size=12))
def test_what_was_sealed_holds(rows: list[Record]) -> None:
    stream, mark = sealed(rows)
    assert checked(stream, mark) is None


@pytest.mark.parametrize("field", Record._fields)
@given(at=st.integers(0, 5))
def test_a_changed_field_of_any_row_is_found_at_that_row(field: str, at: int) -> None:
    stream, mark = sealed([PLAIN] * 6)
    stream[at] = stream[at]._replace(record=stream[at].record._replace(**{field: EDITS[field]}))
    found = checked(stream, mark)
    assert found is not None
    assert (found.fault, found.sequence, found.event) == (Fault.CHANGED, at + 1, 1000 + at)


@st.composite
def tampered(draw: st.DrawFn) -> tuple[list[Sealed], Mark, int]:
    """A stream, one attack on it, and the first row that is not as it was."""
    rows = draw(st.lists(records, min_size=2, max_size=10))
    whole, mark = sealed(rows)
    at = draw(st.integers(0, len(whole) - 1))
    attack = draw(st.sampled_from(["delete", "swap", "renumber", "cut", "repeat", "transplant", "reseal"]))
    stream = list(whole)
    if attack == "delete":
        del stream[at]
    elif attack == "swap":
        at = min(at, len(stream) - 2)
        one, other = stream[at], stream[at + 1]
        stream[at : at + 2] = [other._replace(sequence=at + 1), one._replace(sequence=at + 2)]
    elif attack == "renumber":
        del stream[at]
        stream = [row._replace(sequence=number) for number, row in enumerate(stream, 1)]
    elif attack == "cut":
        stream = stream[:at]
    elif attack == "repeat":
        stream.insert(at + 1, stream[at])
        at += 1
    elif attack == "transplant":
        stream[at] = sealed(rows, "w-2")[0][at]._replace(stream="w-1")
    else:
        forged = Stream("w-1", Keys.build(["some-other-key-some-other-key-some"]))
        stream[at] = forged.sealed([stream[at].record])[0]._replace(sequence=at + 1, key=KEYS.signing)
    return stream, mark, at


@given(tampered())
def test_removing_moving_adding_and_cutting_rows_is_found(case: tuple[list[Sealed], Mark, int]) -> None:
    stream, mark, at = case
    found = checked(stream, mark)
    assert found is not None
    assert found.sequence <= at + 1


def test_a_cut_end_is_found_by_the_checkpoint_alone() -> None:
    stream, mark = sealed([PLAIN] * 5)
    assert checked(stream[:3]) is None
    found = checked(stream[:3], mark)
    assert found is not None
    assert (found.fault, found.sequence, found.event) == (Fault.CUT, 4, None)
    assert checked([], mark) is not None


def test_a_forged_checkpoint_and_one_by_an_unknown_key_are_told_apart() -> None:
    stream, mark = sealed([PLAIN] * 3)
    forged = checked(stream, mark._replace(sequence=2))
    unknown = checked(stream, Keys.build([SECOND]).mark(MarkKind.CHECKPOINT, "w-1", Head(2, "0" * 64), AT))
    assert forged is not None
    assert forged.fault is Fault.FORGED_MARK
    assert unknown is not None
    assert unknown.fault is Fault.UNKNOWN_KEY
    assert "AUDIT_KEYS" in unknown.message


def test_pruned_rows_are_vouched_for_by_their_mark_and_the_rest_still_verifies() -> None:
    stream, mark = sealed([PLAIN] * 6)
    prune = KEYS.mark(MarkKind.PRUNE, "w-1", Head(4, stream[3].mac), AT)
    assert checked(stream[4:], mark, prune) is None
    assert checked(stream[4:], mark) is not None
    assert checked(stream[5:], mark, prune) is not None
    assert checked(stream[3:], mark, prune) is not None
    assert checked(stream[4:5], mark, prune) is not None


def test_any_key_verifies_and_the_first_signs() -> None:
    old, mark = sealed([PLAIN] * 3)
    both = Keys.build([SECOND, FIRST])
    new, _ = sealed([PLAIN] * 3, keys=both)
    assert checked(old, mark, keys=both) is None
    assert {row.key for row in new} == {Keys.build([SECOND]).signing}
    retired = checked(old, keys=Keys.build([SECOND]))
    assert retired is not None
    assert retired.fault is Fault.UNKNOWN_KEY


def test_a_fork_goes_on_under_another_name() -> None:
    stream = Stream("w-1", KEYS)
    stream.advance(stream.sealed([PLAIN]))
    fork = stream.fork()
    assert (fork.name, fork.fork().name, fork.head) == ("w-1.1", "w-1.2", Head())


@given(records, records)
def test_different_events_are_written_out_differently(one: Record, other: Record) -> None:
    assert (canonical("w", 1, one) == canonical("w", 1, other)) == (one == other)
    assert canonical("w", 1, one) != canonical("w", 2, one)


def test_lists_and_objects_of_the_same_words_are_written_out_differently() -> None:
    assert canonical("w", 1, PLAIN._replace(paths=["a"])) != canonical("w", 1, PLAIN._replace(paths={"a": 1}))  # type: ignore[arg-type]  # as an attacker would


def test_keys_are_never_shown() -> None:
    assert FIRST not in repr(KEYS)
    assert KEYS.by_id[KEYS.signing].hex() not in repr(Stream("w", KEYS))
    with pytest.raises(ValueError, match="no audit key"):
        Keys.build([])
