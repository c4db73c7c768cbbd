"""What the policy must know about each tool, from the tool's own description."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from tray_app.core.tool_facts import ELEMENT, ToolFacts
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
                arguments=frozenset(_paths("", tool.arguments_schema)),
                required=frozenset(tool.arguments_schema.get("required", ())),
            )
            for tool in TOOLS.values()
        }
    )


def _paths(prefix: str, schema: Schema) -> Iterator[str]:
    inner: dict[str, Schema] = dict(schema.get("properties", {}))
    if "items" in schema:
        inner[ELEMENT] = schema["items"]
    for name, of in inner.items():
        yield prefix + name
        yield from _paths(f"{prefix}{name}.", of)
