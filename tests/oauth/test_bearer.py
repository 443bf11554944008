"""What a request presents: none, one token, or something malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.bearer import BearerToken, Malformed, NoToken, bearer_token


def presented(*values: bytes, query: bytes = b"") -> object:
    return bearer_token([(b"authorization", value) for value in values], query)


@pytest.mark.attack(1)
@pytest.mark.parametrize("value", [b"", b"Basic dTpw", b"Bearer", b"Bearer ", b"Bearer  \t", b"Digest x"])
def test_another_scheme_or_nothing_is_no_token(value: bytes) -> None:
    assert isinstance(presented(value), NoToken)


@pytest.mark.attack(4)
@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_the_scheme_may_be_written_in_any_case(scheme: bytes) -> None:
    found = presented(scheme + b" a.b.c")
    assert isinstance(found, BearerToken)
    assert found.value == "a.b.c"


@pytest.mark.attack(5)
@pytest.mark.parametrize("values", [(b"Bearer a", b"Bearer a"), (b"Basic x", b"Bearer a"), (b"Bearer a, Bearer b",)])
def test_two_tokens_are_malformed(values: tuple[bytes, ...]) -> None:
    assert isinstance(presented(*values), Malformed)


@pytest.mark.attack(6)
def test_a_token_in_the_query_is_never_read() -> None:
    assert isinstance(presented(query=b"access_token=a.b.c"), NoToken)
    assert isinstance(presented(b"Bearer a", query=b"x=1&access_token=b"), Malformed)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(presented(b"Bearer secret"))


@given(st.lists(st.binary(max_size=40), max_size=3), st.binary(max_size=40))
def test_any_bytes_are_one_of_the_three(values: list[bytes], query: bytes) -> None:
    assert isinstance(presented(*values, query=query), NoToken | BearerToken | Malformed)
