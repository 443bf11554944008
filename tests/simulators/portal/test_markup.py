"""What the simulator writes, the SDK reads; what the SDK writes, the simulator reads."""

from __future__ import annotations

import pytest
from cterasdk.common import Object
from cterasdk.convert import fromxmlstr, toxmlstr
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.portal.markup import Obj, decode, encode, obj

# XML 1.0 has no control characters; a carriage return does not survive a parser.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,8}", fullmatch=True)
values = st.recursive(
    texts | st.lists(texts, max_size=3),
    lambda inner: st.builds(Obj, names, st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


@given(values)
def test_what_is_written_is_read_back(value: object) -> None:
    assert decode(encode(value)) == value


@given(texts)
def test_the_sdk_reads_the_same_text_save_for_what_it_coerces(text: str) -> None:
    read = fromxmlstr(encode(obj("Thing", at=f"/{text}/")))
    assert read.at == f"/{text}/".strip()


@given(st.dictionaries(names, texts | st.booleans(), max_size=4))
def test_the_sdks_objects_are_read_without_coercion(atts: dict[str, str | bool]) -> None:
    sent = Object()
    for name, value in atts.items():
        setattr(sent, name, value)
    read = decode(toxmlstr(sent))
    assert isinstance(read, Obj)
    assert read.atts == {name: str(v).lower() if isinstance(v, bool) else v for name, v in atts.items()}


@pytest.mark.parametrize("text", ["2024", "1.10", "007", "1_000", "true", " pad "])
def test_texts_that_the_sdk_coerces_stay_texts_here(text: str) -> None:
    assert decode(encode(text)) == text
    assert fromxmlstr(encode(text)) != text


def test_nothing_is_an_empty_attribute() -> None:
    assert encode(obj("Thing", at=None)) == b'<obj class="Thing"><att id="at" /></obj>'
    assert fromxmlstr(encode(obj("Thing", at=None))).at is None


@pytest.mark.parametrize("body", [b"<obj", b"<html><body/></html>", b"\x00\xff"])
def test_what_is_no_markup_of_the_portal_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|element"):
        decode(body)


def test_attributes_are_read_by_kind() -> None:
    value = obj("", n="7", flag="true", one=obj("A"), many=[obj("B"), "x", obj("C")])
    assert (value.number("n"), value.number("none", 5), value.flag("flag"), value.flag("n")) == (7, 5, True, False)
    assert [one.classname for one in (*value.objs("one"), *value.objs("many"), *value.objs("none"))] == ["A", "B", "C"]
    assert (value.texts("many"), value.obj("n"), value.text("one", "-")) == (["x"], None, "-")
