"""The command line: `dingtalk-tray COMMAND`. Imports what a command needs only when it runs."""

from tray_app.cli.main import main

__all__ = ["main"]
