"""Real traffic, good and bad, with every logger of every library at debug level: no secret is left anywhere.

Searched are files, output, answers, errors, process arguments, and the environment that helpers are started with.
"""

import base64
import http.client
import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.support.app_robot import credentials_of as app_credentials
from tests.support.command import Done, command, environment, robot_variables
from tests.support.keyring import KeyringBus
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child, running_app
from tray_app.sandbox.robot import RawRequest, RobotAnswer, StrictRobot

pytestmark = [pytest.mark.slow, pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180)]

# `sitecustomize` of the app and of every command: no logger and no level can keep anything back any more
LOUD = "import logging\nlogging.Logger.isEnabledFor = lambda self, level: True\n"
GIT = "#!/bin/sh\n{{ env; echo \"$@\"; }} >> '{record}'\necho Tester\n"


class Listening(StrictRobot):
    """A robot that keeps the address of each request, for its signature is a secret too."""

    targets: list[str]

    def answer(self, request: RawRequest, *, now_ms: int) -> RobotAnswer:
        self.targets.append(request.target)
        return super().answer(request, now_ms=now_ms)


def listening() -> SandboxRobot:
    sandbox = SandboxRobot(per_minute=0)
    robot = Listening(token=sandbox.robot.token, secret=sandbox.secret, per_minute=0)
    robot.targets = []
    sandbox.robot = robot
    return sandbox


