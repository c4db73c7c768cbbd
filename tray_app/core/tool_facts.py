"""What the policy must know about a tool to check its rules: how risky it is, and what its arguments are called."""

from dataclasses import dataclass

from tray_app.core.policy import Risk

ELEMENT = "*"  # in the paths of `arguments`: any element of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFacts:
    """One tool. `arguments` are the dotted paths that its schema allows, e.g. `title`, `buttons`, `buttons.*.url`.

    `required` are the names that every call has.
    """

    name: str
    risk: Risk
    arguments: frozenset[str]
    required: frozenset[str] = frozenset()
