"""Ids are random, never the same twice, and never shared by two processes."""

from __future__ import annotations

import base64
import os
import re

from hypothesis import given
from hypothesis import strategies as st

from oauth import ids
from oauth.ids import base32, decision_id, request_id


def test_no_id_comes_twice() -> None:
    made = [request_id() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"R-[A-Z2-7]{16}", each) for each in made)


def test_a_decision_is_found_by_the_bits_of_its_request() -> None:
    assert decision_id("R-ABC") == "D-ABC"


def test_a_forked_process_draws_its_own() -> None:
    request_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, request_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() not in {request_id() for _ in range(300)}


def test_what_was_fetched_is_used_once() -> None:
    source = ids.RandomBytes(ids=2)
    assert len({source.next() for _ in range(5)}) == 5


@given(st.binary(min_size=10, max_size=10))
def test_ids_are_written_as_the_standard_encoder_writes_them(raw: bytes) -> None:
    assert base32(raw) == base64.b32encode(raw).decode()
