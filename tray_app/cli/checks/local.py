"""What `doctor` sees without a network: the app itself, the computer around it, the robots and their keyring."""

import os
import platform
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tray_app import __version__
from tray_app.adapters.autostart.entry import entry_of
from tray_app.adapters.autostart.systemd import UserUnit
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.http.proxies import is_no_proxy, proxy_script, read_proxy, system_proxies
from tray_app.adapters.http.trust import missing_certificates
from tray_app.adapters.store.file.faults import database_state
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.tray.choose import tray_problem
from tray_app.adapters.web.server import bind_loopback
from tray_app.app.client.remote import AppNotRunning, Remote, not_reached
from tray_app.cli.checks.finding import CheckResult, Level, fault, fine, note
from tray_app.cli.offline import SeenRobots
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.channel import Channel, Credentials
from tray_app.core.messages.message import TextMessage
from tray_app.core.robots.app_robot import AppRobot
from tray_app.core.robots.credentials import is_loopback
from tray_app.core.settings.reader import joined
from tray_app.core.settings.settings import Settings
from tray_app.core.state.login import LoginStart
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import StoreState

_LOOKED_AT_ELSEWHERE = frozenset({ProblemKind.TRAY, ProblemKind.NOT_SET_UP, ProblemKind.OLD_SETTINGS})
_IN_THE_WAY = frozenset(
    {
        ProblemKind.PORT,
        ProblemKind.ENDPOINT,
        ProblemKind.STORE,
        ProblemKind.KEYRING,
        ProblemKind.NETWORK,
        ProblemKind.SERVICE,
    }
)


def state_of_running(paths: Paths, language: Language) -> Mapping[str, Any] | None:
    """The running app's own state, in the reader's language."""
    try:
        return Remote.find(paths, language).get("status")
    except AppNotRunning:
        return None


def running(state: Mapping[str, Any] | None, paths: Paths, settings: Settings) -> Iterator[CheckResult]:
    """The app and its complaints; where it does not run, whether its port and its database wait for it."""
    if state is None:
        why = not_reached(paths)
        yield fault("app", why.reason, why.hint)
        yield _port(settings.endpoint.port)
        yield _database(paths)
        return
    yield fine("app", text("doctor.app", version=state["version"], url=state["url"]))
    if state["pause"] is not None:
        yield note("pause", text("doctor.paused"), text("doctor.paused_hint"))
    if state["store"] == StoreState.OK:
        yield fine("database", text("doctor.database", path=str(paths.history)))
    for problem in state["problems"]:
        kind = ProblemKind(problem["kind"])
        if kind not in _LOOKED_AT_ELSEWHERE:
            said = (text("cli.verbatim", words=problem["reason"]), text("cli.verbatim", words=problem["hint"]))
            usable = kind is ProblemKind.STORE and StoreState(state["store"]).usable
            yield (fault if kind in _IN_THE_WAY and not usable else note)(_CHECK_OF.get(kind, "app"), *said)


def agents(state: Mapping[str, Any] | None, settings: Settings) -> CheckResult:
    """Where agents connect."""
    url = state["url"] if state is not None else f"http://127.0.0.1:{settings.endpoint.port}/mcp"
    return fine("mcp", text("doctor.mcp", url=url))


def _port(port: int) -> CheckResult:
    try:
        bind_loopback(port).close()
    except OSError:
        return fault("port", text("serving.port_in_use", port=port), text("doctor.port_hint"))
    return fine("port", text("doctor.port", port=port))


def _database(paths: Paths) -> CheckResult:
    state = database_state(paths.history)
    if state is None:
        return fine("database", text("doctor.database_none"))
    if state is StoreState.OK:
        return fine("database", text("doctor.database", path=str(paths.history)))
    if state is StoreState.CORRUPT:
        return note("database", text("doctor.database_damaged"), text("doctor.database_damaged_hint"))
    hint = text(f"store.{state.value}_hint", folder=str(paths.data))
    return fault("database", text(f"store.{state.value}"), hint)


