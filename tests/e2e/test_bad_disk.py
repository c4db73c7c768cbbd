"""A commit that fails in the middle: half of it written and the process killed, refused, no room, no wait for it.

Whatever the disk does, what was told to be accepted is delivered once and in order, and what was told to be failed is
not. The real app, with a library before libc that spoils one write to the history's log.
"""

import contextlib
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_kill import SETTINGS, drained
from tests.support.patience import PATIENCE_S
from tests.support.preloaded import built
from tray_app.adapters.files.endpoint import Endpoint
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import DidNotStart, clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="its library is for glibc")]
_SOURCE = Path(__file__).parents[1] / "support" / "bad_disk.c"
_RUNS = {"torn": 8, "refused": 2, "full": 2, "unsynced": 2}
_MOST_RUNS = 20  # what goes bad may be no message of anybody's: then once more
_ACCEPTED = {"sent", "queued"}
_PERHAPS = "It may go out all the same"
_MORE = 15  # messages after the first that failed


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = built(_SOURCE, tmp_path_factory.mktemp("library"))
    if made is None:
        pytest.skip("there is no C compiler")
    return made


class Talk:
    """Three senders; `told` is what each message was told to be, by its content."""

    def __init__(self, endpoint: Endpoint, run: int) -> None:
        self._remote, self._run = Remote(running=endpoint, language=Language.EN), run
        self.told: dict[str, str] = {}
        self._since = 0  # messages since the disk went bad

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Send until the app dies, or some messages after one that it could not keep."""
        threads = [threading.Thread(target=self._send, args=(sender,)) for sender in range(3)]
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join(PATIENCE_S)

    def _send(self, sender: int) -> None:
        for number in range(80):
            content = f"{self._run}.{sender}.{number}"
            try:
                answer = self._remote.post("send", {"message": {"kind": "text", "content": content}})
                self.told[content] = "perhaps" if (answer["hint"] or "").startswith(_PERHAPS) else answer["status"]
            except TrayAppError:  # killed, or it says that it cannot keep anything
                self.told[content] = "unknown"
            self._since += bool(self._since) or self.told[content] not in _ACCEPTED
            if self._since > _MORE:
                return


@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", list(_RUNS))
def test_a_commit_that_fails_in_the_middle_loses_doubles_and_contradicts_nothing(
    how: str, library: Path, tmp_path: Path
) -> None:
    chance, told = random.Random(), dict[str, str]()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(SETTINGS, "utf-8")
    with SandboxRobot(per_minute=0) as robot:
        environ = {**clean_environment(), "DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret}
        with running_app(tmp_path, environ=environ):
            pass  # which makes the database
        run = 0
        while run < _RUNS[how] or (run < _MOST_RUNS and _ACCEPTED.issuperset(told.values())):
            run += 1
            bad = {"LD_PRELOAD": str(library), "BAD_DISK_HOW": how, "BAD_DISK_AT": str(chance.randrange(20, 200))}
            with (
                contextlib.suppress(DidNotStart),  # it was killed before it answered
                running_app(tmp_path, environ={**environ, **bad}) as child,
            ):
                talk = Talk(child.endpoint, run)
                with talk.going_on():
                    pass
                child.process.kill()
                child.process.wait()
                told |= talk.told
        with running_app(tmp_path, environ=environ) as child:
            rows = drained(child, robot)
    shown = [each.text for each in robot.received]
    assert shown == [content for _, stage, content in rows if stage == "sent"]  # in order, none twice
    assert {content for content, status in told.items() if status in _ACCEPTED} <= set(shown)
    assert {content for content, status in told.items() if status == "failed"} & set(shown) == set()
    assert any(status not in _ACCEPTED for status in told.values())  # the disk did go bad
