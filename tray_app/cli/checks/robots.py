"""What `doctor` sees of the robots: the keyring, each robot's webhook, and a signature computed but not sent."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from tray_app.channels import CHANNELS
from tray_app.cli.checks.finding import Finding, Level, fault, fine, note
from tray_app.cli.offline import Seen
from tray_app.core.channel import Credentials
from tray_app.core.messages import TextMessage
from tray_app.core.snapshot import Problem, ProblemKind
from tray_app.core.texts import text


def keyring(seen: Seen, state: Mapping[str, Any] | None) -> Finding:
    """The keyring; one that cannot be used is not in the way of a robot that is not kept in it."""
    if seen.trouble is None:
        return fine("keyring", text(f"doctor.keyring_{seen.vault.value}"))
    if any(_known(seen, state).values()):
        return note("keyring", seen.trouble.reason, text("doctor.keyring_hint"))
    return fault("keyring", seen.trouble.reason, seen.trouble.hint)


def robots(seen: Seen, state: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Each robot, the default one first. A running app may know others: those of its own environment."""
    known = _known(seen, state)
    if not known:
        yield fault("robot", text("credentials.no_robot"), text("credentials.set_up_hint"))
    for place, (name, ready) in enumerate(known.items()):
        level = Level.OK if ready else Level.NOTE if place else Level.FAULT  # the default one comes first
        yield _robot(name, level, seen)


def _known(seen: Seen, state: Mapping[str, Any] | None) -> dict[str, bool]:
    """Names, the default one first, and whether each can be used."""
    if state is not None:
        return {robot["name"]: robot["ready"] for robot in state["robots"]}
    return {facts.name: facts.ready for facts in seen.robots}


def _robot(name: str, level: Level, seen: Seen) -> Finding:
    credentials = seen.credentials.get(name)
    if level is not Level.OK:
        problem = _problem_of(name, seen)
        found = text("doctor.robot_not_ready", robot=name, why=problem.reason)
        return Finding(check="robot", level=level, found=found, hint=problem.hint)
    if credentials is None:
        return fine("robot", text("doctor.robot_of_app", robot=name))
    if not credentials.secret:
        return fine("robot", text("doctor.robot_unsigned", robot=name, keywords=len(credentials.keywords)))
    _sign(credentials)
    return fine("robot", text("doctor.robot_signed", robot=name, keywords=len(credentials.keywords)))


def _sign(credentials: Credentials) -> None:
    """Build a whole request as a message would be; it goes nowhere."""
    now_ms = time.time_ns() // 1_000_000
    CHANNELS["dingtalk"].encode(TextMessage(content="doctor"), credentials, delivery_id="0" * 32, now_ms=now_ms)


def _problem_of(name: str, seen: Seen) -> Problem:
    for problem in seen.problems:
        if problem.reason.args.get("robot") == name:
            return problem
    usual = Problem(
        kind=ProblemKind.NOT_SET_UP, reason=text("cli.robot_not_ready"), hint=text("credentials.nothing_stored_hint")
    )
    return seen.problems[0] if seen.problems else usual
