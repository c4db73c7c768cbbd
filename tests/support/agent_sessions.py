"""Sessions of a coding agent as its client would leave them: transcripts on disk, and the hooks it runs."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tray_app.adapters.files.endpoint import Endpoint

MODEL = "claude-sonnet-4-5-20250929"


def stamp(at_ms: int) -> str:
    """A time as transcripts write it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class AgentSession:
    """One session of `project`: each method writes what the client would write at `now()`."""

    config: Path
    session_id: str
    now: Callable[[], int]
    cwd: str = "/home/someone/code/api"
    branch: str = "main"
    model: str = MODEL
    _lines: int = field(default=0)

    @property
    def path(self) -> Path:
        slug = "".join(char if char.isalnum() else "-" for char in self.cwd)
        return self.config / "projects" / slug / f"{self.session_id}.jsonl"

    def registered(self, pid: int, *, status: str = "idle") -> None:
        """Stand in the client's registry as the session of a process."""
        facts = {"pid": pid, "sessionId": self.session_id, "cwd": self.cwd, "kind": "interactive", "entrypoint": "cli"}
        facts |= {"version": "2.1.330", "status": status, "startedAt": self.now(), "updatedAt": self.now()}
        folder = self.config / "sessions"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{pid}.json").write_text(json.dumps(facts), "utf-8")

    def prompt(self, words: str, *, ago_ms: int = 0) -> None:
        self._write("user", {"role": "user", "content": words}, ago_ms=ago_ms)

    def says(self, words: str, *, ago_ms: int = 0, tokens: tuple[int, int] = (10, 20)) -> None:
        self._reply([{"type": "text", "text": words}], "end_turn", ago_ms=ago_ms, tokens=tokens)

    def calls(self, tool: str, call_id: str, *, ago_ms: int = 0, **arguments: Any) -> None:
        use = {"type": "tool_use", "id": call_id, "name": tool, "input": arguments}
        self._reply([use], "tool_use", ago_ms=ago_ms, tokens=(5, 7))

    def result(self, call_id: str, *, ago_ms: int = 0, **more: Any) -> None:
        block = {"type": "tool_result", "tool_use_id": call_id, "content": "ok"}
        self._write("user", {"role": "user", "content": [block]}, ago_ms=ago_ms, **more)

    def _reply(self, blocks: list[dict[str, Any]], stop: str, *, ago_ms: int, tokens: tuple[int, int]) -> None:
        usage = {
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }
        message = {
            "id": f"msg_{self.session_id}_{self._lines}",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": blocks,
            "stop_reason": stop,
            "usage": usage,
        }
        self._write("assistant", message, ago_ms=ago_ms)

    def _write(self, kind: str, message: Mapping[str, Any], *, ago_ms: int, **more: Any) -> None:
        self._lines += 1
        line = {
            "type": kind,
            "uuid": f"{self.session_id}-{self._lines}",
            "sessionId": self.session_id,
            "cwd": self.cwd,
            "gitBranch": self.branch,
            "version": "2.1.330",
            "entrypoint": "cli",
            "isSidechain": False,
            "timestamp": stamp(self.now() - ago_ms),
            "message": message,
            **more,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def hook(self, event: str, **fields: Any) -> dict[str, Any]:
        """The body that the hook command posts."""
        told = {"hook_event_name": event, "session_id": self.session_id, "cwd": self.cwd, **fields}
        told["transcript_path"] = str(self.path)
        return {"hook": told, "environment": {"CLAUDE_PROJECT_DIR": self.cwd}}


def post_hook(endpoint: Endpoint, body: Mapping[str, Any]) -> int:
    """Post a hook's body to the running app as the hook command does. Returns the HTTP status."""
    host = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=5)
    try:
        headers = {"Authorization": f"Bearer {endpoint.hook_token.reveal()}", "Content-Type": "application/json"}
        connection.request("POST", "/hook", json.dumps(body), headers)
        return connection.getresponse().status
    finally:
        connection.close()
