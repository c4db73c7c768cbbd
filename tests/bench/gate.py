"""The gate in the running app: what a policy costs a call, how soon a saved file holds, whether a limit is exact."""

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.wire import load, read_message, tool_call
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import running_app

SEND = "dingtalk_send_text"
LIMIT = {"counter": "rate", "window": "minute", "max": 30, "scope": "grant"}
CONDITION = {"path": "args.content", "op": "regex", "value": "(?i)password|secret"}
_ALLOWED = {"version": "1", "default": "allow", "tools": {}}
_DENIED = {"version": "1", "default": "deny", "tools": {}}
_AT_ONCE = 64
_LOOK_S = 5.0


def measure_gate(home: Path, environ: Mapping[str, str], *, scale: float) -> dict[str, float]:
    """Start an app in `home`, and measure."""
    paths = Paths.under(home)
    _save(paths, _ALLOWED)
    with running_app(home, environ=environ) as child:
        port, token = int(child.endpoint.url.split(":")[2].split("/")[0]), child.endpoint.token.reveal()
        figures = _costs(paths, port, token, calls=max(50, int(600 * scale)))
        figures |= _reload(paths, port, token, times=max(3, int(20 * scale)))
        return figures | _exact(paths, port, token)


def _costs(paths: Paths, port: int, token: str, *, calls: int) -> dict[str, float]:
    """Measure in turn, so that a machine that slows down slows both."""
    call = tool_call(token, port, modern=True)
    halves: dict[str, list[float]] = {"no rule": [], "50 rules": []}
    for _ in range(3):
        for name, policy in (("no rule", _ALLOWED), ("50 rules", _fifty_rules())):
            _save(paths, policy)
            time.sleep(1)
            measured = asyncio.run(load(port, call, calls=calls, at_once=1, expect=b'"status":"sent"'))
            halves[name].append(measured.percentile(0.5))
    return {f"call, p50 with a policy of {name}, ms": min(found) for name, found in halves.items()}


def _reload(paths: Paths, port: int, token: str, *, times: int) -> dict[str, float]:
    """Save a policy that forbids, and ask until a call is refused."""
    took: list[float] = []
    for _ in range(times):
        for policy, expected in ((_DENIED, b'"status":"refused"'), (_ALLOWED, b'"status":"sent"')):
            _save(paths, policy)
            took.append(asyncio.run(_until(port, tool_call(token, port, modern=True), expected)))
    took.sort()
    return {
        "policy saved until it holds, p50, ms": took[len(took) // 2],
        "policy saved until it holds, max, ms": took[-1],
    }


def _exact(paths: Paths, port: int, token: str) -> dict[str, float]:
    """64 calls at the same time against a limit of 30."""
    _save(paths, {"version": "1", "default": "deny", "tools": {SEND: {"limits": [LIMIT]}}})
    time.sleep(1)
    began = time.perf_counter()
    answers = asyncio.run(_together(port, tool_call(token, port, modern=True)))
    took_ms = (time.perf_counter() - began) * 1000
    passed = sum(b'"status":"sent"' in answer or b'"status":"queued"' in answer for answer in answers)
    refused = sum(b'"status":"throttled"' in answer for answer in answers)
    if (passed, refused) != (LIMIT["max"], _AT_ONCE - 30):
        raise RuntimeError(f"{passed} passed and {refused} were refused")
    return {
        "64 calls at once, limit 30: passed": passed,
        "64 calls at once, limit 30: refused": refused,
        "64 calls at once, limit 30: all answered after, ms": took_ms,
    }


async def _together(port: int, call: bytes) -> list[bytes]:
    async def one() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(call)
        answer = await read_message(reader) or b""
        writer.close()
        return answer

    return list(await asyncio.gather(*(one() for _ in range(_AT_ONCE))))


async def _until(port: int, call: bytes, expected: bytes) -> float:
    """Call again and again until the answer is as expected. Returns milliseconds."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() - began < _LOOK_S:
        writer.write(call)
        if expected in (await read_message(reader) or b""):
            writer.close()
            return (time.perf_counter() - began) * 1000
    raise RuntimeError("a saved policy did not come to hold")


def _fifty_rules() -> dict[str, object]:
    limits = [{**LIMIT, "counter": f"c{number}", "max": 1_000_000} for number in range(10)]
    conditions: list[object] = [{**CONDITION, "value": f"(?i)password{number}|secret{number}"} for number in range(8)]
    conditions += [{"path": "args.content", "op": "contains", "value": f"word{number}"} for number in range(32)]
    return {**_ALLOWED, "tools": {SEND: {"limits": limits, "deny_if": conditions}}}


def _save(paths: Paths, policy: object) -> None:
    new = paths.policy.with_name(".policy.new")
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(json.dumps(policy), "utf-8")
    new.replace(paths.policy)
