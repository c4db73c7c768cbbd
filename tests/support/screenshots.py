"""`python -m tests.support.screenshots FOLDER` takes pictures of each page, language, theme and width."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.chromium import Window, running_chromium, window
from tests.support.claude_desk import StillClaude, connected, plan, view
from tests.support.desk import FakeServices, MemoryVault
from tests.support.history_scenes import take_history
from tests.support.overview_desks import busy_desk, new_desk, paused_desk, waiting_desk
from tests.support.page_server import PageServer, page_server
from tests.support.policy_pictures import take_policy
from tests.support.session_scenes import take_sessions
from tests.support.settings_scenes import take_settings
from tests.support.snapshots import paused, robot, send, snapshot
from tray_app.core.connect.view import NOTHING, ConnectionCheck, ConnectionState
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.channel import Credentials
from tray_app.core.state.snapshot import PhoneView, RobotOrigin, VaultState


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture: the app's state, what is clicked before, and what is then to be seen."""

    name: str
    desk: FakeServices
    click: str = ""
    seen: str = "h1"
    link: bool = True
    page: Page = Page.SETUP

    def show(self, shown: Window, server: PageServer) -> None:
        """Bring the page into this state."""
        answer = shown.page.goto(server.link(self.page) if self.link else server.origin + "/ui/open?t=old")
        assert answer is not None
        assert answer.status < 500, f"{self.name}: {answer.status} {answer.text()}"  # else it is waited for in vain
        if self.click:
            shown.page.click(self.click)
        shown.page.locator(self.seen).first.wait_for()


def webhook(letter: str = "a") -> str:
    """Make up a webhook."""
    return "https://oapi.dingtalk.com/robot/send?access_token=" + letter * 60 + "1f3c"


def key(letter: str = "b") -> str:
    """Make up a signing key."""
    return "SEC" + letter * 60 + "9e07"


def full_desk() -> FakeServices:
    """Give an app with a robot of each origin."""
    pair = Credentials(webhook=Secret(webhook()), secret=Secret(key()))
    views = {
        "team": robot("team", keywords=("Claude", "通知")),
        "ops-night-shift": robot("ops-night-shift", default=False, signed=False, ready=False),
        "environment": robot("environment", default=False, origin=RobotOrigin.ENVIRONMENT),
        "sandbox": robot("sandbox", default=False, origin=RobotOrigin.SANDBOX, host="127.0.0.1:38211"),
    }
    refused = Receipt(
        status=Status.FAILED,
        reason=text("credentials.swapped"),
        hint=text("credentials.swapped_hint"),
        errcode=310000,
    )
    return FakeServices(vault=MemoryVault(kept={"team": pair}), views=views, answer=refused)


def scenes() -> Iterator[Scene]:
    """List what is worth a look."""
    yield from overview_scenes()
    yield from start_scenes()
    yield from setup_scenes()


def overview_scenes() -> Iterator[Scene]:
    """List the states of the overview."""
    for name, desk in (("busy", waiting_desk()), ("paused", paused_desk()), ("new", new_desk())):
        yield Scene(name=f"overview-{name}", desk=desk, page=Page.OVERVIEW)
    yield Scene(name="overview-done", desk=busy_desk(), page=Page.OVERVIEW, click="#pause-1h", seen=".note.good")


def start_scenes() -> Iterator[Scene]:
    """List the steps of the first-run guide, each as the one that is left."""

    def scene(name: str, desk: FakeServices, *, click: str = "", seen: str = "h1") -> Scene:
        return Scene(name=f"start-{name}", desk=desk, page=Page.START, click=click, seen=seen)

    one = {"team": robot("team")}
    sent = snapshot(recent=(send(1, "test"),))
    locked = MemoryVault(state=VaultState.LOCKED, next_state=VaultState.LOCKED)
    yield scene("robot", FakeServices())
    yield scene("robot-errors", FakeServices(), click="#form button.primary", seen=".error")
    yield scene("robot-locked", FakeServices(vault=locked), click=".note.bad button", seen="[data-focus]")
    yield scene("test", FakeServices(views=one))
    refused = full_desk()
    del refused.views["ops-night-shift"], refused.views["environment"], refused.views["sandbox"]
    yield scene("robot-refused", refused, click="#test", seen="#webhook")
    yield scene("test-sent", FakeServices(views=one), click="#test", seen="[data-focus]")
    yield scene("connect", FakeServices(views=one, base=sent))
    done = FakeServices(views=one, base=sent, claude=StillClaude(connected()))
    yield scene("done", done)
    yield scene("done-but", FakeServices(views=one), click="ol a[href$=done]", seen="h2 + ul")


