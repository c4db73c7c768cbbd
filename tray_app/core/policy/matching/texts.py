"""What texts an argument may hold, as conditions compare them (`as_sent`): no text that can be is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.policy.as_sent import ADDRESSES, BODIES, TITLES
from tray_app.core.policy.matching.letters import BLANK, DIGIT, EVERY, Letters, letters, without
from tray_app.core.policy.model import TextForm, ToolArgument

_LONGEST_MOBILE = 20
_CONTROL = letters((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xD800, 0xDFFF))
_TAKEN = without(EVERY, _CONTROL)
_INK = without(_TAKEN, BLANK)


@dataclass(frozen=True, slots=True)
class Shape:
    """Read letter by letter from the state "" on: where each leads from each state, and in which a text may end.

    `longest` is how many letters it may have; None: as many as there are.
    """

    steps: Mapping[str, Sequence[tuple[Letters, str]]]
    ends: frozenset[str]
    longest: int | None


def shape_of(path: Sequence[str], argument: ToolArgument) -> Shape:
    """Give the shape of the texts at a path."""
    last, empty = path[-1], argument.shortest == 0
    if argument.form is TextForm.MOBILE:
        return _MOBILES
    if argument.form is TextForm.PERSON:
        return Shape(_PERSON, frozenset({"id", "a", "al"}), argument.longest)
    if last in ADDRESSES:
        return Shape(_ADDRESS, frozenset({"rest", ""} if empty else {"rest"}), argument.longest)
    if last in TITLES:
        ends = {"ink"} if argument.form is TextForm.SHOWN else {"ink", ""}  # of blanks alone nothing is left
        return Shape(_ONE_LINE, frozenset(ends), argument.longest)
    taken = without(_TAKEN, letters("\r")) if last in BODIES else _TAKEN
    if argument.form is not TextForm.SHOWN:
        some = {"": [(taken, "some")], "some": [(taken, "some")]}
        return Shape(some, frozenset({"some", ""} if empty else {"some"}), argument.longest)
    blank, ink = without(taken, _INK), (_INK, "shown")
    shown = {"": [(blank, "blank"), ink], "blank": [(blank, "blank"), ink], "shown": [(taken, "shown")]}
    return Shape(shown, frozenset({"shown"}), argument.longest)


_A, _L = letters("aA"), letters("lL")
_PERSON = {  # `all`, in any case, is nobody's id
    "": [(_A, "a"), (without(_INK, letters("@＠aA")), "id")],
    "a": [(_L, "al"), (without(_INK, _L), "id")],
    "al": [(_L, "all"), (without(_INK, _L), "id")],
    "all": [(_INK, "id")],
    "id": [(_INK, "id")],
}
_ONE_LINE = {
    "": [(_INK, "ink")],
    "ink": [(_INK, "ink"), (letters(" "), "gap")],
    "gap": [(_INK, "ink")],
}
_SCHEME = letters((0x41, 0x5A), (0x61, 0x7A), "\u017f\u212a")
_ADDRESS = {
    "": [(_SCHEME, "scheme")],
    "scheme": [(_SCHEME, "scheme"), (letters(":"), ":")],
    ":": [(letters("/"), ":/")],
    ":/": [(letters("/"), "://")],
    "://": [(without(_INK, letters('<>"')), "rest")],
    "rest": [(without(_INK, letters('<>"')), "rest")],
}
_MOBILES = Shape(
    {
        "": [(letters("1"), "1"), (letters("+"), "+")],
        "1": [(letters((0x33, 0x39)), "home 2")],
        **{f"home {count}": [(DIGIT, f"home {count + 1}")] for count in range(2, 11)},
        "+": [(DIGIT, "code 1")],
        "code 1": [(DIGIT, "code 2"), (letters("-"), "abroad 0")],
        "code 2": [(DIGIT, "code 3"), (letters("-"), "abroad 0")],
        "code 3": [(letters("-"), "abroad 0")],
        **{f"abroad {count}": [(DIGIT, f"abroad {min(4, count + 1)}")] for count in range(5)},
    },
    frozenset({"home 11", "abroad 4"}),
    _LONGEST_MOBILE,
)
