"""The real app with an app robot of the stand-in, and a person with a phone. Needs "dbus" and "gnome-keyring"."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

from tests.support.app_robot import STAFF, credentials_of
from tests.support.command import command, environment
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.patience import PATIENCE_S
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.sending import ChatMessage

AT_ONCE = "\n[questions.phone]\nafter_s = 0\n"
_TOKEN = Secret("q" * 43)
_TAP = re.compile(r"dtmd://dingtalkclient/sendMessage\?content=([^)]+)\)")


def until(holds: Callable[[], object]) -> None:
    """Wait until it is so, a bounded time."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def set_up(robot: SandboxApp, environ: Mapping[str, str], *, staff_id: str = "") -> None:
    """Store the app robot, paired with nobody or with this person."""
    kept = credentials_of(robot, staff_id=staff_id)
    given = f"{kept.webhook.reveal()}\n{kept.secret.reveal()}\n"
    options = ("--robot", "phone", "--channel", "dingtalk-app", "--no-test")
    done = command("setup", *options, environ=environ, given=given)
    assert done.code == 0, done.err


@dataclass(kw_only=True)
class PhoneStage:
    """`robot` is DingTalk and the phone at once; `child` the app that runs."""

    home: Path
    environ: dict[str, str]
    robot: SandboxApp
    child: Child
    _calls: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8))

    @property
    def remote(self) -> Remote:
        return Remote.find(self.child.paths, Language.EN)

    def listens(self) -> None:
        """Until it is connected."""
        until(lambda: (self.remote.get("status")["phone"] or {}).get("hears") == "connected")

    def asks(self, body: Mapping[str, Any], *, wait_s: float = PATIENCE_S) -> "Future[dict[str, Any]]":
        """Ask as the hook does; hang up after `wait_s`."""
        url = self.child.endpoint.url.replace("/mcp", "/question/claude-code")

        def post() -> dict[str, Any]:
            with httpx.Client(trust_env=False, timeout=wait_s) as http:
                reply = http.post(url, headers={"authorization": f"Bearer {_TOKEN.reveal()}"}, json=body)
                said: dict[str, Any] = reply.json() if reply.content else {}
                return said

        return self._calls.submit(post)

    def writes(self, text: str, **who: Any) -> None:
        """Write to the robot, as the owner where nobody else is named."""
        self.robot.hear(text, **who)

    def next_after(self, count: int) -> ChatMessage:
        """The message that comes to the phone after so many."""
        return self.robot.wait_for_chat(count + 1, PATIENCE_S)[count]

    def replies(self, text: str, **who: Any) -> str:
        """Write, and read what is said to that."""
        before = len(self.robot.chat)
        self.writes(text, **who)
        return self.next_after(before).text

    def close(self) -> None:
        self._calls.shutdown(wait=False, cancel_futures=True)


def taps(message: ChatMessage) -> list[str]:
    """What each of a message's answers sends when it is tapped."""
    return [unquote(content) for content in _TAP.findall(message.text)]


@contextmanager
def phone_stage(folder: Path, *, staff_id: str = STAFF, settings: str = AT_ONCE) -> Iterator[PhoneStage]:
    """Run one, paired with its owner."""
    with ExitStack() as stack:
        keyring = KeyringBus(folder)
        stack.callback(keyring.close)
        keyring.start_keyring()
        robot = stack.enter_context(SandboxApp())
        home = folder / "app"
        environ = environment(home, **keyring.environ)
        set_up(robot, environ, staff_id=staff_id)
        paths = Paths.under(home)
        with paths.settings.open("a", encoding="utf-8") as file:
            file.write(settings)
        child = stack.enter_context(running_app(home, environ=environ, arguments=("--headless", "--port", "0")))
        TokenFile(paths.question_token).write(_TOKEN)
        stage = PhoneStage(home=home, environ=environ, robot=robot, child=child)
        stack.callback(stage.close)
        stage.listens()
        yield stage
        assert robot.breaches == []
