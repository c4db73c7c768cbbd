"""What the policy must know about a tool to check its rules: how risky it is, and what its arguments are."""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.policy import Risk

ELEMENT = "*"  # in the paths of `arguments`: any element of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """What an argument can be: a JSON type (`string`, `boolean`, …); `choices` are all its values, where it has few."""

    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFacts:
    """One tool. `arguments` are those its schema allows, by dotted path, e.g. `title`, `buttons`, `buttons.*.url`.

    `required` are the names that every call has.
    """

    name: str
    risk: Risk
    arguments: Mapping[str, Argument]
    required: frozenset[str] = frozenset()