_CHECK_OF = {
    ProblemKind.STORE: "database",
    ProblemKind.KEYRING: "keyring",
    ProblemKind.SETTINGS: "settings",
    ProblemKind.CLOCK: "clock",
    ProblemKind.NETWORK: "network",
    ProblemKind.SERVICE: "network",
}


_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def versions(state: Mapping[str, Any] | None) -> CheckResult:
    """The app's and Python's; another one may run than is installed."""
    system = f"{platform.system()} {platform.release()}"
    if state is not None and state["version"] != __version__:
        said = text("restart.other", version=__version__, running=state["version"])
        return note("version", said, text("doctor.restart_hint"))
    return fine("version", text("doctor.version", version=__version__, python=platform.python_version(), system=system))


def folders(paths: Paths) -> CheckResult:
    """Whether the app can write where it must; a folder that is not there yet is made by the app."""
    for folder in (paths.config, paths.data, paths.logs, paths.run):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return fault("folders", text("doctor.folder", folder=str(there)), text("doctor.folder_hint"))
    return fine("folders", text("doctor.folders", config=str(paths.config), data=str(paths.data), logs=str(paths.logs)))


def settings(paths: Paths) -> CheckResult:
    """`settings.toml`, with the line or key of its fault. A running app keeps the last good ones meanwhile."""
    try:
        found = SettingsFile(paths.settings).load()
    except InvalidSettings as error:
        return fault("settings", error.reason, error.hint)
    if found.left_out:
        return fault("settings", joined(found.left_out), text("settings.left_out_hint", path=str(paths.settings)))
    if said := found.without_effect:
        return note("settings", joined(said), text("settings.retired_hint", path=str(paths.settings)))
    there = paths.settings.exists()
    return fine("settings", text("doctor.settings" if there else "doctor.settings_none", path=str(paths.settings)))


def tray(environ: Mapping[str, str]) -> CheckResult:
    """Whether this session shows an icon; without one everything else works."""
    problem = tray_problem(environ)
    return fine("tray", text("doctor.tray")) if problem is None else note("tray", problem.reason, problem.hint)


def autostart(environ: Mapping[str, str]) -> CheckResult:
    """Whether it starts at login, by the desktop or by systemd."""
    entry = entry_of(environ)
    unit = UserUnit.of(environ)
    if sys.platform == "linux" and unit.is_on():
        return fine("autostart", text("autostart.unit_on", place=str(unit.path)))
    try:
        state = entry.look()
    except OSError:
        state = LoginStart.UNKNOWN
    return fine("autostart", text(f"autostart.state_{state.value}", place=entry.place))


