"""What Claude Code's hooks run: passes one event on to the running app. Standard library only, nothing of ours.

Started by a coding agent at every turn, so: quick, small, silent, never longer than a second, always exit code 0. It
takes named fields and named variables only; the environment also holds secrets of the client.
With `follow-up` it waits at the app instead, where its owner may have words for the session that is done: these go to
stderr with exit code 2, by which Claude Code wakes the session. Everything else ends it in silence.
"""

import json
import os
import socket
import stat
import sys
import time
from _thread import start_new_thread  # `threading` would cost as much as the rest together

# runs as a script of its own (`python -I -S hook_cli.py`): importing `typing` would cost more than the work
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

_LIMIT_S = 1.0
_QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
_MOST_READ = 256 * 1024
_LONGEST = 4_000  # characters of a text; the app needs the beginning and the transcript has the rest
_FIELDS = (
    "hook_event_name",
    "session_id",
    "transcript_path",
    "cwd",
    "agent_id",
    "agent_type",
    "source",
    "model",
    "session_title",
    "reason",
    "error",
    "notification_type",
    "message",
    "tool_name",
    "tool_use_id",
    "last_assistant_message",
)
_VARIABLES = ("CLAUDE_CODE_SESSION_ID", "CLAUDE_PROJECT_DIR", "CLAUDE_PID")
FOLLOW_UP = "follow-up"
_ATTENDED = "CLAUDE_CODE_SESSION_ATTENDED"  # 1 in a terminal; `claude -p` would wait for this hook at its end
_WAITS_AT = "/follow-up/claude-code"
_WAKES, _BEGIN_S = 2, 10.0


def main(arguments: "Sequence[str]") -> int:
    """Pass the event on; whatever goes wrong is nobody's business here. `--home DIR` stands for the variable."""
    if arguments and arguments[-1] == FOLLOW_UP:
        return _wait(arguments)
    start_new_thread(_give_up, (_LIMIT_S,))
    try:
        endpoint = read_endpoint(endpoint_path(with_home(arguments, os.environ)))
        body = event(sys.stdin.buffer, os.environ)
        if endpoint is not None and body is not None:
            post(endpoint, body)
    except Exception:  # noqa: BLE001, S110 - a hook that fails disturbs the person's session, and helps nobody
        pass
    return 0


def _wait(arguments: "Sequence[str]") -> int:
    """Wait until the app has words, or ends the wait, or ends; it does so where the session goes on or has ended."""
    begun: list[bool] = []
    start_new_thread(_give_up, (_BEGIN_S, begun))
    try:
        body = event(sys.stdin.buffer, os.environ)
        endpoint = read_endpoint(endpoint_path(with_home(arguments, os.environ)))
        if os.environ.get(_ATTENDED) != "1" or endpoint is None or body is None:
            return 0
        begun.append(True)
        words = ask(endpoint, body)
        if not words:
            return 0
        sys.stderr.buffer.write(words)
        sys.stderr.buffer.flush()
    except Exception:  # noqa: BLE001 - nobody is woken by a fault
        return 0
    return _WAKES


def with_home(arguments: "Sequence[str]", environ: "Mapping[str, str]") -> "Mapping[str, str]":
    """The environment, with the app's folder that `connect` has written into the command: agents lack the variable."""
    return {**environ, "DINGTALK_TRAY_HOME": arguments[1]} if list(arguments[:1]) == ["--home"] else environ


def endpoint_path(environ: "Mapping[str, str]") -> str:
    """Where `endpoint.json` is; the same rules as `adapters/system/paths.py` (a test keeps both in agreement)."""
    home = environ.get("DINGTALK_TRAY_HOME", "").strip()
    folder = os.path.join(os.path.abspath(os.path.expanduser(home)), "run") if home else _run_folder(environ)
    return os.path.join(folder, "endpoint.json")


