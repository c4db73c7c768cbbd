"""Much of one thing, or of all: messages, transcripts, live sessions, rules, robots; made in the folder of an app."""

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.filling import fill
from tests.support.agent_sessions import AgentSession
from tests.support.transcripts import generate
from tray_app.adapters.system.paths import Paths
from tray_app.core.policy.file.values import MOST_ELEMENTS

_KB_A_TRANSCRIPT = 20
_SENDERS = tuple(f"dingtalk_send_{what}" for what in ("text", "markdown", "link", "action_card", "feed_card"))
_SETTINGS = "[history]\ndays = 40\n[robots.environment]\nper_minute = 100000\nmonthly_cap = 1000000\n"


@dataclass(frozen=True, slots=True)
class World:
    """A folder that an app may be started in. What takes long to make is made once in `kept`, and copied."""

    home: Path
    kept: Path
    living: ExitStack  # processes that sessions run in

    @property
    def paths(self) -> Paths:
        """Where its files are."""
        return Paths.under(self.home)

    @property
    def claude(self) -> Path:
        """Claude Code's own folder in it."""
        return self.home / "claude"

    def begin(self) -> None:
        """Make it, with nothing in it."""
        self.paths.create().settings.write_text(_SETTINGS, "utf-8")
        self.claude.mkdir()


def rows(world: World, count: int) -> None:
    """Messages of 80 days, half of which are due to be deleted at the start."""
    made = world.kept / f"{count}.sqlite3"
    if not made.exists():
        fill(made, count)
    shutil.copyfile(made, world.paths.history)


def transcripts(world: World, count: int) -> None:
    """Records of sessions that have ended, of 20 kB each."""
    made = world.kept / f"transcripts{count}"
    if not made.exists():
        megabytes = count * _KB_A_TRANSCRIPT / 1000
        generate(made, sessions=count, megabytes=megabytes, rand=random.Random(1))
    shutil.copytree(made, world.claude, copy_function=os.link, dirs_exist_ok=True)  # they are read only


def live_sessions(world: World, count: int) -> None:
    """Sessions of processes that live until `living` is closed."""
    for number in range(count):
        process = subprocess.Popen(["sleep", "3600"])
        world.living.callback(process.wait)
        world.living.callback(process.kill)
        session = AgentSession(
            config=world.claude,
            session_id=f"{number:08}-live",
            now=lambda: time.time_ns() // 1_000_000,
            cwd=f"/home/someone/code/project{number}",
        )
        session.prompt("Do it")
        session.says("Yes.", tokens=(1_000, 2_000))
        session.registered(process.pid)


def rules(world: World, count: int) -> None:
    """Conditions that no message meets: a hundred on a tool, the most it may have, first on the one that is called."""
    conditions = [{"path": "args.robot", "op": "contains", "value": f"word{number}"} for number in range(count)]
    tools = {
        name: {"deny_if": some}
        for name, at in zip(_SENDERS, range(0, len(_SENDERS) * MOST_ELEMENTS, MOST_ELEMENTS), strict=True)
        if (some := conditions[at : at + MOST_ELEMENTS])
    }
    world.paths.policy.write_text(json.dumps({"version": "1", "default": "allow", "tools": tools}), "utf-8")


def robots(world: World, count: int) -> None:
    """Robots whose webhooks are not at hand, beside the one of the environment."""
    tables = "".join(f"[robots.team{number}]\n" for number in range(count))
    world.paths.settings.write_text(_SETTINGS + tables, "utf-8")


KINDS: Mapping[str, tuple[Callable[[World, int], None], int]] = {
    "rows": (rows, 600_000),
    "transcripts": (transcripts, 10_000),
    "live sessions": (live_sessions, 50),
    "rules": (rules, 500),
    "robots": (robots, 100),
}
