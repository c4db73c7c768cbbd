"""Sending, wired: where messages are kept, the robots with their keyring, the pause, and what brings messages there."""

import contextlib
from collections.abc import Callable

from tray_app.adapters.http_poster import HttpPoster
from tray_app.adapters.keyring_vault import KeyringVault
from tray_app.adapters.store import SqliteStore
from tray_app.app.surroundings import Surroundings
from tray_app.channels import CHANNELS
from tray_app.core.errors import StoreUnavailable, TrayAppError
from tray_app.core.texts import Catalog
from tray_app.services.deliver import Deliver
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock
from tray_app.services.robots import RobotBook


class SendingParts:
    """`store`, `vault`, `robots`, `channel`, `pause` and `deliver`; load them before the first message."""

    def __init__(
        self,
        given: Surroundings,
        *,
        clock: Clock,
        catalog: Callable[[], Catalog],
        new_id: Callable[[], str],
        changed: Callable[[], None],
        store_changed: Callable[[], None],
        vault_changed: Callable[[], None],
    ) -> None:
        """Wire; nothing is opened, read or sent yet."""
        self._hide, self._changed = given.hide, changed
        self._poster = HttpPoster()
        self.channel = CHANNELS["dingtalk"]
        self.store = SqliteStore(
            given.paths.history,
            on_change=store_changed,
            keep_content=lambda: given.settings.current.history.store_content,
        )
        self.vault = KeyringVault(on_change=vault_changed, environ=given.environ)
        self.robots = RobotBook(
            vault=self.vault, settings=lambda: given.settings.current, environ=given.environ, on_change=changed
        )
        self.pause = Pause(self.store, clock, on_change=changed)
        self.deliver = Deliver(
            store=self.store,
            robots=self.robots,
            channel=self.channel,
            poster=self._poster,
            clock=clock,
            pause=self.pause,
            settings=self.robots.settings,
            catalog=catalog,
            new_id=new_id,
            changed=changed,
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
        await self._poster.aclose()
        self.vault.close()