def _run_folder(environ: "Mapping[str, str]") -> str:
    app = "dingtalk-tray"
    if sys.platform == "win32":
        return os.path.join(environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local"), app, "run")
    if sys.platform == "darwin":
        return os.path.join(os.path.expanduser("~/Library/Application Support"), app, "run")
    data = environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")
    return os.path.join(data, app, "run")


def read_endpoint(path: str) -> "dict[str, Any] | None":
    """What the file says if its process is there; else None. `port` is added, read from `url`."""
    try:
        said = json.loads(_content(path))
        pid, port = said["pid"], int(said["url"].split("/")[2].rpartition(":")[2])
        if isinstance(pid, bool) or not isinstance(pid, int) or pid <= 0:
            return None
        if not _runs(pid, said.get("born", "")):
            return None
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return {**said, "port": port}


def _runs(pid: int, birth: str) -> bool:
    """Whether the app's process is there: a stranger may have its port by now, or its number (seen on Linux alone)."""
    if sys.platform == "win32":  # where `os.kill` would end it, and a port that nobody has is waited for
        import _winapi  # built in; ctypes, which could tell the birth, would cost more than all the rest

        try:
            handle = _winapi.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 - Win32's bInheritHandle
        except PermissionError:
            return True
        code = _winapi.GetExitCodeProcess(handle)
        _winapi.CloseHandle(handle)
        return code == _winapi.STILL_ACTIVE
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False  # another user's process has the number of a dead app
    if sys.platform == "linux" and birth:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19] == birth.encode()
    return True


def _content(path: str) -> bytes:
    """Without waiting for anybody: a pipe may lie there, or a device without an end."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        return file.read(65_536) or b"" if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


def event(given: "BinaryIO", environ: "Mapping[str, str]") -> "bytes | None":
    """What to post: named fields of the hook's JSON, texts cut, and named variables; None where there is no event."""
    fields = _fields(_read(given))
    hook = {name: fields[name][:_LONGEST] for name in _FIELDS if isinstance(fields.get(name), str)}
    if isinstance(fields.get("stop_hook_active"), bool):
        hook["stop_hook_active"] = fields["stop_hook_active"]
    tasks = fields.get("background_tasks")
    if isinstance(tasks, list):  # how many, not what they do
        hook["background_tasks"] = len(tasks)
    if "hook_event_name" not in hook or "session_id" not in hook:
        return None
    known = {name: environ[name] for name in _VARIABLES if name in environ}
    return json.dumps({"hook": hook, "environment": known}).encode("ascii")


def _read(given: "BinaryIO") -> bytes:
    """All of it, so that the client can finish writing; kept is the first quarter of a megabyte."""
    kept = b""
    while chunk := given.read(65_536):
        kept += chunk[: _MOST_READ - len(kept)]
    return kept


def _fields(body: bytes) -> "dict[str, Any]":
    """The object's members; of a body that was cut, those before the cut."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = _members(body.decode("utf-8", "ignore"))
    return fields if isinstance(fields, dict) else {}


def _members(cut: str) -> "dict[str, Any]":
    found: dict[str, Any] = {}
    read, blank = json.JSONDecoder().raw_decode, " \t\r\n"
    rest = cut.lstrip(blank)
    try:
        while rest[:1] in {"{", ","}:
            rest = rest[1:].lstrip(blank)
            name, end = read(rest)
            rest = rest[end:].lstrip(blank)[1:].lstrip(blank)  # the colon
            found[name], end = read(rest)
            rest = rest[end:].lstrip(blank)
    except (ValueError, TypeError, RecursionError):
        pass
    return found


def post(endpoint: "dict[str, Any]", body: bytes) -> None:
    """Hand it over and wait for the first byte of the answer: until then the app may not have read it."""
    with _posted(endpoint, "/hook", body) as connection:
        connection.recv(1)


def ask(endpoint: "dict[str, Any]", body: bytes) -> bytes:
    """Wait, for as long as it takes, for the whole answer; empty where it is none, or was cut off."""
    with _posted(endpoint, _WAITS_AT, body) as connection:
        connection.settimeout(None)  # the kernel says when the app is gone
        said = b""
        while (chunk := connection.recv(65_536)) and len(said) < _MOST_READ:
            said += chunk
    head, _, words = said.partition(b"\r\n\r\n")
    first, *fields = head.lower().split(b"\r\n")
    whole = f"content-length: {len(words)}".encode("ascii") in fields
    return words if first.startswith(b"http/1.1 200") and whole else b""


def _posted(endpoint: "dict[str, Any]", path: str, body: bytes) -> socket.socket:
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{endpoint['port']}",
        f"Authorization: Bearer {endpoint['hook_token']}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    head = "\r\n".join(lines) + "\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", endpoint["port"]), _LIMIT_S)
    connection.sendall(head.encode("latin-1") + body)
    return connection


def _give_up(after_s: float, begun: "Sequence[bool]" = ()) -> None:
    time.sleep(after_s)
    if not begun:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
