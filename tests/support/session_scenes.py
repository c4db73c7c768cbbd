"""Pictures of the pages about sessions; `tests.support.screenshots` takes them with all others."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.chromium import window
from tests.support.desk import FakeServices
from tests.support.page_server import page_server
from tests.support.session_stage import SessionStage, fill, session_stage, whole_session
from tests.support.snapshots import NOON, robot, snapshot
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

_ONE = whole_session().session_id
SCENES: dict[str, tuple[Callable[[SessionStage], None], str]] = {
    "sessions": (fill, "/ui/sessions"),
    "sessions-tables": (fill, "/ui/sessions?days=7&open"),
    "sessions-new": (lambda _stage: None, "/ui/sessions"),
    "session": (fill, f"/ui/sessions/{_ONE}"),
}


def take_sessions(browser: Browser, folder: Path, *, language: Language, width: int, dark: bool) -> None:
    """Take each scene once."""
    for name, (fill_in, path) in SCENES.items():
        queries = FakeServices(base=snapshot(now_ms=NOON), views={"team": robot("team")}, spoken=language)
        with (
            tempfile.TemporaryDirectory() as kept,
            session_stage(Path(kept)) as stage,
            page_server(queries, more=stage.places) as server,
            window(browser, width=width, dark=dark) as opened,
        ):
            fill_in(stage)
            opened.page.goto(server.link(Page.SESSIONS))
            opened.page.goto(server.origin + path)
            if path.endswith("&open"):
                for summary in opened.page.locator("summary").all():
                    summary.click()
            look = f"{name}-{language}-{'dark' if dark else 'light'}-{width}"
            opened.page.screenshot(path=folder / f"{look}.png", full_page=True)
