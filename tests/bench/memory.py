"""Memory and CPU of an app that is called and called: from its start on, what warms it up counted too."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tests.bench.process import usage
from tests.bench.wire import load, tool_call
from tray_app.app.client.child import running_app


def measure_memory(home: Path, environ: Mapping[str, str], *, calls: int) -> dict[str, float]:
    """Resident megabytes (Linux) once it answers, and after so many calls; the processor's time for one."""
    with running_app(home, environ=environ) as child:
        port, pid = int(child.endpoint.url.split(":")[2].split("/")[0]), child.process.pid
        call = tool_call(child.endpoint.token.reveal(), port, modern=True)
        before = usage(pid)
        asyncio.run(load(port, call, calls=calls, at_once=8, expect=b'"status":"sent"'))
        after = usage(pid)
    return {
        "RSS once it answers, MB": before.rss_mb,
        f"RSS after {calls} calls, MB": after.rss_mb,
        "CPU per call, ms": 1000 * (after.cpu_s - before.cpu_s) / calls,
    }
