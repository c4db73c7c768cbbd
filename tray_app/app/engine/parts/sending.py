"""What messages are kept in and sent with, wired."""

import contextlib
from collections.abc import Callable

from tray_app.adapters.files.pause import PauseFile
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.keyring.vault import KeyringVault
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.engine.parts.shared import Shared
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.recall import Recaller
from tray_app.services.delivery.sender import Sender
from tray_app.services.robots.owner_robot import OwnerRobot
from tray_app.services.robots.registry import RobotRegistry
from tray_app.services.robots.token_check import token_check


class SendingParts:
    """`store`, `vault`, `robots`, `owner_robot`, `pause`, `deliver`, `recaller`; load them before the first message."""

    def __init__(
        self,
        shared: Shared,
        *,
        store_changed: Callable[[], None],
        vault_changed: Callable[[], None],
        settled: Callable[[Delivery], None],
        before_resume: Callable[[], None],
    ) -> None:
        """Wire; nothing is opened, read or sent yet. `settled` hears of rows, `before_resume` that a pause ends."""
        given = shared.given
        self._hide, self._changed = given.hide, shared.changed
        self.poster = HttpPoster()
        self.store = SqliteStore(
            given.paths.history,
            on_change=store_changed,
            keep_content=lambda: shared.settings().history.store_content,
        )
        self.vault = KeyringVault(on_change=vault_changed, environ=given.environ)
        self.robots = RobotRegistry(
            vault=self.vault,
            channels=given.channels,
            settings=lambda: given.settings.current,
            environ=given.environ,
            on_change=shared.changed,
        )
        self.pause = Pause(
            PauseFile(given.paths.pause, spare=given.paths.spare_pause),
            shared.clock,
            old=self.store,
            on_change=shared.changed,
            before_end=before_resume,
        )
        self.deliver = Sender(
            store=self.store,
            robots=self.robots,
            poster=self.poster,
            clock=shared.clock,
            pause=self.pause,
            settings=shared.settings,
            catalog=shared.catalog,
            new_id=shared.new_id,
            changed=shared.changed,
            settled=settled,
        )

        self.check_token = token_check(self.poster, shared.clock.now_ms)
        self.owner_robot = OwnerRobot(robots=self.robots, vault=self.vault, changed=shared.changed)
        self.recaller = Recaller(
            store=self.store,
            robots=self.robots,
            poster=self.poster,
            deliver=self.deliver,
            pause=self.pause,
            clock=shared.clock,
            changed=shared.changed,
        )

    def load(self) -> None:
        """Open the history, and learn whether sends are paused."""
        with contextlib.suppress(StoreUnavailable):  # its state is in the snapshot
            self.pause.load()

    async def learn_robots(self) -> None:
        """Ask for every robot's credentials, so that the state of each is known and none can show in the log."""
        await self.robots.refresh()
        for name in self.robots.names():
            with contextlib.suppress(TrayAppError):  # the robot's facts and problems say it
                credentials = await self.robots.credentials(name)
                self._hide(credentials.webhook, credentials.secret)
        self.deliver.wake(anew=True)
        self._changed()

    async def close(self) -> None:
        """Close the connections and the keyring; the history closes last, after whoever still writes to it."""
        await self.poster.aclose()
        self.vault.close()
