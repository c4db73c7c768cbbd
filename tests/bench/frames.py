"""How many Python frames of ours one journey enters, in how many files: work that a faster machine does not hide.

Run alone by `python dev.py bench frames`.
"""

import asyncio
import html
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from tests.bench.pages import link
from tests.bench.wire import read_message, tool_call
from tray_app import hook_cli
from tray_app.adapters.system.paths import HOME_VARIABLE
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

_WARM_UP, _RUNS = 2, 5
_REST_S = 1.2  # until what went before is over
_AFTER_S = 1.2  # what a journey leaves behind: a snapshot, a menu, a look at a file that was saved
_HIDDEN = re.compile(r'type="hidden" name="(csrf|version|shown)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class _Journey:
    """`go` is counted, `prepare` is not."""

    go: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


class _Counted:
    """Starts the app with its counter, and asks that."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(
        self, command: Sequence[str], *, environ: Mapping[str, str], folder: Path, printed: IO[bytes]
    ) -> "subprocess.Popen[bytes]":
        counted = [sys.executable, "-m", "tests.bench.counted_app", *command[3:]]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            counted, env=dict(environ), cwd=folder, stdin=pipe, stdout=pipe, stderr=printed
        )
        return self._process

    def frames(self, journey: "_Journey") -> tuple[int, int]:
        """Frames and files of the run that met the least of what goes on beside it."""
        return min([self._once(journey) for _ in range(_WARM_UP + _RUNS)][_WARM_UP:])

    def _once(self, journey: "_Journey") -> tuple[int, int]:
        journey.prepare()
        time.sleep(_REST_S)
        self._say(b"begin\n")
        journey.go()
        time.sleep(_AFTER_S)
        self._say(b"end\n")
        return self._answer()

    def _say(self, line: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _answer(self) -> tuple[int, int]:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b'{"frames"'):
                said = json.loads(line)
                return said["frames"], said["files"]
        raise RuntimeError("the app has ended")


def measure_frames(home: Path, environ: Mapping[str, str]) -> dict[str, float]:
    """Count in a headless app that has been warmed up; each journey with what it leaves behind for later."""
    counted, figures = _Counted(), dict[str, float]()
    with running_app(home, environ=environ, spawn=counted.spawn) as child:
        for name, journey in _journeys(child, home).items():
            frames, files = counted.frames(journey)
            figures |= {f"frames of {name}": frames, f"files of {name}": files}
    return figures


def _journeys(child: Child, home: Path) -> dict[str, _Journey]:
    saver, remote = _Saver(child), Remote(running=child.endpoint, language=Language.EN)
    checked: dict[str, object] = {"tool": "dingtalk_send_text", "args": '{"content": "Done."}'}
    return {
        "a headless tool call": _Journey(lambda: asyncio.run(_call(child))),
        "one saved setting": _Journey(saver.save, prepare=saver.open),
        "one policy check": _Journey(lambda: remote.post("policy/test", {**checked, "client": "", "session": ""})),
        # last, because from then on a session lives
        "a hook": _Journey(lambda: _hook(home, "Stop"), prepare=lambda: _hook(home, "Notification")),
    }


async def _call(child: Child) -> None:
    port = int(child.endpoint.url.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(tool_call(child.endpoint.token.reveal(), port, modern=True))
    answer = await read_message(reader) or b""
    assert b'"status":"sent"' in answer, answer
    writer.close()


def _hook(home: Path, name: str) -> None:
    endpoint = hook_cli.read_endpoint(hook_cli.endpoint_path({HOME_VARIABLE: str(home)}))
    assert endpoint is not None
    hook = {"hook_event_name": name, "session_id": "bench", "cwd": "/", "notification_type": "permission_prompt"}
    hook_cli.post(endpoint, json.dumps({"hook": hook, "environment": {}}).encode())


class _Saver:
    """A browser with the settings page, that changes one field of its form."""

    def __init__(self, child: Child) -> None:
        self._page = f"{child.endpoint.url.removesuffix('/mcp')}/ui/{Page.SETTINGS}"
        self._browser = httpx.Client(trust_env=False, timeout=20)
        self._form: dict[str, str] = {}
        opened = self._browser.get(link(child), follow_redirects=True)
        assert opened.status_code == httpx.codes.OK, opened.text

    def open(self) -> None:
        """Look at the page, as whoever changes something does before."""
        page = self._browser.get(self._page).text
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
        shown: dict[str, str] = json.loads(hidden["shown"])
        self._form = {**shown, **hidden, "history.days": str(int(shown["history.days"]) + 1), "do": "save"}

    def save(self) -> None:
        """Send the form."""
        origin = {"Origin": self._page.split("/ui/")[0]}
        saved = self._browser.post(self._page, data=self._form, headers=origin)
        assert saved.status_code == httpx.codes.SEE_OTHER, saved.text
