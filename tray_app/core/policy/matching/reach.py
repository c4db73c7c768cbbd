"""Whether some, and whether all texts of a shape have what a pattern looks for: both by walking what they can be.

Walked are states of the pattern (as of Thompson's automaton) together with states of the shape, letter by letter, each
once; letters that nothing tells apart are one. What takes too many steps is not said.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias, assert_never

from tray_app.core.policy.matching.letters import LINE_END, WORD, Letters, kinds
from tray_app.core.policy.matching.syntax import At, Either, One, Part, Repeat, Row, Unsure, read
from tray_app.core.policy.matching.texts import Shape, shape_of
from tray_app.core.policy.model import ToolArgument
from tray_app.core.policy.patterns import compiled

_MOST_STATES, _MOST_STEPS = 2_000, 30_000
_MOST_IN_ALL = 90_000  # about a fifth of a second
_STEPS_OF_A_RANGE, _SETS_OF_A_STEP = 5, 8  # to part letters into kinds
_Kind: TypeAlias = "frozenset[Letters]"
_PLACES = re.compile(r"[\^$]|\\[AzbB]")  # what has none of them and is found in an empty text is found in each
_EDGE: _Kind = frozenset({((-1, -1),)})  # before the first letter and behind the last: neither in a word nor a line end


class Proofs:
    """What is said of patterns in one reading of a policy: after so many steps over all of them it is nothing.

    What is remembered beyond it costs as many steps as at first: what a reading says hangs on its text alone.
    """

    def __init__(self, *, steps: int = _MOST_IN_ALL) -> None:
        """`steps`: how many may be taken; the pattern that takes the last one is walked to its end."""
        self._left = steps
        self._said: dict[tuple[str, tuple[str, ...], ToolArgument], bool | None] = {}

    def said_of(self, pattern: str, path: tuple[str, ...], argument: ToolArgument) -> bool | None:
        """False where no text at the path has it, True where each has; None where neither is so, or neither is known.

        It says the same of the same as long as it is.
        """
        key = (pattern, path, argument)
        if key not in self._said:
            said, steps = _proved(*key) if self._left > 0 else (None, 0)
            self._left -= steps
            self._said[key] = said
        return self._said[key]


class _Steps:
    """Counts what a proof takes, also of one that is given up."""

    def __init__(self) -> None:
        self.taken = 0


@lru_cache(maxsize=1_024)
def _proved(pattern: str, path: tuple[str, ...], argument: ToolArgument) -> tuple[bool | None, int]:
    """Say it, and how many steps it took."""
    steps = _Steps()
    try:
        said = _walked(_Automaton(read(pattern), steps), shape_of(path, argument), steps)
    except (Unsure, RecursionError):
        said = True if not _PLACES.search(pattern) and compiled(pattern).search("") else None
    return said, steps.taken


def _walked(automaton: "_Automaton", shape: Shape, steps: _Steps) -> bool | None:
    """Say it. Raises Unsure after too many steps."""
    walk = _Walk(automaton, shape, steps)
    if not walk.reaches(_Automaton.is_found, each=True):
        return False
    return None if walk.reaches(_Automaton.is_not_found, each=False) else True


class _Automaton:
    """States are numbers; 0 is the last, where it is found."""

    def __init__(self, part: Part, steps: _Steps) -> None:
        self._steps = steps
        self.free: list[list[tuple[int, At | None]]] = [[]]  # ways that take no letter
        self.taking: list[tuple[Letters, int] | None] = [None]  # the way that takes one
        self.first = self._of(part, 0)

    @staticmethod
    def is_found(states: Iterable[int]) -> bool:
        return 0 in states

    @staticmethod
    def is_not_found(states: Iterable[int]) -> bool:
        return 0 not in states

    def _state(self, *free: tuple[int, At | None], taking: tuple[Letters, int] | None = None) -> int:
        if len(self.free) > _MOST_STATES:
            raise Unsure
        self._steps.taken += 1
        self.free.append(list(free))
        self.taking.append(taking)
        return len(self.free) - 1

    def _of(self, part: Part, then: int) -> int:
        """Give the state from which a part leads to `then`."""
        match part:
            case One():
                return self._state(taking=(part.of, then))
            case At():
                return self._state((then, part))
            case Row():
                for each in reversed(part.parts):
                    then = self._of(each, then)
                return then
            case Either():
                return self._state(*((self._of(each, then), None) for each in part.parts))
            case Repeat():
                return self._repeated(part, then)
            case _:
                assert_never(part)

    def _repeated(self, part: Repeat, then: int) -> int:
        if part.most is None:
            again = self._state()
            self.free[again] += [(self._of(part.part, again), None), (then, None)]
            then = again
        else:
            end = then
            for _ in range(part.most - part.least):
                then = self._state((self._of(part.part, then), None), (end, None))
        for _ in range(part.least):
            then = self._of(part.part, then)
        return then

    def at_once(self, states: Iterable[int], left: _Kind, right: _Kind) -> frozenset[int]:
        """All states that are reached between these two letters without taking one."""
        found, waiting = set(states), list(states)
        while waiting:
            for state, at in self.free[waiting.pop()]:
                if state not in found and (at is None or _holds(at, left, right)):
                    found.add(state)
                    waiting.append(state)
        return frozenset(found)

    def after(self, states: Iterable[int], letter: _Kind) -> frozenset[int]:
        """The states behind a letter: what is found stays so, and it may begin at each place."""
        steps = (self.taking[state] for state in states)
        return frozenset({*(then for of, then in (one for one in steps if one) if of in letter), self.first})


class _Walk:
    def __init__(self, automaton: _Automaton, shape: Shape, steps: _Steps) -> None:
        self._automaton, self._shape, self._steps = automaton, shape, steps
        of_shape = [of for steps in shape.steps.values() for of, _ in steps]
        of_pattern = [one[0] for one in automaton.taking if one is not None]
        sets = {*of_shape, *of_pattern}
        steps.taken += sum(map(len, sets)) * (_STEPS_OF_A_RANGE + len(sets) // _SETS_OF_A_STEP)  # as long as it takes
        self._kinds = kinds([WORD, LINE_END, *of_shape, *of_pattern])

    def reaches(self, wanted: Callable[[Iterable[int]], bool], *, each: bool) -> bool:
        """Whether some text ends with `wanted` states; by `each` state alone, or by all that are reached together.

        Raises Unsure after too many steps.
        """
        automaton, steps, length = self._automaton, self._steps, 0
        most = steps.taken + _MOST_STEPS
        layer = {("", _EDGE, one) for one in self._parts({automaton.first}, each=each)}
        known = set(layer)
        while layer and (self._shape.longest is None or length <= self._shape.longest):
            behind = set[tuple[str, _Kind, frozenset[int]]]()
            for at, left, states in layer:
                steps.taken += 1
                if steps.taken > most:
                    raise Unsure
                if at in self._shape.ends and wanted(automaton.at_once(states, left, _EDGE)):
                    return True
                for letter, then in self._next(at):
                    here = automaton.at_once(states, left, letter)
                    steps.taken += len(here)
                    after = frozenset({0}) if 0 in here else automaton.after(here, letter)
                    behind |= {(then, letter, one) for one in self._parts(after, each=each)}
            layer = behind - known
            known |= layer
            length += 1
        return False

    def _parts(self, states: Iterable[int], *, each: bool) -> Iterator[frozenset[int]]:
        return (frozenset({one}) for one in states) if each else iter((frozenset(states),))

    def _next(self, at: str) -> Iterator[tuple[_Kind, str]]:
        for of, then in self._shape.steps.get(at, ()):
            yield from ((letter, then) for letter in self._kinds if of in letter)


def _holds(at: At, left: _Kind, right: _Kind) -> bool:
    match at:
        case At.BEGIN:
            return left is _EDGE
        case At.END:
            return right is _EDGE
        case At.LINE_BEGIN:
            return left is _EDGE or LINE_END in left
        case At.LINE_END:
            return right is _EDGE or LINE_END in right
        case At.WORD_EDGE:
            return (WORD in left) is not (WORD in right)
        case At.NO_WORD_EDGE:
            return (WORD in left) is (WORD in right)
        case _:
            assert_never(at)
