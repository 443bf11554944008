"""What the conformance suite expects of tools, resources and prompts that it names itself."""

from __future__ import annotations

from typing import Any, Final

JSON = dict[str, Any]
PNG: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="  # one red pixel
)
WAV: Final = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="
NO_ARGUMENTS: Final[JSON] = {"type": "object", "properties": {}, "additionalProperties": False}


def text(words: str) -> JSON:
    """A text block."""
    return {"type": "text", "text": words}


IMAGE: Final[JSON] = {"type": "image", "data": PNG, "mimeType": "image/png"}
AUDIO: Final[JSON] = {"type": "audio", "data": WAV, "mimeType": "audio/wav"}


def embedded(uri: str, mime_type: str, words: str) -> JSON:
    """A resource inside a result."""
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": words}}


CONTENT: Final[dict[str, list[JSON]]] = {
    "test_simple_text": [text("This is a simple text response for testing.")],
    "test_image_content": [IMAGE],
    "test_audio_content": [AUDIO],
    "test_embedded_resource": [
        embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    ],
    "test_multiple_content_types": [
        text("Multiple content types test:"),
        IMAGE,
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
    "json_schema_2020_12_tool": [text("validated")],
    "test_header_parameter": [text("the header was the argument")],
}

SCHEMA_2020_12: Final[JSON] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
SCHEMAS: Final[dict[str, JSON]] = {
    "json_schema_2020_12_tool": SCHEMA_2020_12,
    "test_header_parameter": {
        "type": "object",
        "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
        "required": ["region"],
    },
}

RESOURCES: Final[dict[str, JSON]] = {
    "test://static-text": {
        "mimeType": "text/plain",
        "text": "This is the content of the static text resource.",
    },
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://watched-resource": {"mimeType": "text/plain", "text": "Watched."},
}
TEMPLATE: Final = "test://template/{id}/data"
PROMPTS: Final[dict[str, tuple[str, ...]]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}


def said(content: JSON) -> JSON:
    """A prompt's message."""
    return {"role": "user", "content": content}


def prompt_messages(name: str, arguments: dict[str, str]) -> list[JSON]:
    """The messages of a prompt that needs no input."""
    if name == "test_simple_prompt":
        return [said(text("This is a simple prompt for testing."))]
    if name == "test_prompt_with_arguments":
        return [said(text(f"Prompt with arguments: arg1='{arguments['arg1']}', arg2='{arguments['arg2']}'"))]
    if name == "test_prompt_with_image":
        return [said(IMAGE), said(text("Please analyze the image above."))]
    block = embedded(arguments["resourceUri"], "text/plain", "Embedded resource content for testing.")
    return [said(block), said(text("Please process the embedded resource above."))]
