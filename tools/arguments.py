"""Checks a call's arguments against its tool's schema; the first fault is told with its argument and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tools.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jsonschema.exceptions import ValidationError

    from tools.spec import ToolSpec

SHOWN = 80


def argument_reader(spec: ToolSpec) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Compile the tool's schema into a function: raw arguments in, checked arguments with defaults out.

    An argument given as null counts as absent, since models write it that way. The function raises
    `InvalidArgument` with a text that names the argument.
    """
    validator = Draft202012Validator(spec.input_schema)
    properties = spec.input_schema["properties"]
    defaults = {name: shape["default"] for name, shape in properties.items() if "default" in shape}
    required = bool(spec.input_schema.get("required"))

    def read(arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None}
        if given or required:
            fault = min(validator.iter_errors(given), key=lambda error: str(error.path), default=None)
            if fault is not None:
                raise InvalidArgument(_told(fault, tuple(properties)))
        return {**defaults, **given}

    return read


def _told(fault: ValidationError, known: tuple[str, ...]) -> str:
    where = ".".join(str(part) for part in fault.absolute_path)
    if fault.validator == "required":
        missing = next(name for name in fault.validator_value if name not in fault.instance)
        return f"Argument '{missing}' is missing. Pass it and call again."
    if fault.validator == "additionalProperties":
        extra = next(name for name in fault.instance if name not in known)
        return f"Argument '{str(extra)[:SHOWN]}' is not known here. This tool takes: {', '.join(known)}."
    if fault.validator == "type":
        return f"Argument '{where}' must be of type {fault.validator_value}."
    return (
        f"Argument '{where}' is not acceptable: it must satisfy {fault.validator} {str(fault.validator_value)[:SHOWN]}."
    )
