"""What is said of a message that was accepted: where it stands, why it waits, until when."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from tray_app.core.delivery.delivery import Delivery, Source, Stage
from tray_app.core.delivery.pause import PauseState
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.redaction.kinds import findings
from tray_app.core.settings.settings import Settings
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.sender import Sender
from tray_app.services.ports import Clock, Robots

_UNDER_WAY = frozenset({Stage.QUEUED, Stage.SENDING})
_DECIDED = frozenset({Stage.HELD, Stage.REFUSED})
_STATUS = {
    Stage.HELD: Status.HELD,
    Stage.QUEUED: Status.QUEUED,
    Stage.SENDING: Status.QUEUED,
    Stage.SENT: Status.SENT,
    Stage.PERHAPS: Status.PERHAPS,
    Stage.FAILED: Status.FAILED,
    Stage.REFUSED: Status.REFUSED,
    Stage.BLOCKED: Status.PAUSED,
    Stage.EXPIRED: Status.FAILED,
    Stage.DISCARDED: Status.FAILED,
}


class Receipts:
    """`trouble` is what is wrong with the history database now, if anything."""

    def __init__(
        self,
        *,
        deliver: Sender,
        robots: Robots,
        pause: Pause,
        clock: Clock,
        trouble: Callable[[], tuple[Text, Text] | None],
        settings: Callable[[], Settings],
    ) -> None:
        self._deliver = deliver
        self._robots = robots
        self._pause = pause
        self._clock = clock
        self._trouble = trouble
        self._settings = settings

    def describe(self, rows: Sequence[Delivery]) -> Receipt:
        """Say what became of a message, whose parts `rows` are, up to now: the worst of them decides."""
        unsent = [row for row in rows if row.stage not in {Stage.SENT, *_UNDER_WAY}]
        bad = next((row for row in unsent if row.stage is not Stage.PERHAPS), unsent[0] if unsent else None)
        row = bad or next((row for row in rows if row.stage in _UNDER_WAY), rows[0])
        sent = sum(part.stage is Stage.SENT for part in rows)
        reason = row.reason
        if bad is not None and reason is not None and sent:
            entry = "outbox.partly_perhaps" if bad.stage is Stage.PERHAPS else "outbox.partly"
            reason = text(entry, sent=sent, parts=len(rows), reason=reason)
        receipt = Receipt(
            status=_status(row),
            delivery_id=row.group_id,
            robot=row.robot,
            reason=reason,
            hint=_hint(row),
            errcode=row.errcode,
            masked=findings(row.masked),
            rule=row.rule if row.stage in _DECIDED else "",
        )
        return self._under_way(receipt, row) if row.stage in _UNDER_WAY else receipt

    def paused(self, state: PauseState) -> Receipt:
        """Say that a message came while paused: it was recorded, and will not go out by itself."""
        until_ms = state.until_ms
        reason = text("outbox.paused_open")
        if until_ms is not None:
            reason = text("outbox.paused_until", until=self._local(until_ms))
        return Receipt(
            status=Status.PAUSED,
            reason=reason,
            hint=text("outbox.paused_hint"),
            until_ms=until_ms,
            retry_after_s=self._seconds_to(until_ms),
        )

    def _under_way(self, receipt: Receipt, row: Delivery) -> Receipt:
        why, until_ms, hint = self._why(row)
        return replace(receipt, reason=why, hint=hint, until_ms=until_ms, retry_after_s=self._seconds_to(until_ms))

    def _why(self, row: Delivery) -> tuple[Text, int | None, Text]:
        """Why it is not there yet, until when (None: nobody knows), and what to do: never anything."""
        patience = text("outbox.queued_hint")
        pause, trouble = self._pause.current(), self._trouble()
        throttle = self._deliver.queue(row.robot).throttle
        hold, now_ms = throttle.hold(), self._clock.now_ms()
        if trouble is not None:
            return text("outbox.queued_retry", reason=trouble[0]), None, patience
        if row.stage is Stage.SENDING:
            service = self._robots.channel(row.robot).rules.service
            return text("outbox.queued_slow", service=service), None, patience
        if self._deliver.stopping:
            return text("outbox.stopping"), None, text("outbox.stopping_hint")
        if (unknown := self._pause.unknown) is not None and not row.origin.passes_pause:
            mend = text("outbox.mend_hint", hint=unknown.hint)
            return text("outbox.queued_mend", reason=unknown.reason), None, mend
        if pause is not None and not row.origin.passes_pause:
            return text("outbox.queued_paused"), pause.until_ms, text("outbox.queued_paused_hint")
        if hold is not None and hold.set_up:
            due_ms = now_ms + throttle.hold_left_ms()
            return text("outbox.queued_mend", reason=hold.reason), due_ms, text("outbox.mend_hint", hint=hold.hint)
        if hold is not None and hold.limited:
            return text("outbox.queued_penalty", reason=hold.reason), now_ms + throttle.hold_left_ms(), patience
        tried = text("outbox.queued_tried_hint", hours=self._settings().delivery.expire_after_h)
        if hold is not None:
            return text("outbox.queued_retry", reason=hold.reason), now_ms + throttle.hold_left_ms(), tried
        if throttle.window_wait_ms() > 0:
            return text("outbox.queued_limit"), now_ms + throttle.window_wait_ms(), patience
        if row.reason is not None:  # its next try begins at this moment
            return text("outbox.queued_retry", reason=row.reason), None, tried
        return text("outbox.queued_order"), None, patience

    def _seconds_to(self, until_ms: int | None) -> int | None:
        """Whole seconds, rounded up, so that nobody asks too early."""
        return None if until_ms is None else max(1, -(-(until_ms - self._clock.now_ms()) // 1000))

    def _local(self, ms: int) -> str:
        """Write a time as people read it: `14:30`, with the date where it is not today's."""
        then, now = (datetime.fromtimestamp(at / 1000).astimezone() for at in (ms, self._clock.now_ms()))
        return then.strftime("%H:%M" if then.date() == now.date() else "%m-%d %H:%M")


def _hint(row: Delivery) -> Text | None:
    """An agent is told what it must not do; the owner, what they can."""
    asked_by_agent = row.stage is Stage.PERHAPS and row.origin.source is Source.MCP
    return text("outbox.perhaps_agent_hint") if asked_by_agent else row.hint


def _status(row: Delivery) -> Status:
    """Name a row's status; one that nobody approved in time was refused, it did not fail."""
    lapsed = row.stage is Stage.EXPIRED and row.reason is not None and row.reason.key.startswith("approvals.")
    return Status.REFUSED if lapsed else _STATUS[row.stage]
