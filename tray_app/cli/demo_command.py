"""`demo`: everything once, with a sandbox robot."""

import argparse
import asyncio
from collections.abc import Mapping

from tray_app.adapters.paths import Paths
from tray_app.app.child import DidNotStart
from tray_app.app.demo import DemoFailed, demo
from tray_app.cli.console import OK, Console
from tray_app.core.texts import text


def run(_asked: argparse.Namespace, console: Console, _paths: Paths, _environ: Mapping[str, str]) -> int:
    """Play it; the exit code says whether everything arrived as promised."""
    try:
        asyncio.run(demo(console.say))
    except DemoFailed as failed:
        return console.fail(failed.reason, text("demo.failed_hint"))
    except DidNotStart as failed:
        return console.fail(text("demo.no_start"), str(failed))
    console.say(text("demo.passed"))
    return OK
