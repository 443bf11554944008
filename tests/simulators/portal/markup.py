"""The portal's XML: values to text and back, without the SDK's coercion of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

Value = object
"""What the portal speaks: None, bool, int, float, str, a list of values, or an `Obj`."""


@dataclass(slots=True)
class Obj:
    """An object of the portal's schema: a class name, which may be missing, and attributes."""

    classname: str = ""
    atts: dict[str, Value] = field(default_factory=dict)

    def get(self, name: str) -> Value:
        """Find an attribute; an absent one and an empty one are the same."""
        return self.atts.get(name)

    def text(self, name: str, default: str = "") -> str:
        """Read an attribute as text."""
        value = self.atts.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int = 0) -> int:
        """Read an attribute as a whole number."""
        return int(self.text(name) or default)

    def flag(self, name: str) -> bool:
        """Read an attribute as a boolean."""
        return self.text(name) == "true"

    def obj(self, name: str) -> Obj | None:
        """Find an attribute that is an object."""
        value = self.atts.get(name)
        return value if isinstance(value, Obj) else None

    def objs(self, name: str) -> list[Obj]:
        """Read an attribute as a list of objects; one object alone counts as a list of one."""
        value = self.atts.get(name)
        if isinstance(value, Obj):
            return [value]
        return [one for one in value if isinstance(one, Obj)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        """Read an attribute as a list of texts."""
        value = self.atts.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def obj(classname: str = "", /, **atts: Value) -> Obj:
    """Build an object in one expression."""
    return Obj(classname, atts)


def iso(moment: datetime) -> str:
    """Render a time as the portal does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def encode(value: Value) -> bytes:
    """Render a value as the portal's XML, without a declaration."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode()


def _write(value: Value, parts: list[str]) -> None:
    if isinstance(value, Obj):
        parts.append(f"<obj class={quoteattr(value.classname)}>" if value.classname else "<obj>")
        for name, att in value.atts.items():
            _write_att(name, att, parts)
        parts.append("</obj>")
    elif isinstance(value, list | tuple):
        parts.append("<list>")
        for one in value:
            _write(one, parts)
        parts.append("</list>")
    elif value is None:
        parts.append("<val />")
    else:
        parts.append(f"<val>{_scalar(value)}</val>")


def _write_att(name: str, value: Value, parts: list[str]) -> None:
    # An empty attribute is how the portal says "nothing": the SDK turns it into None.
    if value is None:
        parts.append(f'<att id="{name}" />')
        return
    if isinstance(value, Obj | list | tuple):
        parts.append(f'<att id="{name}">')
        _write(value, parts)
        parts.append("</att>")
        return
    parts.append(f'<att id="{name}"><val>{_scalar(value)}</val></att>')


def _scalar(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def decode(body: bytes) -> Value:
    """Parse the portal's XML; every scalar stays text. Raises ValueError for anything else."""
    if not body:
        return None
    try:
        return _read(ET.fromstring(body))
    except ET.ParseError as error:
        raise ValueError("not XML") from error


def _read(element: ET.Element) -> Value:
    if element.tag == "val":
        return element.text or ""
    if element.tag == "list":
        return [_read(child) for child in element]
    if element.tag == "obj":
        atts = {att.get("id", ""): (_read(att[0]) if len(att) else None) for att in element}
        return Obj(element.get("class", ""), atts)
    raise ValueError(f"unknown element {element.tag}")
