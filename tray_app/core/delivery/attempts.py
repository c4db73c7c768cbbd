"""What one attempt comes to, and when the next one is due.

Whatever passes by itself is tried again by time, until the message is too old: an outage of the network, a service that
is busy or broken. Only where no answer came, so that the message may be there, are the tries counted.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from tray_app.core.delivery.delivery import Delivery, Stage, step
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import AttemptReach, Fault, Outcome, Rejected, Sent, Throttled, TryAgain

MAX_WAIT_MS = 600_000  # nothing waits longer than the longest penalty known, DingTalk's ten minutes
_LOST_FIRST_MS = 1_000
_LOST_FACTOR = 4
_OFFLINE_FIRST_MS = 2_000
_OFFLINE_MOST_MS = 60_000
_FAULT_FIRST_MS = 1_000
_FAULT_MOST_MS = 300_000  # a service in trouble is not helped by being asked more often
_DOUBLINGS = 9
_SEEN_FOR_SURE = frozenset({Fault.MESSAGE, Fault.CONTENT})  # the same words were refused in every try


def lost_wait_ms(lost: int, *, chance: float) -> int:
    """Wait after `lost` (1, 2, …) attempts without an answer: 1 s, 4 s, 16 s … give or take a quarter.

    `chance` is a random number in [0, 1): several apps behind one office address must not retry in step.
    """
    return min(MAX_WAIT_MS, _spread(_LOST_FIRST_MS * _LOST_FACTOR ** (min(lost, _DOUBLINGS) - 1), chance))


def fault_wait_ms(faults: int, *, chance: float) -> int:
    """Wait after the service could not take `faults` (1, 2, …) attempts in a row: 1 s doubling to five minutes."""
    return _spread(min(_FAULT_MOST_MS, _FAULT_FIRST_MS * 2 ** (min(faults, _DOUBLINGS + 1) - 1)), chance)


def offline_wait_ms(probes: int, *, chance: float) -> int:
    """Wait after `probes` (1, 2, …) attempts that reached nobody: 2 s doubling to a minute, give or take a quarter."""
    return _spread(min(_OFFLINE_MOST_MS, _OFFLINE_FIRST_MS * 2 ** (min(probes, _DOUBLINGS) - 1)), chance)


def _spread(wait_ms: int, chance: float) -> int:
    return int(wait_ms * (0.75 + chance / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The row after an attempt; `wait_ms` holds its robot back, for `why`: reason and hint, None where nothing does.

    `limited` says it is the service's limit that does; `offline`: nobody was reached; `faulty`: the service could not
    take it now, or did not answer.
    """

    delivery: Delivery
    name: str  # of the outcome, for the attempt's record
    wait_ms: int = 0
    why: tuple[Text, Text] | None = None
    limited: bool = False
    offline: bool = False
    faulty: bool = False
    set_up: bool = False  # it waits for the owner to mend something
    spent: tuple[Text, Text] | None = None  # a quota is used up: the service's reason and hint


def settle(
    delivery: Delivery, outcome: Outcome, *, now_ms: int, tries: int, offline: int, faults: int, chance: float
) -> Settled:
    """Apply the outcome of an attempt to a row in stage SENDING.

    `tries` is how many attempts may go without an answer; `offline` and `faults` say how many attempts of the robot in
    a row reached nobody, or a service that could not; `chance` in [0, 1) spreads the waits.
    """
    match outcome:
        case Sent(errcode=errcode, taken_as=taken_as):
            arrived = replace(
                delivery,
                stage=step(delivery.stage, Stage.SENT),
                updated_ms=now_ms,
                errcode=errcode,
                taken_as=taken_as,
                reason=None,
                hint=None,
                said="",
                lost_ms=None,
            )
            return Settled(delivery=arrived, name="sent")
        case Rejected(fault=fault, reason=reason, hint=hint):
            refused = replace(delivery, errcode=outcome.errcode, said=outcome.said)
            if fault in _SEEN_FOR_SURE:
                refused = replace(refused, lost_ms=None)
            ended = unsent(refused, Stage.FAILED, reason=reason, hint=hint, now_ms=now_ms)
            return Settled(delivery=ended, name="rejected", spent=(reason, hint) if fault is Fault.QUOTA else None)
        case Throttled(for_ms=for_ms):
            wait_ms = min(for_ms, MAX_WAIT_MS)
            waiting = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts - 1)
            return Settled(delivery=waiting, name="throttled", wait_ms=wait_ms, why=_why(outcome), limited=True)
        case TryAgain(reach=AttemptReach.NOBODY, set_up=set_up):
            wait_ms = offline_wait_ms(offline + 1, chance=chance)
            waiting = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts - 1)
            return Settled(
                delivery=waiting, name="unreachable", wait_ms=wait_ms, why=_why(outcome), offline=True, set_up=set_up
            )
        case TryAgain(after_ms=after_ms):
            wait_ms = min(MAX_WAIT_MS, max(fault_wait_ms(faults + 1, chance=chance), after_ms or 0))
            return _faulty(delivery, outcome, now_ms=now_ms, tries=tries, wait_ms=wait_ms, chance=chance)
        case _:
            assert_never(outcome)


