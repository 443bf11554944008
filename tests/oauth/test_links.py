"""The secret of a link: only what was issued here, unchanged and in time, has a digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.links import LENGTH, BadLink, LinkSigner, as_claims, as_principal, digest_of
from oauth.principal import Principal

NOW = 1_800_000_000
SIGNER = LinkSigner("s" * 50)


def test_a_secret_is_read_back_until_its_end() -> None:
    text, digest = SIGNER.issue(NOW + 60)
    assert len(text) == LENGTH
    assert SIGNER.digest(text, NOW) == digest == digest_of(text)
    with pytest.raises(BadLink) as late:
        SIGNER.digest(text, NOW + 60)
    assert late.value.expired


def test_no_two_links_are_alike() -> None:
    assert len({SIGNER.issue(NOW)[0] for _ in range(500)}) == 500


@given(at=st.integers(0, LENGTH - 1), character=st.characters())
def test_no_other_text_is_a_link(at: int, character: str) -> None:
    text, digest = SIGNER.issue(NOW + 60)
    other = text[:at] + character + text[at + 1 :]
    if other == text:
        return
    with pytest.raises(BadLink) as refused:
        SIGNER.digest(other, NOW)
    assert not refused.value.expired
    assert digest


@given(st.text(max_size=80))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(BadLink):
        SIGNER.digest(text, NOW)


def test_another_installation_reads_none_of_ours() -> None:
    with pytest.raises(BadLink):
        LinkSigner("t" * 50).digest(SIGNER.issue(NOW + 60)[0], NOW)


def test_a_principal_is_kept_whole() -> None:
    principal = Principal("i", "s", "c", "o", frozenset({"a", "b"}), NOW, "sid", "jti")
    assert as_principal(as_claims(principal)) == principal
