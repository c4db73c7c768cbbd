"""Whether what is connected to the app reaches it without a detour."""

from collections.abc import Iterator, Mapping

from tray_app.adapters.system.paths import Paths
from tray_app.app.agents import CONNECTABLE
from tray_app.app.agents.agent import Connectable
from tray_app.app.agents.other_client import OtherClient
from tray_app.cli.checks.finding import CheckResult, Level
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text


def connections(
    paths: Paths, environ: Mapping[str, str], agents: Mapping[str, Connectable] = CONNECTABLE
) -> Iterator[CheckResult]:
    """Whether each agent is connected, and what other clients are; what keeps one away is a fault then, else a note."""
    for agent in agents.values():
        try:
            found = agent.connector(paths, environ).obstacle()
        except TrayAppError:  # settings that cannot be read, ours (said already) or the agent's
            continue
        if found is None or (isinstance(agent, OtherClient) and not found.connected):
            continue
        if found.trouble is None:
            words = text("doctor.connected" if found.connected else "doctor.not_connected")
            yield CheckResult(check="connection", level=Level.OK, found=words, agent=agent.title)
        else:
            level = Level.FAULT if found.connected else Level.NOTE
            said = found.trouble
            yield CheckResult(check="connection", level=level, found=said.reason, hint=said.hint, agent=agent.title)
