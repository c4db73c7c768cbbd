"""The running app, told that another program has changed settings or keyring."""

from tray_app.adapters.paths import Paths
from tray_app.app.remote import AppNotRunning, Remote
from tray_app.cli.console import Console


def tell_running(paths: Paths, console: Console) -> Remote | None:
    """Let a running app read both anew; None where there is nobody to tell."""
    try:
        remote = Remote.find(paths, console.words.language)
        remote.post("reload")
    except AppNotRunning:
        return None
    return remote
