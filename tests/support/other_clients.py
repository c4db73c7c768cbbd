"""Other real clients than Claude Code, from npm at fixed versions, for what they list of their servers without a model.

Where one cannot be had the test is skipped with the exact reason: they are large, and not every system has each.
"""

import json
import platform
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.npm import CannotBeHad, fetched
from tests.support.patience import PATIENCE_S

VERSIONS = {  # the newest of which npm has a build that runs with Node 20
    "codex": "0.171.0",
    "gemini": "0.61.0",
    "qwen": "0.12.0",
    "opencode": "1.18.33",
}
_BINARY = {  # programs of their own, for this system alone
    "codex": ("@openai/codex@{}-linux-x64", "node_modules/@openai/codex/vendor/x86_64-unknown-linux-musl/bin/codex"),
    "opencode": ("opencode-linux-x64-baseline@{}", "node_modules/opencode-linux-x64-baseline/bin/opencode"),
}
_SCRIPT = {"gemini": "@google/gemini-cli@{}", "qwen": "@qwen-code/qwen-code@{}"}
_OLDEST_NODE = 20


def install(name: str) -> Path:
    """Give the folder that has the client's command, fetched once; skips the test where it cannot be had."""
    version = VERSIONS[name]
    try:
        return _command_of(name, version)
    except CannotBeHad as why:
        pytest.skip(f"{name} {version} cannot be had here: {why}")


def _command_of(name: str, version: str) -> Path:
    if name in _BINARY:
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise CannotBeHad("it is fetched for Linux on x86-64 alone")
        package, place = _BINARY[name]
        return (fetched(package.format(version), f"{name}-{version}") / place).parent
    node = shutil.which("node")
    asked = [node or "node", "--version"]
    said = "" if node is None else subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    if not said or int(said.lstrip("v").split(".")[0]) < _OLDEST_NODE:
        raise CannotBeHad(f"there is no Node {_OLDEST_NODE} or newer ({said.strip() or 'none'})")
    return fetched(_SCRIPT[name].format(version), f"{name}-{version}") / "node_modules" / ".bin"


def tools_that_codex_sees(binary: Path, environ: Mapping[str, str]) -> list[str]:
    """Have Codex connect to its servers, as its editor extensions do, and give the names of our tools."""
    asked: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "test", "version": "1"}}},
        {"method": "initialized"},
        {"id": 2, "method": "mcpServerStatus/list", "params": {}},
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [str(binary), "app-server"], env=dict(environ), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_pass_on, args=(server.stdout, lines))
        reader.start()
        try:
            for message in asked:
                server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
                server.stdin.flush()
            answer: dict[str, Any] = {}
            while answer.get("id") != 2:
                answer = json.loads(lines.get(timeout=PATIENCE_S))
        finally:
            server.terminate()
            server.wait(PATIENCE_S)
            reader.join()
    [ours] = [one for one in answer["result"]["data"] if one["name"] == "dingtalk"]
    return sorted(ours["tools"])


def _pass_on(given: IO[str], lines: "queue.Queue[str]") -> None:
    for line in given:
        lines.put(line)
