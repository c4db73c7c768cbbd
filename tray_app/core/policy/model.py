"""The owner's policy as values, and what it must know about each tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

SECOND_MS = 1_000
WINDOWS_MS = MappingProxyType({"minute": 60_000, "hour": 3_600_000, "day": 86_400_000})
LONGEST_WINDOW_MS = 86_400_000

JsonValue: TypeAlias = "str | int | float | bool | tuple[JsonValue, ...] | None"


class Risk(StrEnum):
    """What a tool can do: only look, send to the group, or change where everything goes."""

    READ = "read"
    WRITE = "write"
    CONFIGURE = "configure"


class Stance(StrEnum):
    """What the owner says to a tool. Values are the policy file's."""

    ALLOW = "allow"
    ASK = "require_approval"
    DENY = "deny"


class Mode(StrEnum):
    """`observe` refuses nothing and writes down what would have been refused."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class LimitScope(StrEnum):
    """Whose calls a counter counts together: one client's (its token), one session's, everybody's."""

    GRANT = "grant"
    SESSION = "session"
    GLOBAL = "global"


class Op(StrEnum):
    """How a condition compares."""

    EQ = "eq"
    NEQ = "neq"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    REGEX = "regex"
    CONTAINS = "contains"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` calls in any `window_ms`. Limits that name the same counter count together, across tools."""

    counter: str
    window_ms: int
    most: int
    scope: LimitScope = LimitScope.GRANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something about the arguments: the value at `path` (without the leading `args`) compared with `value`.

    A missing argument makes it false, whatever the comparison, except `exists` with `false`. `reason` is the owner's
    own words for the agent.
    """

    path: tuple[str, ...]
    op: Op
    value: JsonValue
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPolicy:
    """What holds for one tool: all of `require` must be true and none of `deny_if`; any of `ask_if` asks the owner."""

    stance: Stance = Stance.ALLOW
    reason: str = ""
    limits: tuple[Limit, ...] = ()
    require: tuple[Condition, ...] = ()
    deny_if: tuple[Condition, ...] = ()
    ask_if: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole file. `default` (ALLOW or DENY) holds for tools that `tools` does not name."""

    default: Stance = Stance.DENY
    mode: Mode = Mode.ENFORCE
    hide: frozenset[str] = frozenset()
    hide_all: bool = False
    limits: tuple[Limit, ...] = ()
    tools: Mapping[str, ToolPolicy] = field(default_factory=dict)

    def hides(self, tool: str) -> bool:
        """Whether agents do not see this tool."""
        return self.hide_all or tool in self.hide

    def rules_of(self, tool: str) -> ToolPolicy:
        """What holds for a tool, also for one that the file does not name."""
        return self.tools.get(tool) or ToolPolicy(stance=self.default)


ELEMENT = "*"  # in the paths of `arguments`: any element of a list


class TextForm(StrEnum):
    """What texts are taken at the door, beyond their length; none has control characters."""

    ANY = "any"
    SHOWN = "shown"  # a reader sees something
    MOBILE = "mobile"
    PERSON = "person"  # one member of a group, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolArgument:
    """What an argument can be: a JSON type (`string`, `boolean`, …); `choices` are all its values, where it has few.

    `least` and `most` bound a number, `shortest` and `longest` a text's letters or a list's elements; None: no bound.
    """

    kind: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    shortest: int = 0
    longest: int | None = None
    form: TextForm = TextForm.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFacts:
    """One tool. `arguments` are those its schema allows, by dotted path, e.g. `title`, `buttons`, `buttons.*.url`.

    `required` are the paths that are there in every call, or in every element of a list.
    """

    name: str
    risk: Risk
    arguments: Mapping[str, ToolArgument]
    required: frozenset[str] = frozenset()
