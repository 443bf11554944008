"""Asking what became of background work that an earlier call began, on any worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.errors import InvalidArgument
from tools.spec import JSON, PREFIX, ToolCall, Toolset, ToolSpec
from tools.toolsets import moving, removing
from tools.toolsets.operations import Plan, gone_on
from tools.toolsets.outcomes import OPERATION
from tools.toolsets.schemas import arguments

PLANS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Plan]]] = {**moving.PLANS, **removing.PLANS}


async def _get_operation(call: ToolCall) -> JSON:
    operation = call.writing.continued
    if operation is None:
        raise AssertionError("the endpoint opens the handle of a tool that continues")
    plan_of = PLANS.get(operation.tool)
    if plan_of is None:
        raise InvalidArgument("Argument 'handle' belongs to a call that leaves no operation behind.")
    plan = removing.without(plan_of(operation.tool, operation.arguments), operation.left_out)
    return await gone_on(call, plan, operation.reference, call.arguments["handle"])


GET_OPERATION = ToolSpec(
    name=f"{PREFIX}get_operation",
    toolset=Toolset.WRITE,
    title="See how an operation goes on",
    description=(
        "Tells what became of a copy, move, rename, deletion or recovery that answered with state 'running'. Pass its "
        "handle unchanged; no portal or tenant is needed. Waits a while for the end. state 'running': ask again with "
        "the same handle; 'completed', 'partly_completed' and 'failed' are final, and message says what to do. Handles "
        "are yours alone and last a day. It changes nothing."
    ),
    input_schema=arguments(
        {
            "handle": {
                "type": "string",
                "minLength": 1,
                "maxLength": 65536,
                "description": "The handle, exactly as a tool answered it.",
            }
        },
        required=("handle",),
    ),
    output_schema=OPERATION,
    run=_get_operation,
    continues=True,
)

TOOLS = (GET_OPERATION,)
