"""The app is started where it does not run."""

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.program import OwnProgram, environment_for_resident, start_detached
from tray_app.adapters.system.single_instance import SingleInstance
from tray_app.app.client.remote import NotServing, not_reached
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

if TYPE_CHECKING:
    import subprocess

_BUDGET_S = 8.0  # an agent gives its helper ten seconds
_START_LOOK_S = 0.03


class DidNotAnswer(TrayAppError):
    """The app was started and did not answer in time."""

    def __init__(self, seconds: int, why: TrayAppError) -> None:
        """`why` may be that nothing is known."""
        if isinstance(why, NotServing):
            super().__init__(text("connect.no_answer_why", seconds=seconds, why=why.reason), why.hint)
        else:
            super().__init__(text("connect.no_answer", seconds=seconds), text("connect.no_answer_hint"))


def answering(paths: Paths) -> Endpoint | None:
    """Find the app that answers now."""
    endpoint = EndpointFile(paths.endpoint).read_live()
    if endpoint is None:
        return None
    try:
        socket.create_connection(("127.0.0.1", urlsplit(endpoint.url).port or 0), _START_LOOK_S * 10).close()
    except OSError:
        return None
    return endpoint


def ensure_running(
    paths: Paths,
    environ: Mapping[str, str],
    *,
    port: int | None = None,
    budget_s: float = _BUDGET_S,
    more: Sequence[str] = (),
    hasty: bool = False,
) -> Endpoint:
    """Find the app or start it, at `port` (None: the settings' one), `more` being other options of `run`.

    Raises DidNotAnswer after `budget_s` (`hasty`: NotServing as soon as it says why it does not serve), TrayAppError
    where its folders cannot be made.
    """
    deadline = time.monotonic() + budget_s
    endpoint = answering(paths)
    if endpoint is not None:
        return endpoint
    starter = SingleInstance(paths.create().run / "start.lock")  # one of many callers starts; the others wait for it
    with contextlib.ExitStack() as held:
        process = None
        while time.monotonic() < deadline:
            endpoint = answering(paths)
            if endpoint is not None:
                return endpoint
            if process is None and starter.acquire():
                held.callback(starter.release)
                at = () if port is None else ("--port", str(port))
                command = OwnProgram.of_process(environ).resident(*at, *more)
                process = start_detached(command, environment_for_resident(environ))
            if hasty and process is not None:
                _expect_well(paths, process)
            time.sleep(_START_LOOK_S)
    raise DidNotAnswer(round(budget_s), not_reached(paths))


def _expect_well(paths: Paths, process: "subprocess.Popen[Any]") -> None:
    """Raise what a starting app has said, or that it has ended without a word."""
    why = not_reached(paths)
    if isinstance(why, NotServing):
        raise why
    if process.poll() is not None and answering(paths) is None:
        left = NotServingFile(paths.endpoint).read_left(process.pid)
        if left is not None:
            raise NotServing(left)
        raise TrayAppError(text("connect.ended"), text("connect.no_answer_hint"))
