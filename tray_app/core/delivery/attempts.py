"""What one attempt comes to, and when the next one is due."""

from dataclasses import dataclass, replace
from typing import assert_never

from tray_app.core.delivery.delivery import Delivery, Stage, step
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Outcome, Rejected, Sent, Throttled, TryAgain

MAX_WAIT_MS = 600_000  # nothing waits longer than the longest penalty known, DingTalk's ten minutes
_FIRST_MS = 1_000
_FACTOR = 4
_OFFLINE_FIRST_MS = 2_000
_OFFLINE_MOST_MS = 60_000


def back_off_ms(attempt: int, *, chance: float) -> int:
    """Wait after failed attempt number `attempt` (1, 2, …): 1 s, 4 s, 16 s … give or take a quarter.

    `chance` is a random number in [0, 1): several apps behind one office address must not retry in step.
    """
    return min(MAX_WAIT_MS, _spread(_FIRST_MS * _FACTOR ** (min(attempt, 8) - 1), chance))


def offline_wait_ms(probes: int, *, chance: float) -> int:
    """Wait after `probes` (1, 2, …) attempts that reached nobody: 2 s doubling to a minute, give or take a quarter."""
    return _spread(min(_OFFLINE_MOST_MS, _OFFLINE_FIRST_MS * 2 ** (min(probes, 8) - 1)), chance)


def _spread(wait_ms: int, chance: float) -> int:
    return int(wait_ms * (0.75 + chance / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The row after an attempt; `wait_ms` holds its robot back; `limited` says it was the service's limit that does."""

    delivery: Delivery
    name: str  # of the outcome, for the attempt's record
    wait_ms: int = 0
    limited: bool = False
    offline: bool = False
    set_up: bool = False  # it waits for the owner to mend something


def settle(
    delivery: Delivery, outcome: Outcome, *, now_ms: int, tries: int, offline_probes: int, chance: float
) -> Settled:
    """Apply the outcome of an attempt to a row in stage SENDING.

    `tries` is how many counted attempts a message gets; `offline_probes` how many attempts in a row reached nobody;
    `chance` in [0, 1) spreads the waits.
    """
    match outcome:
        case Sent(errcode=errcode):
            return Settled(delivery=_end(delivery, Stage.SENT, now_ms=now_ms, errcode=errcode), name="sent")
        case Rejected(errcode=errcode, reason=reason, hint=hint):
            failed = _end(delivery, Stage.FAILED, now_ms=now_ms, errcode=errcode)
            return Settled(delivery=replace(failed, reason=reason, hint=hint), name="rejected")
        case Throttled(for_ms=for_ms):
            wait_ms = min(for_ms, MAX_WAIT_MS)
            waiting = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts - 1)
            return Settled(delivery=waiting, name="throttled", wait_ms=wait_ms, limited=True)
        case TryAgain(counts=False, set_up=set_up):
            wait_ms = offline_wait_ms(offline_probes + 1, chance=chance)
            waiting = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts - 1)
            return Settled(delivery=waiting, name="unreachable", wait_ms=wait_ms, offline=True, set_up=set_up)
        case TryAgain(errcode=errcode, reason=reason, hint=hint, after_ms=after_ms):
            if delivery.attempts >= tries:
                failed = _end(delivery, Stage.FAILED, now_ms=now_ms, errcode=errcode)
                gave_up = text("outbox.gave_up", reason=reason, tries=delivery.attempts)
                return Settled(delivery=replace(failed, reason=gave_up, hint=hint), name="gave_up")
            back_off = back_off_ms(delivery.attempts, chance=chance)
            wait_ms = min(MAX_WAIT_MS, max(back_off, after_ms or 0))
            waiting = _again(delivery, outcome, now_ms=now_ms, wait_ms=wait_ms, attempts=delivery.attempts)
            return Settled(delivery=waiting, name="retry", wait_ms=wait_ms)
        case _:
            assert_never(outcome)


def hung_up(delivery: Delivery, *, now_ms: int) -> Settled:
    """The owner paused while the service was silent: it goes again when resumed, and nobody gives up because of it."""
    waiting = replace(delivery, stage=step(delivery.stage, Stage.QUEUED), updated_ms=now_ms, due_ms=now_ms)
    return Settled(delivery=waiting, name="hung_up")


def _end(delivery: Delivery, stage: Stage, *, now_ms: int, errcode: int | None) -> Delivery:
    stage = step(delivery.stage, stage)
    return replace(delivery, stage=stage, updated_ms=now_ms, errcode=errcode, reason=None, hint=None)


def _again(delivery: Delivery, outcome: TryAgain | Throttled, *, now_ms: int, wait_ms: int, attempts: int) -> Delivery:
    return replace(
        delivery,
        stage=step(delivery.stage, Stage.QUEUED),
        attempts=attempts,
        errcode=outcome.errcode,
        reason=outcome.reason,
        hint=outcome.hint,
        updated_ms=now_ms,
        due_ms=now_ms + wait_ms,
    )
