"""Open pages beside the real app: how soon they show what happens, and what they say when it is killed and started."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.chromium import Window
from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.free_port import settle_port
from tests.support.live_part import SOON_MS, seen_ms, watch
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@dataclass
class Stage:
    """The app's home, and the environment it is started in each time."""

    home: Path
    environ: dict[str, str]
    child: Child

    def link(self, page: str = "overview") -> str:
        done = command("open", page, "--print", environ=environment(self.home))
        assert done.code == 0, done.err
        return done.out.strip()

    def remote(self) -> Remote:
        return Remote(running=self.child.endpoint, language=Language.EN)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    settle_port(path)
    return path


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with SandboxRobot(per_minute=0) as sandbox:
        environ = environment(home, **robot_variables(sandbox))
        with running_app(home, environ=environ, arguments=("--headless",)) as child:
            yield Stage(home=home, environ=environ, child=child)


def test_what_happens_is_on_the_page_at_once(view: Window, stage: Stage) -> None:
    page, remote = view.page, stage.remote()
    page.goto(stage.link())
    expect(page.locator("[data-live=sends]")).to_contain_text("Nothing was sent yet")
    late: list[float] = []
    for number in range(5):
        title = f"Build {number}"
        watch(page, "sends", title)
        message = {"kind": "markdown", "title": title, "text": "green"}
        remote.post("send", {"message": message, "robot": ""})
        (newest, *_) = remote.get("history", limit="1")["deliveries"]
        late.append(seen_ms(page) - newest["created_ms"])
    assert statistics.median(late) < SOON_MS, late
    late.clear()
    for _ in range(3):  # the middle one: a computer that runs other tests too may stand still for a while
        watch(page, "strip", "Paused until you resume")
        paused = remote.post("pause", {"length": "open"})
        late.append(seen_ms(page) - paused["pause"]["since_ms"])
        remote.post("resume")
        expect(page.get_by_role("region", name="State")).to_contain_text("Running")
    assert statistics.median(late) < SOON_MS, late
    assert view.complaints == []


def test_a_killed_app_is_said_and_after_its_restart_how_to_go_on(view: Window, stage: Stage) -> None:
    page = view.page
    page.goto(stage.link())
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    stage.child.process.kill()
    stage.child.process.wait()
    lost = page.get_by_role("alert").filter(has_text="dingtalk-tray does not answer.")
    expect(lost).to_contain_text("goes on by itself")
    with running_app(stage.home, environ=stage.environ, arguments=("--headless",)) as child:
        assert child.endpoint.url == stage.child.endpoint.url
        stage.child = child
        closed = page.get_by_role("alert").filter(has_text="This page was closed.")
        expect(closed).to_contain_text("dingtalk-tray open")
        expect(lost).to_have_count(0)
        other = view.context.new_page()
        other.goto(stage.link())
        expect(other.get_by_role("heading", level=1)).to_have_text("Overview")
        expect(closed).to_have_count(0)
        page.get_by_role("button", name="Until I resume").click()
        expect(other.get_by_role("button", name="Resume now")).to_be_visible()


def test_an_app_that_stops_ends_the_streams_of_open_pages_and_is_missed(view: Window, stage: Stage) -> None:
    with view.page.expect_response("**/ui/events"):
        view.page.goto(stage.link())
    log = next(stage.child.paths.logs.glob("*.log"))
    begun = log.stat().st_size  # earlier tests wrote there too
    stage.child.process.terminate()
    assert stage.child.process.wait(PATIENCE_S) == 0
    assert b" ERROR " not in log.read_bytes()[begun:], "the stream did not end by itself, it was cut off"
    expect(view.page.get_by_role("alert")).to_contain_text("dingtalk-tray does not answer.")


def test_a_link_that_was_used_says_how_to_get_another(view: Window, stage: Stage) -> None:
    link = stage.link()
    view.page.goto(link)
    view.context.clear_cookies()
    view.page.goto(link)
    expect(view.page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    expect(view.page.get_by_text("dingtalk-tray open", exact=True)).to_be_visible()
