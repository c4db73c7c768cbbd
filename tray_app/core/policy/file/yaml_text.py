"""YAML as plain data: the core schema of YAML 1.2, as Intercept reads it; nothing that JSON could not say."""

import json
import re
from typing import Any

import yaml


class NotPlain(ValueError):
    """It is no YAML, or holds what plain data has no place for: anchors, a key twice, a date, a tag."""


class _Plain(yaml.SafeLoader):
    """Reads texts, numbers, true, false and null; `yes`, `on` and dates are texts."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise NotPlain
        return super().compose_node(parent, index)


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = [
        (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
        for key, value in node.value
    ]
    found = dict(pairs)
    if len(found) != len(pairs) or not all(isinstance(key, str) for key in found):
        raise NotPlain
    return found


_Plain.yaml_implicit_resolvers = {}
_Plain.add_constructor("tag:yaml.org,2002:map", _mapping)
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _letters = [letter.strip("\0") for letter in _first]
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), _letters)


def documents(text: str) -> tuple[Any, ...]:
    """Read all documents of a text; empty ones are left out. Raises NotPlain."""
    try:
        found = tuple(each for each in yaml.load_all(text, Loader=_Plain) if each is not None)
        json.dumps(found)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise NotPlain from error
    return found
