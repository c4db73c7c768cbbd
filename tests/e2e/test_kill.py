"""`kill -9` at any instant: what was accepted is delivered or still queued, the group sees nothing twice, in order.

The real app as a process of its own, messages through its control API from several threads, a strict robot that
drops connections, and the history read from its own file afterwards.
"""

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tray_app.adapters.files.endpoint import Endpoint
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child, clean_environment
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.robot import Drop, Garbage, RobotFault

INSTANTS = (10, pytest.param(40, marks=pytest.mark.slow))  # `dev.py bench kill`: 200
SENDERS = 3
FAULTS: tuple[RobotFault, ...] = (Drop(), Drop(take=True), Garbage(take=True))
SETTINGS = """
[robots.environment]
per_minute = 100000
[delivery]
attempts = 10
wait_s = 1
"""


@dataclass
class Senders:
    """Threads that send as fast as they are answered; `accepted` holds the ids they were given."""

    endpoint: Endpoint
    round: int
    accepted: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _answered: threading.Event = field(default_factory=threading.Event)

    def work(self, sender: int) -> None:
        remote = Remote(running=self.endpoint, language=Language.EN)
        number = 0
        while not self._over.is_set():
            number += 1
            message = {"kind": "text", "content": f"{self.round}.{sender}.{number}"}
            with contextlib.suppress(TrayAppError):  # killed meanwhile
                self.accepted.append(remote.post("send", {"message": message})["delivery_id"])
                self._answered.set()

    def wait_for_one(self) -> None:
        """Wait until a message is accepted."""
        assert self._answered.wait(PATIENCE_S)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.work, args=(sender,)) for sender in range(SENDERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(10)


@pytest.mark.timeout(240)  # forty starts, on a computer that may have much else to do
@pytest.mark.parametrize("instants", INSTANTS)
def test_killed_at_random_instants_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path, instants: int) -> None:
    killed(tmp_path, instants=instants)


def killed(tmp_path: Path, *, instants: int) -> int:
    """Kill it so many times, and assert that all is well. Returns how many messages were accepted."""
    chance = random.Random()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(SETTINGS, "utf-8")
    accepted: list[str] = []
    faulty_after = 0
    with SandboxRobot(per_minute=0) as robot:
        environ = {**clean_environment(), "DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret}
        for number in range(instants):
            if number % 5 == 0 and len(robot.received) >= faulty_after:
                robot.robot.script(chance.choice(FAULTS))
                faulty_after = (
                    len(robot.received) + 2
                )  # one message that loses its answers again and again waits minutes
            with running_app(tmp_path, environ=environ) as child:
                senders = Senders(child.endpoint, number)
                with senders.at_work():
                    if number % 2:  # a busy computer would accept nothing in any round
                        senders.wait_for_one()
                    time.sleep(chance.uniform(0.0, 0.15))
                    child.process.kill()
                    child.process.wait()
            accepted += senders.accepted
        while robot.robot.next_fault():  # which befell nobody: several in a row are an outage, waited out for minutes
            pass
        with running_app(tmp_path, environ=environ) as child:
            rows = drained(child, robot)
    assert len(rows) >= instants // 2  # it was no idle run
    assert_all_is_well(rows, robot, accepted)
    return len(accepted)


def drained(child: Child, robot: SandboxRobot) -> list[tuple[str, str, str]]:
    """Wait until the last run's queue is empty; then all rows: id, stage, content, in the order of acceptance."""
    file = sqlite3.connect(f"file:{child.paths.history}?mode=ro", uri=True)
    with contextlib.closing(file):
        seen, deadline = robot.robot.requests, time.monotonic() + PATIENCE_S
        while file.execute("SELECT COUNT(*) FROM deliveries WHERE stage IN ('queued', 'sending')").fetchone()[0]:
            with contextlib.suppress(TimeoutError):
                robot.wait_for_requests(robot.robot.requests + 1, 0.2)
            if robot.robot.requests > seen:  # it drains, as fast as this computer can
                seen, deadline = robot.robot.requests, time.monotonic() + PATIENCE_S
            assert time.monotonic() < deadline, "the queue does not drain"
        content = "json_extract(message, '$.content')"
        return file.execute(f"SELECT id, stage, {content} FROM deliveries ORDER BY seq").fetchall()  # noqa: S608


def assert_all_is_well(rows: list[tuple[str, str, str]], robot: SandboxRobot, accepted: list[str]) -> None:
    shown = [each.text for each in robot.received]
    assert {stage for _, stage, _ in rows} == {"sent"}
    assert shown == [content for _, _, content in rows]  # nothing lost, nothing twice, in the order of acceptance
    assert set(accepted) <= {delivery_id for delivery_id, _, _ in rows}
