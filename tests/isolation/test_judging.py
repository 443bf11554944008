"""The judge of the random interleavings finds what it is there to find."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.isolation.judging import Judge
from tests.isolation.making import Made, Maker, mark
from tests.isolation.people import ASKERS, OWNERS, Asker

JSON = dict[str, Any]
ALICE, BOB = ASKERS[0], ASKERS[1]
OPERATOR = next(asker for asker in ASKERS if asker.realm == "admin")


def told(made: Made, content: JSON, *, error: bool = False, status: int = 200) -> Judge:
    judge = Judge()
    result = {"structuredContent": content, "isError": error}
    judge.answer(made, status, json.dumps({"id": made.number, "result": result}))
    return judge


def right(made: Made) -> JSON:
    entries = [{"name": name} for name in made.names or ()]
    return {**made.expected, "entries": entries}


KINDS = (Maker.who, Maker.listing, Maker.walk, Maker.info, Maker.read, Maker.upload)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_answer_is_good_and_that_of_another_is_not(kind: Any) -> None:
    mine, others = kind(Maker(1), ALICE), kind(Maker(1), BOB)
    assert told(mine, right(mine)).faults == []
    if kind is not Maker.upload:  # an upload's answer holds only what was asked
        assert told(mine, right(others)).faults


def test_anothers_label_is_found_wherever_it_stands() -> None:
    mine = Maker(1).missing(ALICE)
    judge = told(mine, {"code": "not_found", "message": f"there is {OWNERS[3].label}.txt"}, error=True)
    assert "own-globex-carol" in judge.faults[0]


def test_trouble_is_counted_and_every_other_error_is_a_fault() -> None:
    mine = Maker(1).read(ALICE)
    assert told(mine, {"code": "timeout"}, error=True).troubled == {"timeout": 1}
    for code in ("not_found", "portal_denied", "policy_denied", "internal"):
        assert told(mine, {"code": code}, error=True).faults
    assert told(mine, {}, status=503).faults
    assert told(Maker(1).missing(ALICE), {"content": ""}).faults


def test_the_answer_to_another_request_is_a_fault() -> None:
    mine = Maker(1).who(ALICE)
    judge = Judge()
    judge.answer(mine, 200, json.dumps({"id": 99, "result": {"structuredContent": mine.expected, "isError": False}}))
    assert "answers request 99" in judge.faults[0]


def entry(asker: Asker, path: str, session: str = "S1", **other: str) -> JSON:
    known = {"account": asker.account, "tenant": asker.owner.tenant, "realm": asker.realm}
    return {**known, "session": session, "name": "list", "path": path, **other}


@pytest.mark.parametrize("asker", [ALICE, OPERATOR])
def test_the_log_must_name_the_account_of_each_call(asker: Asker) -> None:
    made = Maker(1).missing(asker)
    path = made.arguments["path"]
    for stranger, faults in ((asker, False), (BOB, True)):
        judge = Judge()
        judge.begun(made)
        judge.log([entry(stranger, path)])
        assert bool(judge.faults) is faults


@pytest.mark.parametrize(
    "entries",
    [
        [entry(ALICE, "/My Files/own-acme-bob")],
        [entry(OPERATOR, "/Users/Carol Globex/My Files/own-globex-carol")],
        [entry(ALICE, "/My Files"), entry(BOB, "/My Files")],
        [entry(ALICE, "/My Files"), entry(ALICE, "/My Files", tenant="globex")],
        [entry(ALICE, "/My Files", account="svc-mcp")],
        [entry(ALICE, f"/My Files/{mark(12)}")],
    ],
    ids=[
        "path of another",
        "other Team Portal",
        "shared session",
        "session moved",
        "profile's account",
        "nobody asked",
    ],
)
def test_what_must_not_be_in_the_log_is_found(entries: list[JSON]) -> None:
    judge = Judge()
    judge.log(entries)
    assert judge.faults


def test_an_answer_that_the_portal_was_never_asked_for_is_found() -> None:
    made = Maker(1).missing(ALICE)
    judge = told(made, {"code": "not_found"}, error=True)
    judge.close()
    assert "1 answered calls are not in it" in judge.faults[0]


def test_refusals_beyond_the_budget_of_a_minute_need_no_event_of_their_own_but_all_others_do() -> None:
    made = Maker(1).missing(ALICE)
    judge = told(made, {"code": "not_found"}, error=True)
    key = ("corp", "acme", "alice", "usr_alice")
    judge.answered[key], judge.refused[key] = 70, 62
    for recorded, faults in ((70, 0), (68, 0), (67, 1), (71, 1)):
        judge.faults.clear()
        judge.audit([(*key, recorded)])
        assert len(judge.faults) == faults


def test_a_call_without_its_event_and_an_event_without_a_call_are_found() -> None:
    made = Maker(1).who(ALICE)
    judge = told(made, right(made))
    judge.audit([("corp", "acme", "alice", "usr_alice", 1)])
    assert judge.faults == []
    judge.audit([("corp", "acme", "bob", "usr_alice", 1)])
    assert len(judge.faults) == 2