@dataclass
class Evidence:
    """`left`: what can be read somewhere afterwards, by place. `secrets`: what must not be in it, by name."""

    left: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    signatures: list[str] = field(default_factory=list)

    def take(self, place: str, said: str | bytes) -> None:
        self.left[f"{place} #{len(self.left)}"] = said.encode() if isinstance(said, str) else said

    def take_command(self, done: Done, *words: str) -> None:
        self.take(f"output of {' '.join(words)}", f"{done.out}\n{done.err}")

    def take_files(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.take(f"file {path.relative_to(folder)}", path.read_bytes())

    def take_arguments(self, pid: int) -> None:
        """Arguments of the app and of all its threads' children, now; Linux tells them."""
        if sys.platform != "linux":
            return
        self.take("arguments", Path(f"/proc/{pid}/cmdline").read_bytes())
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                self.take("arguments of a child", Path(f"/proc/{child}/cmdline").read_bytes())


def forms(secret: str) -> set[bytes]:
    """A secret as it is, percent-encoded, in base64, and the first third of it."""
    raw = secret.encode()
    part = secret if "://" in secret else secret[:24]
    return {part.encode(), quote(secret, safe="").encode(), quote(secret).encode(), base64.b64encode(raw).rstrip(b"=")}


def ask(child: Child, method: str, path: str, body: object = None, **headers: str) -> bytes:
    """One request by hand; all of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(child.endpoint.url).port, timeout=20)
    content = body if isinstance(body, str) else json.dumps(body)
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    connection.request(method, path, None if body is None else content, sent)
    answer = connection.getresponse()
    said = f"{answer.status} {answer.getheaders()}\n".encode() + answer.read()
    connection.close()
    return said


def call(child: Child, tool: str, arguments: Mapping[str, object]) -> bytes:
    """One MCP tool call."""
    params = {"name": tool, "arguments": arguments}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return ask(child, "POST", "/mcp", asked, Authorization=f"Bearer {child.endpoint.token.reveal()}")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def agents_speak(child: Child, evidence: Evidence) -> None:
    webhook, key = evidence.secrets["configured webhook"], evidence.secrets["configured key"]
    for robot in ("", "team", "wrong", "gone"):
        evidence.take("tool answer", call(child, "dingtalk_send_text", {"content": "hello", "robot": robot}))
    wrong_calls: list[tuple[str, Mapping[str, object]]] = [
        ("dingtalk_configure", {"webhook": webhook, "secret": key}),
        ("dingtalk_configure", {"webhook": key, "secret": webhook}),
        ("dingtalk_send_text", {"content": "x", "robot": webhook}),
        ("dingtalk_send_text", {"content": 5, "atMobiles": [key], webhook: key}),
        ("dingtalk_send_link", {"title": "t", "text": "t", "messageUrl": key}),
        ("dingtalk_delivery", {"delivery_id": key}),
        (key, {}),
    ]
    for tool, arguments in [*wrong_calls, ("dingtalk_status", {})]:
        evidence.take(f"answer of {tool[:16]}", call(child, tool, arguments))


def owner_decides(child: Child, evidence: Evidence) -> None:
    """What agents wanted to have stored is shown, and one of it approved."""
    control = f"Bearer {child.endpoint.control_token.reveal()}"
    shown = ask(child, "GET", "/api/approvals", Authorization=control)
    evidence.take("approvals", shown)
    waiting = json.loads(shown.partition(b"\n")[2])["approvals"]
    assert len(waiting) == 2
    for approval, answer in zip(waiting, ("once", "deny"), strict=True):
        said = {"id": approval["id"], "answer": answer}
        evidence.take("approval", ask(child, "POST", "/api/approvals/settle", said, Authorization=control))
        evidence.take("outcome", call(child, "dingtalk_delivery", {"id": approval["id"]}))
    evidence.take("approvals", ask(child, "GET", "/api/approvals", Authorization=control))


def owner_pairs(environ: Mapping[str, str], app: SandboxApp, evidence: Evidence) -> None:
    """An app robot is set up, paired and heard, and speaks, with a token that expires meanwhile."""
    given = f"{app_credentials(app, staff_id='').webhook.reveal()}\n{app.client_secret}\n"
    for secret in (given.replace(app.client_secret, "0" * 64), given):
        evidence.take_command(command("setup", "--app", environ=environ, given=secret), "setup --app")
    code = command("pair", "--json", environ=environ).json()["code"]
    app.hear(code)
    app.wait_for_chat(1)
    app.change(app.sending.expire_token)
    evidence.take_command(command("robots", "--test", "phone", environ=environ), "robots --test phone")
    evidence.take_command(command("doctor", "--online", environ=environ), "doctor --online")
    assert len(app.chat) == 2


def strangers_speak(child: Child, evidence: Evidence) -> None:
    """Broken requests, each with a secret in it, to every door."""
    key = evidence.secrets["configured key"]
    control = f"Bearer {child.endpoint.control_token.reveal()}"
    for path in ("/api/send", "/api/test", "/api/resend", "/api/pause", "/api/link", "/mcp", f"/ui/{key}", f"/{key}"):
        for body in (f"{{{key}", {"message": {"kind": key}, "robot": key, "id": key, "length": key, "page": key}):
            for authorization in (control, f"Bearer {key}", f"Bearer {child.endpoint.token.reveal()}"):
                evidence.take(f"error body of {path[:10]}", ask(child, "POST", path, body, Authorization=authorization))
    evidence.take("status", ask(child, "GET", "/api/status", Authorization=control))
    link = json.loads(ask(child, "POST", "/api/link", {}, Authorization=control).partition(b"\n")[2])["url"]
    evidence.take("page", ask(child, "GET", urlsplit(link).path))


def owner_speaks(environ: Mapping[str, str], paths: Paths, evidence: Evidence) -> None:
    webhook, key = evidence.secrets["configured webhook"], evidence.secrets["configured key"]
    for words in (
        ("send", "text", "hello"),
        ("send", "text", "hello", "--robot", "wrong"),
        ("send", "text", "hello", "--robot", "gone", "--json"),
        ("robots", "--test", "team"),
        ("robots",),
        ("robots", "--json"),
        ("status",),
        ("status", "--json"),
        ("history", "--json"),
        ("doctor", "--json"),
        ("doctor", "--online"),
    ):
        evidence.take_command(command(*words, environ=environ), *words)
    for given in (f"{webhook[:-3]} {key}", f"{webhook} {key[:-3]}", f"https://{key}.example.com/?access_token={key}"):
        evidence.take_command(command("setup", environ=environ, given=given), "setup")
    good = paths.settings.read_text()
    for line in (f'webhook = "{webhook}"', f'"{webhook}" = 1', f'language = "{key}"', f"language = {key}"):
        paths.settings.write_text(f"{line}\n{good}")
        for words in (("doctor",), ("status",), ("robots", "--default", "team")):
            evidence.take_command(command(*words, environ=environ), "broken settings", *words)
    paths.settings.write_text(good)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("secrets")
    home, tools = folder / "tray", folder / "bin"
    tools.mkdir()
    (tools / "sitecustomize.py").write_text(LOUD)
    (tools / "git").write_text(GIT.format(record=folder / "git.txt"))
    (tools / "git").chmod(0o755)
    paths = Paths.under(home).create()
    paths.settings.write_text("[delivery]\nwait_s = 1.0\nattempts = 1\n[approvals]\nwait_s = 0.1\n")
    found = Evidence()
    bus = KeyringBus(folder)
    try:
        bus.start_keyring()
        with listening() as first, listening() as second, SandboxApp() as app:
            environ = {**environment(home, DINGTALK_TRAY_LOG="debug"), **bus.environ, **robot_variables(first)}
            environ["PATH"] = f"{tools}{os.pathsep}{environ['PATH']}"
            environ["PYTHONPATH"] = f"{tools}{os.pathsep}{environ['PYTHONPATH']}"
            _traffic(environ, home, (first, second), app, found)
            found.secrets["app's access token"] = app.sending.token
            for sandbox in (first, second):
                assert isinstance(sandbox.robot, Listening)
                for target in sandbox.robot.targets:
                    found.signatures += parse_qs(urlsplit(target).query).get("sign", [])
        found.take("helper processes", (folder / "git.txt").read_bytes())
    finally:
        bus.close()
    return found


def _traffic(
    environ: Mapping[str, str],
    home: Path,
    sandboxes: tuple[SandboxRobot, SandboxRobot],
    app: SandboxApp,
    found: Evidence,
) -> None:
    first, second = sandboxes
    gone_token, configured = "d4" * 32, "e5" * 32
    found.secrets = {
        "environment's token": first.robot.token,
        "environment's key": first.secret,
        "keyring's token": second.robot.token,
        "keyring's key": second.secret,
        "wrong key": "SEC" + "f6" * 32,
        "unreachable token": gone_token,
        "configured token": configured[:-3],
        "configured webhook": f"https://oapi.dingtalk.com/robot/send?access_token={configured}",
        "configured key": "SEC" + "a7" * 32,
        "client secret": app.client_secret,
    }
    robots = {
        "team": f"{second.webhook} {second.secret}",
        "wrong": f"{second.webhook} {found.secrets['wrong key']}",
        "gone": f"http://127.0.0.1:{closed_port()}/robot/send?access_token={gone_token}",
    }
    with running_app(home, environ=environ) as child:
        found.secrets["client token"] = child.endpoint.token.reveal()
        found.secrets["control token"] = child.endpoint.control_token.reveal()
        for name, given in robots.items():
            done = command("setup", "--robot", name, "--test", environ=environ, given=given)
            found.take_command(done, "setup", name)
        owner_pairs(environ, app, found)
        agents_speak(child, found)
        owner_decides(child, found)
        strangers_speak(child, found)
        owner_speaks(environ, Paths.under(home), found)
        found.take_arguments(child.process.pid)
        endpoint = Paths.under(home).endpoint.read_text()
        for own in (child.endpoint.token, child.endpoint.control_token):  # the one place for its own two tokens
            endpoint = endpoint.replace(own.reveal(), "")
        Paths.under(home).endpoint.rename(home / "endpoint")
        (home / "endpoint").write_text(endpoint)
        found.take_files(home)
    found.take_files(home)
    done = command("setup", "--robot", "team", "--test", environ=environ, given=robots["team"])
    found.take_command(done, "setup without an app")
    found.take_files(home)


def test_the_traffic_was_real_and_the_logs_were_loud(evidence: Evidence) -> None:
    log = b"".join(said for place, said in evidence.left.items() if "dingtalk-tray.log" in place)
    for library in (b" httpcore.", b" mcp.", b" asyncio:", b" tray_app.", b" DEBUG "):
        assert library in log
    assert len(evidence.signatures) >= 8
    said = b"".join(evidence.left.values())
    for words in (
        b'"status":"sent"',
        b'"status":"stored"',
        b'"status":"refused"',
        b"Delivered to the group of team",
        b"310000",
        b"SQLite format 3",
    ):
        assert words in said
    assert any("-wal" in place for place in evidence.left)
    assert any(place.startswith("helper processes") for place in evidence.left)


TOKEN_KEPT = ("client token", f"file data{os.sep}claude-code.token")  # the one file that is for it


def test_no_secret_is_left_anywhere(evidence: Evidence) -> None:
    found = [
        f"{name} in {place}"
        for name, secret in evidence.secrets.items()
        for place, said in evidence.left.items()
        if any(form in said for form in forms(secret)) and (name, place.partition(" #")[0]) != TOKEN_KEPT
    ]
    assert found == []


def test_no_signature_is_left_anywhere(evidence: Evidence) -> None:
    left = {form for signature in evidence.signatures for form in forms(signature)}
    found = [place for place, said in evidence.left.items() if any(form in said for form in left)]
    assert found == []


def test_helpers_are_started_without_our_variables(evidence: Evidence) -> None:
    (recorded,) = (said for place, said in evidence.left.items() if place.startswith("helper processes"))
    assert b"PATH=" in recorded
    assert b"DINGTALK_WEBHOOK" not in recorded
    assert b"DINGTALK_SECRET" not in recorded


def test_the_search_would_find_a_secret(evidence: Evidence) -> None:
    secret = evidence.secrets["keyring's key"]
    assert any(form in b"x" + base64.b64encode(secret.encode()) for form in forms(secret))
    assert sys.platform != "linux" or "arguments" in " ".join(evidence.left)
