"""Edits of a JSON document that leave every other byte as it is, and can be taken back exactly.

The document is text: indentation, key order, line ends, a byte order mark, odd numbers and escapes all stay. A path is
a tuple of keys. Where a key stands twice, the last one counts, as it does for every reader.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tray_app.core.jsontext.layout import indent_at, inserted, inside_of, removed, written
from tray_app.core.jsontext.spans import Container, JsonSpan, NotJson, container, document, parse

__all__ = [
    "Add",
    "Edited",
    "JsonPath",
    "JsonStep",
    "NotJson",
    "Put",
    "Undo",
    "WrongShape",
    "deepest",
    "edit",
    "parse",
    "revert",
    "same",
]
JsonPath: TypeAlias = tuple[str, ...]


class WrongShape(ValueError):
    """Something else stands where an object or a list is needed; `path` says where, `want` what."""

    def __init__(self, path: JsonPath, want: str) -> None:
        super().__init__(f"{'.'.join(path)}: {want}")
        self.path = path
        self.want = want


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Set the member at `path`, in place of what was there."""

    path: JsonPath
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Append to the list at `path`, unless an equal element is there."""

    path: JsonPath
    value: Any


JsonStep: TypeAlias = Put | Add


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """How to take a step back: remove or restore the member, or the element equal to `value` of the list, at `path`.

    `before` is the text that was replaced. The last `created` parents go too if nothing else is in them by then; a
    container that was empty gets the text between its brackets back (`inside`).
    """

    path: JsonPath
    value: Any
    element: bool
    before: str | None = None
    created: int = 0
    inside: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {name: getattr(self, name) for name in self.__slots__} | {"path": list(self.path)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Undo":
        """Read `to_json`'s form. Raises KeyError or TypeError for anything else."""
        undo = cls(**{name: data[name] for name in cls.__slots__})
        return replace(undo, path=tuple(str(key) for key in undo.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The document after the edit, and the way back."""

    text: str
    undo: tuple[Undo, ...]


def edit(text: str, steps: Sequence[JsonStep]) -> Edited:
    """Apply the steps; one that changes nothing leaves no undo. Raises NotJson or WrongShape."""
    parse(text)
    undo: list[Undo] = []
    for step in steps:
        text, back = _put(text, step) if isinstance(step, Put) else _add(text, step)
        undo += [] if back is None else [back]
    return Edited(text=text, undo=tuple(undo))


def revert(text: str, undo: Sequence[Undo]) -> str:
    """Take the steps back, last first; what others have removed or reshaped meanwhile stays. Raises NotJson."""
    parse(text)
    for back in reversed(undo):
        text = _taken_back(text, back)
    return text


def _put(text: str, step: Put) -> tuple[str, Undo | None]:
    found = deepest(text, step.path)
    if isinstance(found, JsonSpan):
        before = text[found.start : found.end]
        if same(json.loads(before), step.value):
            return text, None
        style = indent_at(text, found.start)
        undo = Undo(path=step.path, value=step.value, element=False, before=before)
        return text[: found.start] + written(step.value, text, style) + text[found.end :], undo
    return _created(text, step.path, step.value, found, element=False, value=step.value)


def _add(text: str, step: Add) -> tuple[str, Undo | None]:
    found = deepest(text, step.path)
    if isinstance(found, tuple):
        return _created(text, step.path, [step.value], found, element=True, value=step.value)
    items = container(text, found.start)
    if items is None or not items.is_list:
        raise WrongShape(step.path, "list")
    if _index_of(text, items, step.value) is not None:
        return text, None
    undo = Undo(path=step.path, value=step.value, element=True, inside=inside_of(text, items))
    return inserted(text, items, "", step.value), undo


def _created(
    text: str, path: JsonPath, whole: object, found: "tuple[Container, int]", *, element: bool, value: object
) -> tuple[str, Undo]:
    """Insert the part of the path that is missing, with the value at its end."""
    parent, known = found
    for key in reversed(path[known + 1 :]):
        whole = {key: whole}
    created = len(path) - known - (0 if element else 1)
    undo = Undo(path=path, value=value, element=element, created=created, inside=inside_of(text, parent))
    return inserted(text, parent, json.dumps(path[known], ensure_ascii=False), whole), undo


def _taken_back(text: str, back: Undo) -> str:
    try:
        found = deepest(text, back.path)
    except WrongShape:
        return text
    if not isinstance(found, JsonSpan):
        return text
    if back.before is not None:
        return text[: found.start] + back.before + text[found.end :]
    path, created = back.path, back.created
    if back.element:
        items = container(text, found.start)
        if items is None or not items.is_list:
            return text
        at = _index_of(text, items, back.value)
        if at is None:
            return text
        text = removed(text, items, at, None if created else back.inside)
    else:
        text, path = _without(text, path, None if created else back.inside), path[:-1]
    return _without_empty(text, path, created, back.inside)


def _without_empty(text: str, path: JsonPath, created: int, inside: str | None) -> str:
    """Remove parents that the step had made and that hold nothing any more."""
    while created:
        found = deepest(text, path)
        items = container(text, found.start) if isinstance(found, JsonSpan) else None
        if items is None or items.items:
            return text
        created -= 1
        text, path = _without(text, path, None if created else inside), path[:-1]
    return text


def _without(text: str, path: JsonPath, inside: str | None) -> str:
    parent = deepest(text, path[:-1])
    items = container(text, parent.start) if isinstance(parent, JsonSpan) else None
    at = None if items is None else items.find(path[-1])
    return text if items is None or at is None else removed(text, items, at, inside)


def deepest(text: str, path: JsonPath) -> "JsonSpan | tuple[Container, int]":
    """Find the value at `path`; else the last object on the way, and how many keys lead to it. Raises WrongShape."""
    span = document(text)
    for depth, key in enumerate(path):
        items = container(text, span.start)
        if items is None or items.is_list:
            raise WrongShape(path[:depth], "object")
        at = items.find(key)
        if at is None:
            return items, depth
        span = items.items[at]
    return span


def _index_of(text: str, items: Container, value: object) -> int | None:
    equal = [at for at, item in enumerate(items.items) if same(json.loads(text[item.start : item.end]), value)]
    return equal[-1] if equal else None


def same(one: object, other: object) -> bool:
    """Equal as JSON: True is not 1."""
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
