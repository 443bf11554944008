"""What a worker remembers of clients: cut to what can be shown, bounded, and told until it is written down."""

from __future__ import annotations

from typing import Any

import pytest

from oauth.clients_seen import MOST_AT_ONCE, REWRITE_SECONDS, ClientBook, Introduction, clean
from oauth.principal import Principal

NONE: frozenset[str] = frozenset()


def caller(subject: str = "usr_1", client: str = "skc_1") -> Principal:
    return Principal("issuer", subject, client, "", frozenset({"a"}), 2**40)


def test_a_first_request_is_news_and_the_next_ones_are_not_for_a_minute() -> None:
    book = ClientBook()
    book.see(caller(), 1000.0)
    assert [found.last for found in book.take()] == [1000.0]
    book.see(caller(), 1001.0)
    assert book.take() == []
    book.see(caller(), 1000.0 + REWRITE_SECONDS)
    assert [found.last for found in book.take()] == [1000.0 + REWRITE_SECONDS]


def test_an_introduction_is_told_when_it_changes_and_each_minute_with_the_time() -> None:
    book = ClientBook()
    info = {"name": "Claude", "version": "1"}
    book.introduce(caller(), 1000.0, info, "2026-07-28")
    assert book.take()[0].introduction == Introduction("Claude", "1", "2026-07-28")
    book.introduce(caller(), 1001.0, dict(info), "2026-07-28")
    assert book.take() == []
    book.introduce(caller(), 1002.0, {**info, "version": "2"}, "2026-07-28")
    assert book.take()[0].introduction == Introduction("Claude", "2", "2026-07-28")
    book.introduce(caller(), 2000.0, {**info, "version": "2"}, "2026-07-28")
    assert book.take()[0].introduction == Introduction("Claude", "2", "2026-07-28")


@pytest.mark.parametrize("info", [None, [], "Claude", {"name": 7}, {"name": None, "version": {}}, {"title": "x"}])
def test_what_is_no_introduction_is_a_client_without_a_name(info: Any) -> None:
    book = ClientBook()
    book.introduce(caller(), 1.0, info, 12)
    [found] = book.take()
    assert found.introduction == Introduction("", "", "")


def test_names_are_one_line_of_what_can_be_seen() -> None:
    assert clean("  a\x00b\r\n\tc\u202e\u200bd \ud800", 100) == "a b c d"
    assert clean("x" * 1_000_000, 100) == "x" * 100
    assert clean("Größe 😀", 100) == "Größe 😀"


def test_a_list_is_told_once_and_two_lists_of_the_same_tools_are_alike() -> None:
    book = ClientBook()
    book.listed(caller(), 1.0, 7, frozenset({"a", "b"}))
    [first] = book.take()
    book.listed(caller(), 2.0, 8, frozenset({"b", "a"}))
    [second] = book.take()
    book.see(caller(), 1e6)
    [third] = book.take()
    assert first.listing is not None
    assert second.listing is not None
    assert (first.listing.revision, second.listing.revision) == (7, 8)
    assert first.listing.digest == second.listing.digest
    assert third.listing is None


def test_what_could_not_be_written_is_told_again_under_what_came_since() -> None:
    book = ClientBook()
    book.introduce(caller(), 1.0, {"name": "A"}, "")
    book.listed(caller(), 1.0, 7, NONE)
    lost = book.take()
    book.listed(caller(), 2.0, 8, NONE)
    book.give_back(lost)
    [found] = book.take()
    assert found.introduction == Introduction("A", "", "")
    assert found.listing is not None
    assert found.listing.revision == 8
    assert found.last == 2.0


def test_the_book_and_what_is_taken_at_once_are_bounded() -> None:
    book = ClientBook(most=2000)
    for number in range(5000):
        book.see(caller(f"usr_{number}"), float(number))
    taken = [len(book.take()) for _ in range(6)]
    assert taken == [MOST_AT_ONCE] * 4 + [0, 0]


def test_a_hostile_name_is_not_held_in_memory_as_it_was_sent() -> None:
    book = ClientBook()
    book.introduce(caller(), 1.0, {"name": "n" * 10_000_000, "version": "v" * 10_000_000}, "p" * 10_000_000)
    held = [text for entry in book._entries.values() for text in entry.raw or ()]
    assert max(map(len, held)) <= 400
