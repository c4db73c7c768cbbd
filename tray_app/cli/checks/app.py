"""What `doctor` sees of the app itself: whether it runs, what it complains of, its port, its database."""

from collections.abc import Iterator, Mapping
from typing import Any

from tray_app.adapters.paths import Paths
from tray_app.adapters.store.probe import database_state
from tray_app.adapters.web.listener import bind_loopback
from tray_app.app.remote import AppNotRunning, Remote
from tray_app.cli.checks.finding import Finding, fault, fine, note
from tray_app.core.settings import Settings
from tray_app.core.snapshot import ProblemKind, StoreState
from tray_app.core.texts import Language, text

_LOOKED_AT_ELSEWHERE = frozenset({ProblemKind.TRAY, ProblemKind.NOT_SET_UP})
_IN_THE_WAY = frozenset({ProblemKind.PORT, ProblemKind.ENDPOINT, ProblemKind.STORE, ProblemKind.KEYRING})


def state_of_running(paths: Paths, language: Language) -> Mapping[str, Any] | None:
    """The running app's own state, in the reader's language."""
    try:
        return Remote.find(paths, language).get("status")
    except AppNotRunning:
        return None


def running(state: Mapping[str, Any] | None, paths: Paths, settings: Settings) -> Iterator[Finding]:
    """The app and its complaints; where it does not run, whether its port and its database wait for it."""
    if state is None:
        yield fault("app", text("cli.not_running"), text("cli.not_running_hint"))
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
            yield (fault if kind in _IN_THE_WAY else note)(_CHECK_OF.get(kind, "app"), *said)


def agents(state: Mapping[str, Any] | None, settings: Settings) -> Finding:
    """Where agents connect."""
    url = state["url"] if state is not None else f"http://127.0.0.1:{settings.endpoint.port}/mcp"
    return fine("mcp", text("doctor.mcp", url=url))


def _port(port: int) -> Finding:
    try:
        bind_loopback(port).close()
    except OSError:
        return fault("port", text("serving.port_in_use", port=port), text("doctor.port_hint"))
    return fine("port", text("doctor.port", port=port))


def _database(paths: Paths) -> Finding:
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
}
