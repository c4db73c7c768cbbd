"""Whether a call's arguments are what its tool's schema allows, in our own words: the field and the fix, no value."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from tray_app.core.kernel.errors import InvalidArguments
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.requests import Intent
from tray_app.tools import TOOLS
from tray_app.tools.schema import MENTIONS
from tray_app.tools.tool import Arguments, Tool

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_MOST_PROBLEMS = 8  # an agent mends these and calls again; a list of 60 000 wrong entries helps nobody
_LONGEST_NAME = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")  # all of them but tabs and line breaks
_MOST_SHOWN = 3


def intent_of(tool: Tool, arguments: Arguments) -> Intent:
    """Read the arguments. Raises InvalidArguments that names every problem (the first eight), never a value."""
    try:
        problems = _distinct(islice(_problems(tool, arguments), _MOST_PROBLEMS))
        problems += _distinct(_controls(tool, arguments))
    except RecursionError:  # jsonschema writes the value into its message; ours does not
        problems = [text("tools.too_deep")]
    if problems:
        raise InvalidArguments(_joined(problems), text("tools.arguments_hint"))
    return tool.parse(arguments)


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # the app has loaded it before the first call

    return Draft202012Validator(TOOLS[name].arguments_schema)


def _problems(tool: Tool, arguments: Arguments) -> Iterator[Text]:
    for error in _validator(tool.name).iter_errors(arguments):
        if error.validator == "additionalProperties":
            yield from _unknown(error)
        elif error.validator == "required":
            yield from _missing(error)
        else:
            yield _problem(error)


def _controls(tool: Tool, arguments: Arguments) -> Iterator[Text]:
    """Name arguments with control characters: phones and DingTalk's side drop them, or end the text at one."""
    known = tool.arguments_schema.get("properties", {})
    for name, value in arguments.items():
        found = sorted({char for said in _texts(value) for char in _CONTROL.findall(said)}) if name in known else []
        if found:
            shown = ", ".join(f"U+{ord(char):04X}" for char in found[:_MOST_SHOWN])
            yield text("tools.control", field=name, characters=shown)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for name, each in value.items():
                yield name
                yield from _texts(each)


def _problem(error: "ValidationError") -> Text:
    field = _field(error)
    limit: Any = error.validator_value
    given: Any = error.instance
    match error.validator:
        case "type":
            return text("tools.wrong_type", field=field, type=text(f"tools.type_{limit}"))
        case "enum":
            return text("tools.not_one_of", field=field, allowed=", ".join(limit))
        case "minLength" | "minItems":
            return text("tools.empty", field=field)
        case "maxLength":
            return text("tools.too_long", field=field, most=limit, count=len(given))
        case "maxItems":
            return text("tools.too_many", field=field, most=limit, count=len(given))
        case "minimum":
            return text("tools.too_small", field=field, least=limit)
        case "maximum":
            return text("tools.too_large", field=field, most=limit)
        case _:
            return text("tools.wrong", field=field)


def _missing(error: "ValidationError") -> Iterator[Text]:
    required: Any = error.validator_value
    given: Any = error.instance
    yield from (text("tools.missing", field=_field(error, name)) for name in required if name not in given)


def _unknown(error: "ValidationError") -> Iterator[Text]:
    """Name the nearest right argument instead of the wrong one, which may be anything, a secret too."""
    schema: Any = error.schema
    given: Any = error.instance
    known = list(schema["properties"])
    where = _field(error)
    for name in given:
        if name in known:
            continue
        if name in MENTIONS and not error.absolute_path:
            yield text("tools.no_mentions")
            continue
        near = get_close_matches(name[:_LONGEST_NAME].lower(), [right.lower() for right in known], n=1)
        right = next((right for right in known if near and right.lower() == near[0]), None)
        if right is not None:
            yield text("tools.unknown_near", field=where, near=right)
        elif known:
            yield text("tools.unknown", field=where, known=", ".join(known))
        else:
            yield text("tools.takes_none")


def _field(error: "ValidationError", *more: str) -> str:
    """Spell the place: `buttons[2].url`. Every name in it is one of ours: unknown ones are never descended into."""
    spelled = ""
    for step in (*error.absolute_path, *more):
        spelled += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return spelled.removeprefix(".") or "arguments"


def _distinct(problems: Iterable[Text]) -> list[Text]:
    found: list[Text] = []
    found.extend(problem for problem in problems if problem not in found)
    return found


def _joined(problems: list[Text]) -> Text:
    *earlier, last = problems
    for problem in reversed(earlier):
        last = text("tools.and", first=problem, rest=last)
    return last
