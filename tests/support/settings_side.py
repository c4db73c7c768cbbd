"""settings.toml behind the pages: the real file, read and written as the app does; robots may be named in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.support.catalogs import catalogs
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.robots.page import RobotsPage
from tray_app.adapters.web.pages.settings.page import SettingsPage
from tray_app.adapters.web.pages.settings.templates import TemplatesPage
from tray_app.channels import CHANNELS
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import Message
from tray_app.core.notices.sample import sample
from tray_app.core.settings.message_templates import MessageTemplate
from tray_app.core.settings.notices import NoticeKind
from tray_app.services.owner.settings_admin import SettingsAdmin
from tray_app.services.owner.start_at_login import StartAtLogin
from tray_app.services.submit.routing import Routing


@dataclass
class SettingsSide:
    """One owner's file. `rereads` counts how often the app was told to read it again."""

    path: Path
    known_folders: Sequence[str] = ()
    rereads: int = 0
    login: StartAtLogin | None = None
    file: SettingsFile = field(init=False)

    def __post_init__(self) -> None:
        self.file = SettingsFile(self.path)

    def write(self, words: str) -> None:
        """Write the file as an editor does, and have the app read it."""
        self.path.write_text(words, "utf-8")
        self.file.load()

    def words(self) -> str:
        return self.path.read_text("utf-8")

    def desk(self) -> SettingsAdmin:
        return SettingsAdmin(
            file=self.file,
            routing=Routing(settings=lambda: self.file.current, home="/home/li", session=lambda _name: None),
            reread=self._reread,
            folders=lambda: self.known_folders,
            show_file=_nowhere,
            login=self.login,
        )

    def places(self, site: Site) -> tuple[PageRoute, ...]:
        """The pages that ask it."""
        return (
            *RobotsPage(site, self.desk()).places(),
            *SettingsPage(site, self.desk()).places(),
            *TemplatesPage(site, self.desk(), _sample).places(),
        )

    def _reread(self) -> None:
        self.rereads += 1
        self.file.load()


def _sample(kind: NoticeKind, words: MessageTemplate) -> tuple[Message, ...]:
    """As a group gets it whose robot wants a keyword."""
    made = sample(kind, words, catalogs()[Language.EN], now=datetime(2026, 11, 2, 9, 5, tzinfo=UTC))
    return (CHANNELS["dingtalk"].as_seen(made, keywords=("值班",)),)


async def _nowhere() -> bool:
    return False
