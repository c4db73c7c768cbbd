"""What the policy must know about each tool, from the tool's own description."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from tray_app.core.policy.model import ELEMENT, TextForm, ToolArgument, ToolFacts
from tray_app.tools import TOOLS
from tray_app.tools.tool import Schema

_FORMS = {  # as `core.messages` takes them: what it refuses, no rule ever sees
    **dict.fromkeys(("content", "text", "title", "messageUrl", "buttons.*.title", "buttons.*.url"), TextForm.SHOWN),
    **dict.fromkeys(("links.*.title", "links.*.messageUrl", "links.*.picUrl"), TextForm.SHOWN),
    "atMobiles.*": TextForm.MOBILE,
    "atUserIds.*": TextForm.PERSON,
}


@cache
def facts() -> Mapping[str, ToolFacts]:
    """All tools by name, in the order clients see them."""
    return MappingProxyType(
        {
            tool.name: ToolFacts(
                name=tool.name,
                risk=tool.risk,
                arguments=MappingProxyType(dict(_arguments("", tool.arguments_schema))),
                required=frozenset(_required("", tool.arguments_schema)),
            )
            for tool in TOOLS.values()
        }
    )


def _arguments(prefix: str, schema: Schema) -> Iterator[tuple[str, ToolArgument]]:
    inner: dict[str, Schema] = dict(schema.get("properties", {}))
    if "items" in schema:
        inner[ELEMENT] = schema["items"]
    for name, of in inner.items():
        yield prefix + name, _argument(prefix + name, of)
        yield from _arguments(f"{prefix}{name}.", of)


def _required(prefix: str, schema: Schema) -> Iterator[str]:
    yield from (prefix + name for name in schema.get("required", ()))
    for name, of in schema.get("properties", {}).items():
        yield from _required(f"{prefix}{name}.", of)
    if "items" in schema:
        yield from _required(f"{prefix}{ELEMENT}.", schema["items"])


def _argument(path: str, schema: Schema) -> ToolArgument:
    return ToolArgument(
        kind=schema["type"],
        choices=tuple(schema.get("enum", ())),
        least=schema.get("minimum"),
        most=schema.get("maximum"),
        shortest=schema.get("minLength") or schema.get("minItems") or 0,
        longest=schema.get("maxLength", schema.get("maxItems")),
        form=_FORMS.get(path, TextForm.ANY),
    )
