"""Builders for replies: the union of what original and seed-shaped peers read.

Source: socket-protocol.md sections 2.1, 2.4 and 2.8.
"""

from __future__ import annotations

from typing import Any

from .requests import Request
from .values import clean


def reply(
    request: Request, kit_id: str, /, cmd: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Return a reply to ``request``; ``cmd`` overrides the command it is filed under."""
    envelope: dict[str, Any] = {
        "kit_id": kit_id,
        "request_from": request.request_from,
        "cmd": cmd or request.cmd,
    }
    if request.req_id is not None:
        envelope["req_id"] = request.req_id
    envelope.update(clean(fields))
    return envelope


def output_reply(
    request: Request, kit_id: str, /, text: str, *, stream: str = "stdout", **fields: Any
) -> dict[str, Any]:
    """Return a piece of a program's output.

    ``stream`` is only sent for ``stderr``, an additive mark that originals ignore.
    """
    if stream != "stdout":
        fields["stream"] = stream
    return reply(request, kit_id, data="", isDone=False, result=text, code=0, **fields)


def final_reply(
    request: Request,
    kit_id: str,
    /,
    code: int,
    *,
    tail: str = "",
    error: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return the one last message of a program.

    ``result`` is empty because the web front end prints only earlier messages (Q16);
    ``tail`` is the end of the captured output for clients that read only this one.
    """
    if error is not None:
        fields |= {"isError": True, "error": error}
    return reply(request, kit_id, data=tail, isDone=True, result="", code=code, **fields)


def error_reply(
    request: Request, kit_id: str, /, error: str, *, code: int = 1, **fields: Any
) -> dict[str, Any]:
    """Return the refusal of a command that is no run: text and end in one message."""
    return reply(
        request,
        kit_id,
        result=f"Error: {error}",
        error=error,
        isError=True,
        isDone=True,
        code=code,
        **fields,
    )


def hub_error(message: dict[str, Any], request_from: str, error: str) -> dict[str, Any]:
    """Return the hub's answer to a ``messageToKit`` that it cannot route (section 2.8).

    ``message`` is the client's request; its ``cmd`` and ``to_kit_id`` are echoed.
    """
    kit_id = message.get("to_kit_id")
    envelope: dict[str, Any] = {
        "cmd": message.get("cmd"),
        "to_kit_id": kit_id,
        "kit_id": kit_id,
        "request_from": request_from,
        "status": "ERR",
        "message": error,
        "result": f"Error: {error}\r\n",
        "error": error,
        "isError": True,
        "isDone": True,
        "is_finish": True,
        "code": 1,
    }
    if isinstance(message.get("req_id"), str):
        envelope["req_id"] = message["req_id"]
    return envelope
