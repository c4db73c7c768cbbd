"""The history of the real app: found by the command line and the page, sent again and discarded from the page."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language


class App:
    """A running app with its group and a browser that was let in. The robot may send twice a minute."""

    def __init__(self, home: Path, remote: Remote, group: SandboxRobot, browser: httpx.Client) -> None:
        self.home = home
        self.remote = remote
        self.group = group
        self.browser = browser

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=environment(self.home))

    def post(self, delivery_id: str, what: str) -> httpx.Response:
        """Press a button of a message's page."""
        path = f"/ui/history/{delivery_id}"
        csrf = self.browser.get(path).text.split('name="csrf" value="')[1].split('"')[0]
        return self.browser.post(path, data={"csrf": csrf, "do": what})

    def stage(self, delivery_id: str) -> object:
        """Where a message stands."""
        rows = self.remote.get("history", limit="100")["deliveries"]
        return next(row["stage"] for row in rows if row["id"] == delivery_id)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("home")
    settings = home / "config" / "settings.toml"
    settings.parent.mkdir()
    settings.write_text("[robots.environment]\nper_minute = 2\n[delivery]\nwait_s = 3\n")
    with SandboxRobot(per_minute=0) as group:
        environ = environment(home, **robot_variables(group))
        with running_app(home, environ=environ) as child:
            remote = Remote(running=child.endpoint, language=Language.EN)
            with httpx.Client(
                base_url=child.endpoint.url.removesuffix("/mcp"), trust_env=False, follow_redirects=True, timeout=20
            ) as browser:
                browser.get(remote.post("link", {"page": "history"})["url"])
                yield App(home, remote, group, browser)


def send(app: App, content: str) -> str:
    said = {"kind": "text", "content": content, "mentions": {"mobiles": [], "user_ids": [], "everyone": False}}
    return str(app.remote.post("send", {"message": said, "robot": "", "client": "test"})["delivery_id"])


@dataclass(frozen=True, kw_only=True)
class Story:
    """A message that was sent and sent again, one that waited and was discarded, and what the page said of each."""

    sent: str
    again: httpx.Response
    waited: str
    stages: tuple[object, ...]  # of the one that waited, before and after
    gone: httpx.Response
    refused: httpx.Response


@pytest.fixture(scope="module")
def story(app: App) -> Story:
    sent = send(app, "登录接口已修复")
    again = app.post(sent, "resend")
    waited = send(app, "=one too many for this minute")
    before = app.stage(waited)
    gone = app.post(waited, "discard")
    stages = (before, app.stage(waited))
    return Story(sent=sent, again=again, waited=waited, stages=stages, gone=gone, refused=app.post(waited, "discard"))


def test_a_message_is_found_and_its_page_tells_each_attempt(app: App, story: Story) -> None:
    assert f'id="d-{story.sent}"' in app.browser.get("/ui/history?q=登录").text
    assert "accepted by DingTalk" in app.browser.get(f"/ui/history/{story.sent}").text


def test_sent_again_from_its_page_it_reaches_the_group_once_more(app: App, story: Story) -> None:
    assert "Sent again" in story.again.text
    assert story.again.url.path.removeprefix("/ui/history/") != story.sent
    assert [each.text for each in app.group.received] == ["登录接口已修复"] * 2


def test_discarded_from_its_page_it_never_reaches_the_group(app: App, story: Story) -> None:
    assert story.stages == ("queued", "discarded")
    assert "it will not be sent" in story.gone.text
    assert "Nothing of this message waits any more" in story.refused.text
    assert len(app.group.received) == 2


@pytest.mark.usefixtures("story")
def test_the_command_line_finds_and_exports_the_same(app: App) -> None:
    found = app("history", "--json", "--search", "登录", "--status", "sent").json()
    assert list(found) == ["deliveries"]
    assert [row["source"] for row in found["deliveries"]] == ["page", "cli"]
    assert (
        app("history", "--json", "--status", "unsent", "--since", "1h").json()["deliveries"][0]["stage"] == "discarded"
    )
    everything = json.loads(app("history", "--export", "json").out)["deliveries"]
    assert [row["message"]["content"] for row in everything][1:] == ["登录接口已修复"] * 2
    table = list(csv.DictReader(io.StringIO(app("history", "--export", "csv", "--limit", "1").out, newline="")))
    assert [row["text"] for row in table] == ["'=one too many for this minute"]
    none = app("history", "--search", "zebra", "--export", "json")
    assert json.loads(none.out) == {"deliveries": []}
    assert "No message matches" in app("history", "--robot", "nobody").out


def test_an_option_that_cannot_be_meant_is_named(app: App) -> None:
    wrong = app("history", "--since", "soon")
    assert wrong.code == 1
    assert "--since: Not a day" in wrong.err
    assert app("history", "--status", "nope").code == 2