def unsent(delivery: Delivery, stage: Stage, *, reason: Text, hint: Text, now_ms: int) -> Delivery:
    """End a row that is not tried again: in this stage, or as perhaps arrived where it may be there."""
    if delivery.lost_ms is not None:
        stage, reason, hint = Stage.PERHAPS, text("outbox.perhaps_ended", reason=reason), text("outbox.perhaps_hint")
    return replace(delivery, stage=step(delivery.stage, stage), updated_ms=now_ms, reason=reason, hint=hint)


def expired(delivery: Delivery, *, hours: int, now_ms: int) -> Delivery:
    """End a row that has waited for longer than the owner allows, with what it waited for."""
    reason = text("outbox.expired", hours=hours)
    if delivery.reason is not None:
        reason = text("outbox.expired_why", hours=hours, reason=delivery.reason)
    return unsent(delivery, Stage.EXPIRED, reason=reason, hint=text("outbox.expired_hint"), now_ms=now_ms)


def hung_up(delivery: Delivery, *, now_ms: int, left: bool = True) -> Settled:
    """The attempt was cut short from our side: it goes again, and nobody gives up because of it.

    The owner paused while the service was silent; or nothing had `left` yet, and then no try is used up.
    """
    again = _may_be_there(delivery) if left else replace(delivery, attempts=delivery.attempts - 1)
    waiting = replace(again, stage=step(delivery.stage, Stage.QUEUED))
    return Settled(delivery=replace(waiting, updated_ms=now_ms, due_ms=now_ms), name="hung_up")


def _faulty(delivery: Delivery, outcome: TryAgain, *, now_ms: int, tries: int, wait_ms: int, chance: float) -> Settled:
    """The service could not take it, and it waits; or no answer came, and that too often to go on."""
    if outcome.reach is not AttemptReach.REFUSED:
        delivery = _may_be_there(delivery)
    if outcome.reach is not AttemptReach.LOST:
        after = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts)
        return Settled(delivery=after, name="retry", wait_ms=wait_ms, why=_why(outcome), faulty=True)
    lost = replace(delivery, lost=delivery.lost + 1)
    if lost.lost < tries:
        wait_ms = max(wait_ms, lost_wait_ms(lost.lost, chance=chance))
        after = _again(lost, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=lost.attempts)
    else:
        reason = text("outbox.perhaps", reason=outcome.reason, tries=lost.lost)
        ended = replace(lost, stage=step(lost.stage, Stage.PERHAPS), updated_ms=now_ms, said=outcome.said)
        after = replace(ended, errcode=outcome.errcode, reason=reason, hint=text("outbox.perhaps_hint"))
    return Settled(delivery=after, name="lost", wait_ms=wait_ms, why=_why(outcome), faulty=True)


def _why(outcome: TryAgain | Throttled) -> tuple[Text, Text]:
    return outcome.reason, outcome.hint


def _may_be_there(delivery: Delivery) -> Delivery:
    """Note since when; a row in stage SENDING was changed last when its attempt began."""
    since_ms = delivery.updated_ms if delivery.lost_ms is None else delivery.lost_ms
    return replace(delivery, lost_ms=since_ms)


def _again(delivery: Delivery, outcome: TryAgain | Throttled, *, now_ms: int, wait_ms: int, attempts: int) -> Delivery:
    return replace(
        delivery,
        stage=step(delivery.stage, Stage.QUEUED),
        attempts=attempts,
        errcode=outcome.errcode,
        reason=outcome.reason,
        hint=outcome.hint,
        said=outcome.said,
        updated_ms=now_ms,
        due_ms=now_ms + wait_ms,
    )
