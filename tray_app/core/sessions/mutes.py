"""What the owner does not want to be told of for a while: a session or project, all of it or one kind of notice."""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Text, text

LENGTHS = (PauseFor.HOUR, PauseFor.TOMORROW, PauseFor.OPEN)
MOST = 100
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Holds for the session, or where that is empty for the project; `kind` is a kind of notice, empty for all.

    `name` is what people call it; `until_ms` (wall clock) is None where only the owner ends it.
    """

    id: str
    session: str = ""
    project: str = ""
    kind: str = ""
    name: str = ""
    since_ms: int = 0
    until_ms: int | None = None

    def covers(self, *, session: str, project: str) -> bool:
        """Whether it is about this session."""
        return self.session == session if self.session else bool(self.project) and self.project == project

    def is_over(self, now_ms: int) -> bool:
        """Whether its time is up."""
        return self.until_ms is not None and now_ms >= self.until_ms

    @property
    def what(self) -> Text:
        """Which notices."""
        return text(f"mutes.kind_{self.kind}") if self.kind else text("mutes.all_kinds")

    @property
    def about(self) -> tuple[str, str, str]:
        """What is muted: a second one of the same takes the place of the first."""
        return self.session, "" if self.session else self.project, self.kind


def to_data(mute: Mute) -> dict[str, object]:
    """Plain JSON."""
    return {
        "id": mute.id,
        "session": mute.session,
        "project": mute.project,
        "kind": mute.kind,
        "name": mute.name,
        "since_ms": mute.since_ms,
        "until_ms": mute.until_ms,
    }


def from_data(data: object) -> Mute | None:
    """Read `to_data`'s form; None for anything else."""
    if not isinstance(data, Mapping):
        return None
    words = {name: data.get(name) for name in ("id", "session", "project", "kind", "name")}
    since_ms, until_ms = data.get("since_ms"), data.get("until_ms")
    plain = all(isinstance(value, str) and len(value) <= _LONGEST for value in words.values())
    if not plain or not isinstance(since_ms, int) or not isinstance(until_ms, int | None):
        return None
    return Mute(**{name: str(value) for name, value in words.items()}, since_ms=since_ms, until_ms=until_ms)
