"""A path has one form; what could name another place than it shows is refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidArgument
from tools.paths import canonical, deny_form

INVISIBLE = (
    [chr(code) for code in range(0x20)]
    + [chr(code) for code in (0x7F, 0x85, 0xA0 - 1)]
    + list(
        "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
    )
)
PLACES = ("{0}", "/{0}", "/HR/{0}", "/HR/{0}/x", "/{0}/HR", "HR/{0}")
DOTS = [place.format(dots) for place in PLACES for dots in (".", "..")]
SLASHES = ["//", "//HR", "/HR//x", "/HR///x", "///", "HR//", "/HR/x//"]
BACKSLASHES = ["\\", "/HR\\x", "\\HR", "/HR\\..\\x", "/a\\/b"]


@pytest.mark.trap("7.4/paths-that-walk")
@pytest.mark.parametrize("path", [*DOTS, *SLASHES, *BACKSLASHES])
def test_a_path_that_walks_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument):
        canonical(path)


@pytest.mark.trap("7.4/paths-that-walk")
@pytest.mark.parametrize("character", INVISIBLE, ids=lambda character: f"U+{ord(character):04X}")
@pytest.mark.parametrize("place", ["/HR{0}", "{0}/HR", "/H{0}R/x"])
def test_an_invisible_character_is_refused(character: str, place: str) -> None:
    with pytest.raises(InvalidArgument):
        canonical(place.format(character))


@pytest.mark.parametrize("path", ["/" + "a" * 256, "/" + "é" * 128, "/a" * 2100, "/\ud800"])
def test_what_no_portal_could_hold_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument):
        canonical(path)


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("HR", "/HR"), ("/HR/", "/HR"), ("", "/"), ("/", "/"), ("/%2e%2e/HR", "/%2e%2e/HR"), ("/%252e", "/%252e"),
        ("/2024/1.10/007", "/2024/1.10/007"), ("/ pad /x", "/ pad /x"), ("/...", "/..."), ("/a.", "/a."),
        ("/Cafe\u0301", "/Caf\u00e9"), ("/#/+;&", "/#/+;&"),
    ],
)  # fmt: skip
def test_a_good_path_keeps_its_meaning(raw: str, form: str) -> None:
    assert canonical(raw) == form


@pytest.mark.parametrize(
    "path", ["/hr", "/HR", "/Hr.", "/HR ", "/HR. .", "/hR...", "/ＨＲ".translate({0xFF28: "H", 0xFF32: "R"})]
)
def test_denies_see_through_case_and_trailing_dots_and_spaces(path: str) -> None:
    assert deny_form(path) == "/hr"


def test_denies_do_not_take_a_longer_name_for_a_shorter() -> None:
    assert deny_form("/HRX") != deny_form("/HR")
    assert deny_form("/HR/x") != deny_form("/HR")


@given(st.text(max_size=40))
def test_the_canonical_form_is_canonical(raw: str) -> None:
    try:
        form = canonical(raw)
    except InvalidArgument:
        return
    assert canonical(form) == form
    assert form.startswith("/")
    assert unicodedata.is_normalized("NFC", form)
    assert deny_form(deny_form(form)) == deny_form(form)