def network_variables(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """Proxy variables, without the credentials they may hold, and certificate files that are not there."""
    for variable in (*_PROXIES, *(name.lower() for name in _PROXIES)):
        value = environ.get(variable, "").strip()
        if value:
            shown = value if variable.upper() == "NO_PROXY" else _without_login(value)
            yield note("proxy", text("doctor.proxy", variable=variable, value=shown[:200]), text("doctor.proxy_hint"))
            yield from _unusable(variable, value)
    if not any(
        environ.get(name, "").strip() for known in ("HTTPS_PROXY", "ALL_PROXY") for name in (known, known.lower())
    ):
        yield from _systems_proxy()
    for variable in missing_certificates(environ):
        path, hint = environ.get(variable, "").strip(), text("doctor.certificate_hint", variable=variable)
        yield fault("certificates", text("doctor.certificate", variable=variable, path=path), hint)


def _systems_proxy() -> Iterator[CheckResult]:
    """What Windows' or the Mac's own settings say; it holds where no variable names a proxy."""
    said = system_proxies()
    address = said.get("https", "") or said.get("all", "")
    if address:
        shown = text("doctor.proxy_system", value=_without_login(address)[:200])
        yield note("proxy", shown, text("doctor.proxy_hint"))
    elif proxy_script():
        yield note("proxy", text("doctor.proxy_script"), text("doctor.proxy_script_hint"))


def _unusable(variable: str, value: str) -> Iterator[CheckResult]:
    """A proxy whose address cannot be read, or one on this computer where nothing listens."""
    if variable.upper() == "NO_PROXY":
        return
    if is_no_proxy(value):
        return
    try:
        proxy = read_proxy(value)
    except ValueError:
        hint = text("network.proxy_unusable_hint")
        yield fault("proxy", text("doctor.proxy_unusable", variable=variable), hint)
        return
    host, _, port = proxy.shown.rpartition(":")
    if is_loopback(host.strip("[]")) and not _listens(host.strip("[]"), int(port)):
        yield fault("proxy", text("doctor.proxy_down", proxy=proxy.shown), text("network.proxy_down_hint"))


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _without_login(address: str) -> str:
    """Host and port of a proxy's address, as the app reads it; nothing of one that it cannot read."""
    if is_no_proxy(address):
        return address
    try:
        return read_proxy(address).shown
    except ValueError:
        return "…"


def keyring(seen: SeenRobots, state: Mapping[str, Any] | None) -> CheckResult:
    """The keyring; one that cannot be used is not in the way of a robot that is not kept in it."""
    if seen.trouble is None:
        return fine("keyring", text(f"doctor.keyring_{seen.vault.value}"))
    if any(_known(seen, state).values()):
        return note("keyring", seen.trouble.reason, text("doctor.keyring_hint"))
    return fault("keyring", seen.trouble.reason, seen.trouble.hint)


def robots(seen: SeenRobots, state: Mapping[str, Any] | None) -> Iterator[CheckResult]:
    """Each robot, the default one first. A running app may know others: those of its own environment."""
    known = _known(seen, state)
    if not known:
        yield fault("robot", text("credentials.no_robot"), text("credentials.set_up_hint"))
    for place, (name, ready) in enumerate(known.items()):
        level = Level.OK if ready else Level.NOTE if place else Level.FAULT  # the default one comes first
        yield _robot(name, level, seen)


def _known(seen: SeenRobots, state: Mapping[str, Any] | None) -> dict[str, bool]:
    """Names, the default one first, and whether each can be used."""
    if state is not None:
        return {robot["name"]: robot["ready"] for robot in state["robots"]}
    return {facts.name: facts.ready for facts in seen.robots}


def _robot(name: str, level: Level, seen: SeenRobots) -> CheckResult:
    credentials = seen.credentials.get(name)
    if level is not Level.OK:
        problem = _problem_of(name, seen)
        found = text("doctor.robot_not_ready", robot=name, why=problem.reason)
        return CheckResult(check="robot", level=level, found=found, hint=problem.hint)
    if credentials is None:
        return fine("robot", text("doctor.robot_of_app", robot=name))
    if seen.channel_of(name).rules.personal:
        if AppRobot.of(credentials).recipient is None:
            return note("robot", text("app_robot.doctor_unpaired", robot=name), text("app_robot.not_paired_hint"))
        return fine("robot", text("app_robot.doctor_ready", robot=name))
    if not credentials.secret:
        return fine("robot", text("doctor.robot_unsigned", robot=name, keywords=len(credentials.keywords)))
    _sign(credentials, seen.channel_of(name))
    return fine("robot", text("doctor.robot_signed", robot=name, keywords=len(credentials.keywords)))


def _sign(credentials: Credentials, channel: Channel) -> None:
    """Build a whole request as a message would be; it goes nowhere."""
    now_ms = time.time_ns() // 1_000_000
    channel.encode(TextMessage(content="doctor"), credentials, delivery_id="0" * 32, now_ms=now_ms)


def _problem_of(name: str, seen: SeenRobots) -> Problem:
    for problem in seen.problems:
        if problem.reason.args.get("robot") == name:
            return problem
    hint = text("credentials.nothing_stored_hint", robot=name)
    usual = Problem(kind=ProblemKind.NOT_SET_UP, reason=text("cli.robot_not_ready"), hint=hint)
    return seen.problems[0] if seen.problems else usual
