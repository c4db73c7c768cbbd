"""What `doctor --online` asks over the network: whether DingTalk's host answers, and how far this clock is off."""

import time
from collections.abc import Iterator

from tray_app.adapters.http.poster import ask_host
from tray_app.cli.checks.finding import CheckResult, fault, fine, note
from tray_app.cli.offline import SeenRobots, app_refusals
from tray_app.core.kernel.texts import text
from tray_app.core.robots.credentials import is_loopback
from tray_app.core.settings.settings import DEFAULT_CHANNEL

_REFUSED_S = 3_600  # DingTalk refuses a signature whose time is an hour off
_ODD_S = 300


def online(seen: SeenRobots) -> Iterator[CheckResult]:
    """Ask the default robot's host; without a robot, DingTalk's own. Each app is asked for a token."""
    yield from _host(seen)
    for name, refusal in app_refusals(seen).items():
        if refusal is None:
            yield fine("robot", text("app_robot.doctor_checked", robot=name))
        else:
            yield fault("robot", text("app_robot.doctor_refused", robot=name, why=refusal.reason), refusal.hint)


def _host(seen: SeenRobots) -> Iterator[CheckResult]:
    host = seen.robots[0].host if seen.robots else seen.channels[DEFAULT_CHANNEL].usual.host
    began = time.time()
    probe = ask_host(host, secure=not is_loopback(host.rpartition(":")[0] or host))
    if probe.failed is not None:
        why = probe.failed.why
        hint = text("doctor.unreachable_hint") if why is None else why.hint
        kind = probe.failed.trouble.value
        yield fault("network", text("doctor.unreachable", host=host, kind=kind) if why is None else why.reason, hint)
        return
    yield fine("network", text("doctor.reachable", host=host))
    if probe.date_ms is not None:
        yield _clock(round((began + time.time()) / 2 - probe.date_ms / 1000))


def _clock(offset_s: int) -> CheckResult:
    off = text("doctor.clock_off", seconds=abs(offset_s))
    if abs(offset_s) >= _REFUSED_S:
        return fault("clock", off, text("doctor.clock_hint"))
    if abs(offset_s) >= _ODD_S:
        return note("clock", off, text("doctor.clock_hint"))
    return fine("clock", text("doctor.clock"))