def setup_scenes() -> Iterator[Scene]:
    """List the states of the set-up page, the connect page and the door."""
    happy = replace(full_desk(), answer=Receipt(status=Status.SENT))
    yield Scene(name="first", desk=FakeServices(vault=MemoryVault(state=VaultState.MISSING)))
    yield Scene(name="robots", desk=full_desk())
    yield Scene(name="refused", desk=full_desk(), click="#robot-1 form button", seen=".note.bad")
    yield Scene(name="sent", desk=happy, click="#robot-1 form button", seen=".note.good")
    yield Scene(name="remove", desk=full_desk(), click="#robot-1 summary", seen="button.danger")
    yield Scene(name="edit", desk=full_desk(), click="#robot-1 a.button", seen="#form a.button")
    yield Scene(name="errors", desk=FakeServices(), click="#form button.primary", seen=".error")
    phone = robot("phone", channel="dingtalk-app", host="api.dingtalk.com", default=False, paired=False)
    heard = snapshot(phone=PhoneView(robot="phone", paired=False, hears=StreamPhase.CONNECTED))
    desk = FakeServices(views={"team": robot("team"), "phone": phone}, base=heard)
    yield Scene(name="phone", desk=desk, click="#app summary")
    locked = MemoryVault(state=VaultState.LOCKED, next_state=VaultState.LOCKED)
    yield Scene(
        name="locked",
        desk=FakeServices(vault=locked, base=snapshot(pause=paused())),
        click=".note.bad button",
        seen="[data-focus]",
    )
    yield from connect_scenes()
    yield Scene(name="expired", desk=FakeServices(), link=False)


def connect_scenes() -> Iterator[Scene]:
    """List the states of the page that connects Claude Code."""

    def scene(name: str, claude: StillClaude, *, click: str = "", seen: str = "h1") -> Scene:
        return Scene(name=name, desk=FakeServices(claude=claude), click=click, seen=seen, page=Page.CONNECT)

    check = "#state-title ~ form button"
    yield scene("not-connected", StillClaude(view()))
    yield scene("no-client", StillClaude(view(client="", by_client="", connect=plan())))
    partly = connected(state=ConnectionState.PARTLY, connect=plan(), client="")
    yield scene("partly", StillClaude(partly))
    yield scene("connected", StillClaude(connected()), click=check, seen=".note.good")
    yield scene("disconnect", StillClaude(connected()), click="#disconnect summary", seen="button.danger")
    silent = ConnectionCheck(
        well=False,
        asked=True,
        title=text("connect.checked_failed"),
        said=(text("connect.silent", program="/home/li/.local/bin/claude"), text("connect.no_tools")),
    )
    yield scene("not-reached", StillClaude(connected(), silent), click=check, seen=".note.bad")
    path = "/home/li/.claude/settings.json"
    trouble = TrayAppError(text("connect.not_json", path=path, line=3, column=7), text("connect.mend_hint", path=path))
    nothing = view(state=ConnectionState.UNREADABLE, connect=NOTHING, by_client="", trouble=trouble)
    yield scene("not-json", StillClaude(nothing))


def take(browser: Browser, scene: Scene, path: Path, *, width: int, dark: bool) -> None:
    """Take one picture of the whole page."""
    with page_server(scene.desk) as server, window(browser, width=width, dark=dark) as opened:
        scene.show(opened, server)
        opened.page.screenshot(path=path, full_page=True)


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_chromium() as browser:
        for language in Language:
            for dark in (False, True):
                for width in (360, 1280):
                    take_sessions(browser, folder, language=language, width=width, dark=dark)
                    take_settings(browser, folder, language=language, width=width, dark=dark)
                    take_history(browser, folder, language=language, width=width, dark=dark)
                    take_policy(browser, folder, language=language, width=width, dark=dark)
                    for scene in scenes():
                        scene.desk.spoken = language
                        look = f"{scene.name}-{language}-{'dark' if dark else 'light'}-{width}"
                        take(browser, scene, folder / f"{look}.png", width=width, dark=dark)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", metavar="FOLDER", type=Path, help="where the pictures go")
    main(asked.parse_args().folder)
