"""What an MCP tool is to the rest of the app: how it presents itself, and how its arguments become an intent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tray_app.core.messages.requests import Intent
from tray_app.core.policy.model import Risk

Arguments: TypeAlias = Mapping[str, Any]
Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool. `parse` gets arguments that `arguments_schema` allows, and cannot fail.

    The four facts are MCP's annotations: `reads_only` (changes nothing; clients may run such calls at once and
    unasked), `destroys` (may overwrite something), `repeatable` (a second equal call changes nothing more),
    `leaves_machine`. `risk` is what the owner's policy goes by.
    """

    name: str
    title: str
    description: str
    arguments_schema: Schema
    answer_schema: Schema
    parse: Callable[[Arguments], Intent]
    risk: Risk = Risk.WRITE
    reads_only: bool = False
    destroys: bool = False
    repeatable: bool = False
    leaves_machine: bool = True
