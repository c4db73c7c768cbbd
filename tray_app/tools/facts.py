"""What the policy must know about each tool, from the tool's own description."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from tray_app.core.policy.model import ELEMENT, ToolArgument, ToolFacts
from tray_app.tools import TOOLS
from tray_app.tools.tool import Schema


@cache
def facts() -> Mapping[str, ToolFacts]:
    """All tools by name, in the order clients see them."""
    return MappingProxyType(
        {
            tool.name: ToolFacts(
                name=tool.name,
                risk=tool.risk,
                arguments=MappingProxyType(dict(_arguments("", tool.arguments_schema))),
                required=frozenset(tool.arguments_schema.get("required", ())),
            )
            for tool in TOOLS.values()
        }
    )


def _arguments(prefix: str, schema: Schema) -> Iterator[tuple[str, ToolArgument]]:
    inner: dict[str, Schema] = dict(schema.get("properties", {}))
    if "items" in schema:
        inner[ELEMENT] = schema["items"]
    for name, of in inner.items():
        yield prefix + name, _argument(of)
        yield from _arguments(f"{prefix}{name}.", of)


def _argument(schema: Schema) -> ToolArgument:
    return ToolArgument(
        kind=schema["type"],
        choices=tuple(schema.get("enum", ())),
        least=schema.get("minimum"),
        most=schema.get("maximum"),
        shortest=schema.get("minLength") or schema.get("minItems") or 0,
        longest=schema.get("maxLength", schema.get("maxItems")),
    )
