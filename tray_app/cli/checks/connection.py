"""Whether what is connected to the app reaches it without a detour."""

from collections.abc import Iterator, Mapping

from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.claude_code.connect import detour_of_user
from tray_app.cli.checks.finding import CheckResult, fault, note
from tray_app.core.kernel.errors import TrayAppError


def claude_code(paths: Paths, environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """Claude Code's requests go through a proxy: a fault where it is connected, else worth knowing before it is."""
    try:
        detour, connected = detour_of_user(paths, environ)
    except TrayAppError:  # settings that cannot be read, ours (said already) or Claude Code's
        return
    if detour is not None:
        yield (fault if connected else note)("connection", detour.reason, detour.hint)
