"""`run`: the resident app."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.system.paths import HOME_VARIABLE, Paths
from tray_app.app.client.remote import AppNotRunning, NotServing, Remote
from tray_app.app.client.start import answering, ensure_running
from tray_app.app.resident.app import Options
from tray_app.app.resident.run import AlreadyRunning
from tray_app.app.resident.run import run as run_app
from tray_app.cli.commands.app.status import show_status
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, hang_up
from tray_app.core.kernel.texts import text
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import EndpointState, Snapshot

_BUDGET_S = 20.0  # a cold disk; one that cannot serve says so before
_NOT_SERVED = frozenset({ProblemKind.PORT, ProblemKind.ENDPOINT})  # said first: headless, they end the app


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Run until it is stopped. A second one shows the first one's state, and ends well where that can be reached."""
    if asked.home is not None:
        environ = {**environ, HOME_VARIABLE: asked.home}
        paths = Paths.of(environ)
    if asked.background:
        return _begin(asked, console, paths, environ)
    options = Options(
        paths=paths,
        environ=environ,
        headless=asked.headless,
        port=asked.port,
        serving=lambda state: _greet(console, state),
    )
    try:
        return OK if run_app(options) else DID_NOT_HAPPEN
    except AlreadyRunning:
        console.say(text("cli.already_running"))
        try:
            show_status(Remote.find(paths, console.words.language).get("status"), console)
        except NotServing as error:
            return console.trouble(error)
        except AppNotRunning:
            console.say(text("cli.starting_up"))
        return OK


def _begin(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Start it apart from this terminal and wait until it serves. Raises TrayAppError, which says why it does not."""
    endpoint = answering(paths)
    if endpoint is not None:
        console.say(text("cli.already_running"))
        show_status(Remote.find(paths, console.words.language).get("status"), console)
        return OK
    more = ["--headless"] if asked.headless else []
    endpoint = ensure_running(paths, environ, port=asked.port, budget_s=_BUDGET_S, more=more, hasty=True)
    console.say(text("cli.serving", url=endpoint.url))
    return OK


def _greet(console: Console, state: Snapshot) -> None:
    """Say where agents connect and what is wrong; the terminal may be all there is, or may be gone."""
    try:
        if state.endpoint is EndpointState.RUNNING:
            console.say(text("cli.serving", url=state.url))
        for problem in sorted(state.problems, key=lambda problem: problem.kind not in _NOT_SERVED):
            console.note(f"! {console.words(problem.reason)}")
            console.note(f"  {console.words(problem.hint)}")
        console.out.flush()
    except OSError:  # nobody reads it: no reason not to run, nor to end otherwise than well
        hang_up(console.out, console.err)
