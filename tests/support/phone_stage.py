"""The real app with an app robot of the stand-in, and a person with a phone. Needs "dbus" and "gnome-keyring"."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

from tests.support.app_robot import credentials_of
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


def set_up(robot: SandboxApp, environ: Mapping[str, str]) -> None:
    """Store the app robot, paired with nobody."""
    kept = credentials_of(robot, staff_id="")
    given = f"{kept.webhook.reveal()}\n{kept.secret.reveal()}\n"
    options = ("--robot", "phone", "--channel", "dingtalk-app", "--no-test")
    done = command("setup", *options, environ=environ, given=given)
    assert done.code == 0, done.err


def connected(remote: Remote) -> None:
    """Wait until it hears."""
    until(lambda: (remote.get("status")["phone"] or {}).get("hears") == "connected")


def pair(robot: SandboxApp, remote: Remote) -> None:
    """Pair as the owner does: the app's code, sent to the robot. The first message in the chat says so."""
    before = len(robot.chat)
    robot.hear(remote.post("phone/pair")["code"])
    robot.wait_for_chat(before + 1, PATIENCE_S)
    until(lambda: remote.get("status")["phone"]["paired"])


@dataclass(kw_only=True)
class PhoneStage:
    """`robot` is DingTalk and the phone at once; `child` the app that runs."""

    home: Path
    environ: dict[str, str]
    robot: SandboxApp
    child: Child
    _apps: ExitStack = field(default_factory=ExitStack)
    _calls: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8))

    @property
    def remote(self) -> Remote:
        return Remote.find(self.child.paths, Language.EN)

    def kill(self) -> None:
        """`kill -9`."""
        self.child.process.kill()
        self.child.process.wait(PATIENCE_S)

    def begin_anew(self) -> None:
        """Start the app again, and wait until it hears."""
        arguments = ("--headless", "--port", "0")
        self.child = self._apps.enter_context(running_app(self.home, environ=self.environ, arguments=arguments))
        connected(self.remote)

    def audited(self) -> list[tuple[str, str, str]]:
        """Id, decision and rule of what the audit holds of questions, the oldest first."""
        with closing(sqlite3.connect(self.child.paths.history)) as file:
            rows = file.execute("SELECT id, decision, rule FROM audit WHERE rule LIKE 'question.%' ORDER BY seq")
            return rows.fetchall()

    def asks(self, body: Mapping[str, Any], *, wait_s: float = PATIENCE_S) -> "Future[dict[str, Any]]":
        """Ask as the hook does; hang up after `wait_s`."""
        return self._calls.submit(self.post, body, wait_s=wait_s)

    def post(self, body: Mapping[str, Any], *, wait_s: float = PATIENCE_S) -> dict[str, Any]:
        """The same in this thread: what is answered, nothing where nobody did."""
        url = self.child.endpoint.url.replace("/mcp", "/question/claude-code")
        with httpx.Client(trust_env=False, timeout=wait_s) as http:
            reply = http.post(url, headers={"authorization": f"Bearer {_TOKEN.reveal()}"}, json=body)
            said: dict[str, Any] = reply.json() if reply.content else {}
            return said

    def writes(self, text: str, **who: Any) -> None:
        """Write to the robot, as the owner where nobody else is named."""
        self.robot.hear(text, **who)

    def next_after(self, count: int) -> ChatMessage:
        """The message that comes to the phone after so many."""
        return self.robot.wait_for_chat(count + 1, PATIENCE_S)[count]

    def hears(self, words: str, *, after: int) -> ChatMessage:
        """The first message with these words that comes to the phone after so many."""

        def found() -> ChatMessage | None:
            return next((one for one in self.robot.sending.received[after:] if words in one.text), None)

        self.robot.wait_until(lambda: found() is not None, PATIENCE_S)
        message = self.robot.read(found)
        assert message is not None
        return message

    def replies(self, text: str, **who: Any) -> str:
        """Write, and read what is said to that."""
        before = len(self.robot.chat)
        self.writes(text, **who)
        return self.next_after(before).text

    def close(self) -> None:
        self._apps.close()
        self._calls.shutdown(wait=False, cancel_futures=True)


def taps(message: ChatMessage) -> list[str]:
    """What each of a message's answers sends when it is tapped."""
    return [unquote(content) for content in _TAP.findall(message.text)]


@contextmanager
def phone_stage(folder: Path, *, settings: str = AT_ONCE, robot: SandboxApp | None = None) -> Iterator[PhoneStage]:
    """Run one; nobody is paired. `robot`: the one of another computer, too."""
    with ExitStack() as stack:
        keyring = KeyringBus(folder)
        stack.callback(keyring.close)
        keyring.start_keyring()
        robot = robot or stack.enter_context(SandboxApp())
        home = folder / "app"
        environ = environment(home, **keyring.environ)
        set_up(robot, environ)
        paths = Paths.under(home)
        with paths.settings.open("a", encoding="utf-8") as file:
            file.write(settings)
        apps = stack.enter_context(ExitStack())
        child = apps.enter_context(running_app(home, environ=environ, arguments=("--headless", "--port", "0")))
        TokenFile(paths.question_token).write(_TOKEN)
        stage = PhoneStage(home=home, environ=environ, robot=robot, child=child, _apps=apps)
        stack.callback(stage.close)
        connected(stage.remote)
        yield stage
        assert robot.breaches == []
