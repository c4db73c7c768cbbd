"""`demo`: everything once, with a sandbox robot."""

import argparse
import asyncio
from collections.abc import Mapping

from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import DidNotStart
from tray_app.app.demo.demo import DemoFailed, demo
from tray_app.cli.console import OK, Console
from tray_app.core.kernel.texts import text


def run(
    _asked: argparse.Namespace,
    console: Console,
    _paths: Paths,
    _environ: Mapping[str, str],
    *,
    sandbox: SandboxRobot | None = None,
) -> int:
    """Play it; the exit code says whether all arrived as promised. `sandbox`: a robot instead of the demo's own."""
    try:
        asyncio.run(demo(console.say, language=console.words.language, sandbox=sandbox))
    except DemoFailed as failed:
        return console.fail(failed.reason, text("demo.failed_hint"))
    except DidNotStart as failed:
        return console.fail(text("demo.no_start"), str(failed))
    console.say(text("demo.passed"))
    return OK
