"""Checks a call's arguments against its tool's schema; the first fault is told with its argument and remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator

from tools.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError

    from tools.spec import ToolSpec

SHOWN: Final = 80
LONGEST_CHOICES: Final = 400


def argument_reader(spec: ToolSpec) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile the tool's schema into a function: raw arguments in, checked arguments with defaults out.

    An argument given as null counts as absent, since models write it that way; 2.0 is the whole number 2, as JSON
    Schema has it. The function raises `InvalidArgument` with a text that names the argument.
    """
    validator = Draft202012Validator(spec.input_schema)
    properties = spec.input_schema["properties"]
    defaults = {name: shape["default"] for name, shape in properties.items() if "default" in shape}
    required = bool(spec.input_schema.get("required"))
    whole = frozenset(name for name, shape in properties.items() if shape.get("type") == "integer")

    def read(arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        if given or required:
            fault = min(validator.iter_errors(given), key=lambda error: str(error.path), default=None)
            if fault is not None:
                raise InvalidArgument(_told(fault, tuple(properties)))
        given.update((name, int(given[name])) for name in whole & given.keys())
        return {**defaults, **given}

    return read


def _told(fault: ValidationError, known: tuple[str, ...]) -> str:
    """What is wrong and what is right, in words; never the value that was given, which may be long or secret."""
    keyword, wanted = str(fault.validator), fault.validator_value
    if keyword == "required":
        missing = next(name for name in wanted if name not in fault.instance)
        return f"Argument '{missing}' is missing. Pass it and call again."
    if keyword == "additionalProperties":
        extra = next(name for name in fault.instance if name not in known)
        return f"Argument '{str(extra)[:SHOWN]}' is not known here. This tool takes: {', '.join(known)}."
    where = ".".join(str(part) for part in fault.absolute_path)
    if keyword in RULES:
        return f"Argument '{where}' must {RULES[keyword](wanted)}."
    about = fault.schema.get("description", "") if isinstance(fault.schema, dict) else ""
    return f"Argument '{where}' is not written as it must be. {about or 'See the description of the tool.'}"


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _type(wanted: str | list[str]) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"be {' or '.join(TYPES.get(name, name) for name in names)}"


def _enum(wanted: list[Any]) -> str:
    choices = ", ".join(map(str, wanted))
    return f"be one of: {choices if len(choices) <= LONGEST_CHOICES else choices[:LONGEST_CHOICES] + '…'}"


TYPES: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
RULES: Final[dict[str, Callable[[Any], str]]] = {
    "type": _type,
    "enum": _enum,
    "minimum": lambda least: f"be at least {least}",
    "maximum": lambda most: f"be at most {most}",
    "minLength": lambda least: f"be at least {_counted(least, 'character', 'characters')}",
    "maxLength": lambda most: f"be at most {_counted(most, 'character', 'characters')}",
    "minItems": lambda least: f"have at least {_counted(least, 'entry', 'entries')}",
    "maxItems": lambda most: f"have at most {_counted(most, 'entry', 'entries')}",
}
"""What follows "must", for each keyword of the schemas; what is not here is told by the argument's own description."""
