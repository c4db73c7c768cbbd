"""What the robots' queues share: where rows are kept, who posts, the clock, the pause, who hears of what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.texts import Text
from tray_app.core.settings.settings import Settings
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.throttle import ThrottleStore
from tray_app.services.delivery.tokens import TokenCache
from tray_app.services.ports import Clock, Poster, Robots


class QueueStore(ThrottleStore, Protocol):
    """What a queue reads and saves."""

    def requeue_interrupted(self, robot: str, *, now_ms: int) -> int:
        """Queue again what was in flight when the process died."""
        ...

    def next_queued(self, robot: str, *, after: str = "") -> Delivery | None:
        """Find the row that goes out next; with `after`, the next one that is not this."""
        ...

    def next_reply(self, robot: str) -> Delivery | None:
        """Find the row that goes out next of those that pass a pause."""
        ...

    def begin(self, delivery: Delivery, *, now_ms: int) -> Delivery | None:
        """Save that an attempt begins; None where the row waits no more."""
        ...

    async def lasting(self) -> None:
        """Wait until what was saved before is on the disk."""
        ...

    def settle(self, delivery: Delivery, *, outcome: str, took_ms: int, month: str) -> None:
        """Save what an attempt came to."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Save a row."""
        ...

    def set_limit(self, robot: str, *, until_ms: int, reason: Text) -> None:
        """Remember the limit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderContext:
    """What all queues share. `merge` makes a digest after so many ms of being limited; `chance` is random in [0, 1).

    `settled` hears of each row that an attempt or its age has changed, `resting` of each robot that waits now.
    """

    store: QueueStore
    robots: Robots
    poster: Poster
    tokens: TokenCache
    clock: Clock
    pause: Pause
    settings: Callable[[], Settings]
    merge: Callable[[str, int], bool]
    chance: Callable[[], float]
    settled: Callable[[Delivery], None]
    resting: Callable[[], None]
    changed: Callable[[], None]
