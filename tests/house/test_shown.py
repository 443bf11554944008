"""Nothing that docs/conformance.md must show goes without a test, and the page is up to date."""

from __future__ import annotations

import pytest

from tests.house.conformance import ATTACKS, CHECKLIST, PAGE, page
from tests.house.shown import ON_THE_WIRE, shown

REQUIREMENTS, ROWS = shown("requirement"), shown("attack", ON_THE_WIRE)


@pytest.mark.parametrize("item", CHECKLIST)
def test_every_item_of_the_checklist_has_a_test(item: int) -> None:
    assert REQUIREMENTS.get(item), f"no test is marked requirement('4.{item} …')"


@pytest.mark.parametrize("row", ATTACKS)
def test_every_attack_has_a_test_over_http(row: int) -> None:
    assert ROWS.get(row), f"no test below tests/protocol is marked attack({row})"


def test_every_marker_names_an_item_and_its_paragraph() -> None:
    odd = [marker.where for item, found in REQUIREMENTS.items() for marker in found if not (item and marker.text)]
    assert odd == []
    assert REQUIREMENTS.keys() <= CHECKLIST.keys()
    assert shown("attack").keys() <= ATTACKS.keys()


def test_the_lists_are_whole() -> None:
    assert list(CHECKLIST) == list(range(1, 40))
    assert list(ATTACKS) == list(range(1, 48))


def test_the_page_about_conformance_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: make checklist"
