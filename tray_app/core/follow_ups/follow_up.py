"""Words of the owner to a session that is done, from the record of them to the session that works on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.delivery.delivery import IllegalStep
from tray_app.core.kernel.texts import Text, text

MOST_WORDS = 2_000  # characters
WAKES_WITHIN_MS = 90_000  # the client took up to 18 s


class Fate(StrEnum):
    """What became of them. Values are stable: they are kept."""

    KEPT = "kept"  # on record; nobody has them yet
    GIVEN = "given"  # the hook has them
    WOKEN = "woken"  # the session works
    LOST = "lost"  # perhaps they did not arrive; they are not given again


STEPS: frozenset[tuple[Fate, Fate]] = frozenset(
    {
        (Fate.KEPT, Fate.GIVEN),
        (Fate.KEPT, Fate.LOST),  # the hook was gone, or the app ended
        (Fate.GIVEN, Fate.WOKEN),
        (Fate.GIVEN, Fate.LOST),  # the session did not wake, or the app ended
    }
)


def step(from_: Fate, to: Fate) -> Fate:
    """Give `to` where the step is legal; raise IllegalStep otherwise."""
    if (from_, to) not in STEPS:
        msg = f"no step from {from_} to {to}"
        raise IllegalStep(msg)
    return to


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One, without its words. `by` is where the owner wrote it; `at_ms` is wall-clock milliseconds.

    `whose` tells who wrote it on a phone from anybody else who may be paired, over restarts too; empty: nobody did, or
    a version wrote it that kept no such word.
    """

    id: str
    session: str
    project: str
    by: str
    at_ms: int
    whose: str = ""
    fate: Fate = Fate.KEPT

    @property
    def said(self) -> Text:
        """What became of it, in words."""
        return text(f"follow_ups.fate_{self.fate}", project=self.project or "-")

    @property
    def is_open(self) -> bool:
        """Whether that may still change."""
        return self.fate in {Fate.KEPT, Fate.GIVEN}


def to_data(follow_up: FollowUp) -> dict[str, object]:
    """Write it as it is kept while it is open."""
    return {
        "id": follow_up.id,
        "session": follow_up.session,
        "project": follow_up.project,
        "by": follow_up.by,
        "at_ms": follow_up.at_ms,
        "whose": follow_up.whose,
        "fate": follow_up.fate.value,
    }


def from_data(data: object) -> FollowUp | None:
    """Read one that was kept; None where that is none."""
    if not isinstance(data, Mapping):
        return None
    words = [*(data.get(name) for name in ("id", "session", "project", "by")), data.get("whose", "")]
    at_ms, fate = data.get("at_ms"), data.get("fate")
    if not all(isinstance(word, str) for word in words) or not isinstance(at_ms, int) or fate not in set(Fate):
        return None
    follow_up_id, session, project, by, whose = map(str, words)
    return FollowUp(
        id=follow_up_id, session=session, project=project, by=by, at_ms=at_ms, whose=whose, fate=Fate(str(fate))
    )


def can_be_given(words: str) -> bool:
    """Whether these are words, and not too many; half a surrogate pair could not be written to the hook."""
    return bool(words.strip()) and len(words) <= MOST_WORDS and not any("\ud800" <= char <= "\udfff" for char in words)
