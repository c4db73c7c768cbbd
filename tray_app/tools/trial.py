"""A call that somebody tries out against the policy: its arguments as JSON text, checked as an agent's would be."""

from typing import Any

from tray_app.core.jsontext.spans import NotJson, parse
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MAX_URL_CHARS
from tray_app.core.policy.evaluate import Call
from tray_app.core.policy.file.values import near_name
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.facts import facts
from tray_app.tools.tool import Schema


def call_of(tool: str, arguments: str | None, *, client: str, session: str) -> Call:
    """Read the call; without `arguments` it has none, and is not checked.

    Raises TrayAppError where there is no such tool, the text is no JSON object, or the tool does not take it.
    """
    known = facts().get(tool)
    if known is None:
        near = near_name(tool, facts())
        hint = text("policy.no_tool_hint", known=", ".join(facts()))
        raise TrayAppError(text("policy.no_tool"), text("policy.no_tool_near", near=near) if near else hint)
    read = {} if arguments is None else _object(arguments)
    if arguments is not None:
        intent_of(TOOLS[known.name], read)
    return Call(tool=known.name, risk=known.risk, arguments=read, grant=client, session=session)


def example_of(tool: str) -> dict[str, object]:
    """Arguments that a call of this tool could have: what it must have, and the mention that most rules are about."""
    schema = TOOLS[tool].arguments_schema
    required = schema.get("required", ())
    asked: dict[str, Schema] = schema.get("properties", {})
    found = {name: _example(of) for name, of in asked.items() if name in required}
    return {**found, "atAll": False} if "atAll" in asked else found


def _example(schema: Schema) -> object:
    """Make up a value of this kind; what an enumeration names comes first."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "string":
            return "https://example.com/" if schema.get("maxLength") == MAX_URL_CHARS else "Hello"
        case "boolean":
            return False
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "array":
            return [_example(schema["items"]) for _ in range(schema.get("minItems", 1))]
        case "object":
            required = schema.get("required", ())
            return {name: _example(of) for name, of in schema.get("properties", {}).items() if name in required}
        case _:
            return None


def _object(source: str) -> dict[str, Any]:
    try:
        found = parse(source)
    except NotJson as fault:
        reason = text("policy.args_not_json", line=fault.line, column=fault.column)
        raise TrayAppError(reason, text("policy.args_hint")) from None
    if not isinstance(found, dict):
        raise TrayAppError(text("policy.args_no_object"), text("policy.args_hint"))
    return found
