"""The app's state in one line each, as the tray, its tooltip and the command line say it: status, last send, times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LocalTime, fit
from tray_app.core.sessions.session import SessionState
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import EndpointState, PauseView, SendView, Snapshot

# signs that the plainest desktop fonts have; an emoji here would be an empty box on a bare Linux panel
MARKS = {
    Stage.HELD: "?",
    Stage.QUEUED: "…",
    Stage.SENDING: "…",
    Stage.SENT: "✓",
    Stage.PERHAPS: "≈",
    Stage.FAILED: "✖",
    Stage.REFUSED: "⊘",
    Stage.BLOCKED: "‖",
    Stage.EXPIRED: "✖",
    Stage.DISCARDED: "–",
}
_TROUBLE = frozenset({Stage.PERHAPS, Stage.FAILED, Stage.REFUSED, Stage.EXPIRED})


class IconState(StrEnum):
    """The tray icon's shapes; values are the names of the icon files."""

    NORMAL = "normal"
    SENDING = "sending"
    PAUSED = "paused"
    ATTENTION = "attention"
    ERROR = "error"
    HOLLOW = "hollow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says times and lines in one language, seen from `now_ms`."""

    catalog: Catalog
    local: LocalTime
    now_ms: int

    def time(self, at_ms: int) -> str:
        """`10:42` today, `tomorrow 08:00`, `11-25 08:00` this year, else with the year."""
        at, now = self.local(at_ms), self.local(self.now_ms)
        clock = at.strftime("%H:%M")
        if at.date() == now.date():
            return clock
        if at.date() - now.date() == timedelta(days=1):
            return self.catalog(text("menu.tomorrow", time=clock))
        return at.strftime("%m-%d %H:%M" if at.year == now.year else "%Y-%m-%d")

    def title(self, send: SendView) -> str:
        """Give what was sent, or "message" where its title says nothing."""
        return fit(send.title) or self.catalog("menu.untitled")

    def status(self, snapshot: Snapshot) -> str:
        """Line 1 of the menu: a pause first, for it stops everything; then the worst before what is worth knowing."""
        return fit(self.catalog(next(self._statuses(snapshot))))

    def _statuses(self, snapshot: Snapshot) -> Iterator[Text]:
        if snapshot.endpoint is EndpointState.STARTING:
            yield next(
                (one.reason for one in snapshot.problems if one.kind is ProblemKind.UPDATE), text("menu.starting")
            )
        if snapshot.endpoint is EndpointState.STOPPING:
            yield text("menu.stopping")
        if snapshot.pause is not None:
            yield self._paused(snapshot.pause, snapshot)
        if snapshot.endpoint is EndpointState.PORT_IN_USE:
            yield text("menu.port_in_use", port=snapshot.port)
        if snapshot.endpoint is EndpointState.FAILED:
            yield text("menu.endpoint_failed")
        if not snapshot.store.usable:
            yield text("menu.store_down")
        if snapshot.waits:
            yield _waiting(snapshot)
        if not any(robot.ready for robot in snapshot.robots):
            yield text("menu.not_set_up")
        for robot in snapshot.robots:
            if robot.limited_until_ms is not None and robot.limited_until_ms > snapshot.now_ms:
                entry = "menu.limited" if len(snapshot.robots) > 1 else "menu.limited_one"
                yield text(entry, robot=robot.name, time=self.time(robot.limited_until_ms))
        for robot in snapshot.robots:
            if robot.waits_until_ms is not None and robot.wait_reason is not None:
                time = self.time(robot.waits_until_ms)
                yield text("menu.robot_waits", robot=robot.name, time=time, reason=robot.wait_reason)
        yield _running(snapshot)

    def _paused(self, pause: PauseView, snapshot: Snapshot) -> Text:
        until = None if pause.until_ms is None else self.time(pause.until_ms)
        said = text("menu.paused_open") if until is None else text("menu.paused_until", time=until)
        if snapshot.waits:
            return text("menu.and_waits", said=said, count=snapshot.waits)
        return text("menu.and_faults", said=said) if _broken(snapshot) else said

    def held(self, snapshot: Snapshot) -> str | None:
        """How many calls wait for the owner; None where none does."""
        return fit(self.catalog(_waiting(snapshot))) if snapshot.waits else None

    def last(self, snapshot: Snapshot) -> str:
        """Line 2 of the menu: what became of the newest message, and why where it did not arrive."""
        if not snapshot.recent:
            return self.catalog("menu.last_none")
        send = snapshot.recent[0]
        mark, time = MARKS[send.stage], self.time(send.at_ms)
        if failed(send) and send.reason is not None:
            return fit(self.catalog(text("menu.last_trouble", mark=mark, time=time, reason=send.reason)))
        return fit(self.catalog(text("menu.last", mark=mark, time=time, title=self.title(send))))


def failed(send: SendView) -> bool:
    """Whether the message did not arrive for sure and is not tried again, against its sender's wish."""
    return send.stage in _TROUBLE


def _waiting(snapshot: Snapshot) -> Text:
    count = snapshot.waits
    if snapshot.questions:
        return text("questions.status_one") if count == 1 else text("questions.status", count=count)
    return text("waiting.status_one") if count == 1 else text("waiting.status", count=count)


def _running(snapshot: Snapshot) -> Text:
    """How many sessions, and how many of them wait; the address is on the overview."""
    count = len(snapshot.sessions)
    waiting = sum(one.state is SessionState.WAITING for one in snapshot.sessions)
    said = text("menu.running_none")
    if count and waiting:
        said = text("menu.running_waiting_one" if count == 1 else "menu.running_waiting", count=count, waiting=waiting)
    elif count:
        said = text("menu.running_one" if count == 1 else "menu.running", count=count)
    return text("menu.and_queued", said=said, count=snapshot.queued) if snapshot.queued else said


_ERRORS = frozenset(
    {
        ProblemKind.PORT,
        ProblemKind.ENDPOINT,
        ProblemKind.STORE,
        ProblemKind.PAUSE,
        ProblemKind.NETWORK,
        ProblemKind.SERVICE,
        ProblemKind.KEYRING,
        ProblemKind.SETTINGS,
        ProblemKind.LAST_SEND,
        ProblemKind.CLOCK,
    }
)


def icon_of(snapshot: Snapshot) -> IconState:
    """The icon's shape. A pause first, whatever else is the matter; then what waits for the owner, for it expires."""
    if snapshot.pause is not None:
        return IconState.PAUSED
    if snapshot.waits:
        return IconState.ATTENTION
    if _broken(snapshot):
        return IconState.ERROR
    kinds = {problem.kind for problem in snapshot.problems}
    if ProblemKind.NOT_SET_UP in kinds or not any(robot.ready for robot in snapshot.robots):
        return IconState.HOLLOW
    limited = any((robot.limited_until_ms or 0) > snapshot.now_ms for robot in snapshot.robots)
    if limited or ProblemKind.QUOTA in kinds:
        return IconState.ATTENTION
    return IconState.SENDING if snapshot.sending else IconState.NORMAL


def _broken(snapshot: Snapshot) -> bool:
    stopped = snapshot.endpoint in {EndpointState.PORT_IN_USE, EndpointState.FAILED}
    return stopped or any(problem.kind in _ERRORS for problem in snapshot.problems)
