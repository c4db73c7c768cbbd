"""`connect` and `disconnect`: what will change in an agent's settings is shown, then done; or it is checked."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.adapters.system.paths import Paths
from tray_app.app.agents import CONNECTABLE
from tray_app.app.agents.agent import Connectable, Connector
from tray_app.app.agents.other_client import OtherClient
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, agrees
from tray_app.core.connect.view import ChangePlan, ConnectionCheck, ConnectionView
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text


def connect(
    asked: argparse.Namespace,
    console: Console,
    paths: Paths,
    environ: Mapping[str, str],
    *,
    agents: Mapping[str, Connectable] = CONNECTABLE,
) -> int:
    """Connect, or check with `--check`."""
    agent, connector = _agent(asked, paths, environ, agents)
    if asked.check:
        return _show_check(connector.check(), console, agent.name)
    view = _look(connector)
    if view.obstacle is not None:
        console.note(view.obstacle.reason)
        console.note(view.obstacle.hint)
    if not view.connect.files:
        return show_done(view.connect, (), console, said=text("connect.already", agent=agent.title), dry=asked.dry_run)
    if not wanted(asked, view.connect, console, program=view.client if view.by_client else ""):
        return show_done(view.connect, (), console, said=text("connect.nothing_done"), dry=True)
    backups = connector.connect(view.connect.id)
    return show_done(view.connect, backups, console, said=text("connect.connected", agent=agent.title), dry=False)


def disconnect(
    asked: argparse.Namespace,
    console: Console,
    paths: Paths,
    environ: Mapping[str, str],
    *,
    agents: Mapping[str, Connectable] = CONNECTABLE,
) -> int:
    """Disconnect."""
    agent, connector = _agent(asked, paths, environ, agents)
    plan = _look(connector).disconnect
    if not plan.files:
        said = text("connect.not_connected", agent=agent.title)
        return show_done(plan, (), console, said=said, dry=asked.dry_run)
    if not wanted(asked, plan, console):
        return show_done(plan, (), console, said=text("connect.nothing_done"), dry=True)
    backups = connector.disconnect(plan.id)
    return show_done(plan, backups, console, said=text("connect.disconnected", agent=agent.title), dry=False)


def _agent(
    asked: argparse.Namespace, paths: Paths, environ: Mapping[str, str], agents: Mapping[str, Connectable]
) -> tuple[Connectable, Connector]:
    """The agent that was named, else the first one, and its connector. Raises TrayAppError."""
    agent = agents.get(asked.name or asked.agent or next(iter(agents)))
    if agent is None:
        known = ", ".join(agents)
        raise TrayAppError(text("connect.unknown_agent"), text("connect.unknown_agent_hint", known=known))
    if getattr(asked, "stdio", False):
        if not isinstance(agent, OtherClient):
            raise TrayAppError(text("agent_clients.no_stdio", agent=agent.title), text("agent_clients.no_stdio_hint"))
        return agent, agent.bridged(paths, environ)
    return agent, agent.connector(paths, environ, project=Path.cwd() if asked.scope == "project" else None)


def _look(connector: Connector) -> ConnectionView:
    view = connector.view()
    if view.trouble is not None:
        raise view.trouble
    return view


def wanted(asked: argparse.Namespace, plan: ChangePlan, console: Console, *, program: str = "") -> bool:
    """Show the plan and have it agreed to; `--yes` agrees, `--dry-run` does not. Raises TrayAppError: nobody to ask.

    `program`: the client's own, where it registers the server itself.
    """
    if not console.as_json:
        for change in plan.files:
            console.say(change.path)
            for line in change.each():
                console.say(f"  {line}")
        if program:
            console.say(text("connect.by_client", program=program))
    if asked.dry_run:
        return False
    if asked.yes:
        return True
    if not console.interactive:
        raise TrayAppError(text("connect.nobody_asked"), text("connect.nobody_asked_hint"))
    return agrees(text("connect.ask"), console)


def show_done(plan: ChangePlan, backups: Sequence[str], console: Console, *, said: Text, dry: bool) -> int:
    """Say what was changed, or that nothing was."""
    if console.as_json:
        files = [{"path": change.path, "changes": change.each()} for change in plan.files]
        console.give({"changed": bool(plan.files) and not dry, "files": files, "backups": list(backups)})
        return OK
    console.say(said)
    for backup in backups:
        console.say(text("connect.backup", path=backup))
    return OK


def _show_check(checked: ConnectionCheck, console: Console, name: str) -> int:
    code = OK if checked.well else DID_NOT_HAPPEN
    if console.as_json:
        facts = {key: console.words(fact) if isinstance(fact, Text) else fact for key, fact in checked.facts.items()}
        console.give({"ok": checked.well, **facts})
        return code
    for words in checked.said:
        console.say(words)
    if not checked.well:
        console.note(text("connect.check_hint", name=name))
    return code
