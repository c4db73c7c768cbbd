"""A robot of a second chat service is set up, sends through the queue to a strict stand-in, and is in the history."""

import hashlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.channels.second.channel import MOST_BYTES, Bulletin
from tests.channels.second.table import WITH_BULLETIN
from tests.support.catalogs import catalogs
from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tests.support.words import said
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.engine.context import AppContext
from tray_app.app.engine.engine import Engine
from tray_app.cli.checks import local
from tray_app.cli.checks.finding import Level
from tray_app.cli.offline import SeenRobots
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import InvalidCredentials, InvalidMessage, InvalidSettings
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import ActionCard, Button, LinkMessage, MarkdownMessage, Mentions, TextMessage
from tray_app.core.settings.settings import usual_robot
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import VaultState
from tray_app.services.robots.setup import RobotLimits, RobotSetup

KEY = "key-0123456789abcdef"
pytestmark = pytest.mark.anyio


@dataclass
class Board:
    """One board: takes posts signed with its key, each id once. `full_for_s`: how the next post is put off."""

    key: str = KEY
    posts: list[tuple[str, str]] = field(default_factory=list)
    requests: int = 0
    full_for_s: int = 0
    ids: set[str] = field(default_factory=set)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Judge a request as the service does."""
        self.requests += 1
        if path != "/boards/team/posts":
            return 404, {}
        signature = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-board-signature", ""), signature):
            return 401, {}
        if headers.get("content-type") != "application/json":
            return 415, {}
        if self.full_for_s:
            wait_s, self.full_for_s = self.full_for_s, 0
            return 429, {"retry-after": str(wait_s)}
        post = json.loads(body)
        if set(post) != {"post", "format", "text"} or post["format"] not in {"plain", "markdown"} or not post["text"]:
            return 422, {}
        if len(post["text"].encode()) > MOST_BYTES:
            return 413, {}
        if post["post"] in self.ids:
            return 409, {}
        self.ids.add(post["post"])
        self.posts.append((post["format"], post["text"]))
        return 201, {}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, board: Board, *rest: object) -> None:
        self._board = board
        super().__init__(*rest)  # type: ignore[arg-type] # what the server hands on

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, more = self._board.answer(self.path, headers, body)
        self.send_response(status)
        for name, value in {**more, "content-length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@dataclass(frozen=True)
class Team:
    """An app with both chat services, and a board."""

    office: Office
    file: SettingsFile
    setup: RobotSetup
    board: Board
    address: str

    async def set_up(self, name: str = "board", *, pasted: str = "", limits: RobotLimits | None = None) -> None:
        webhook = Secret(pasted or f"The board {self.address} has the key {KEY}.")
        nothing = Secret("")
        await self.setup.save(
            name=name, channel="bulletin", webhook=webhook, secret=nothing, keywords=(), limits=limits or RobotLimits()
        )


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def address(board: Board) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, board))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/boards/team/posts"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
async def team(tmp_path: Path, board: Board, address: str) -> AsyncIterator[Team]:
    clock = StepClock()
    with SandboxRobot(now_ms=clock.now_ms) as dingtalk:
        async with at_work(tmp_path, {"ding": dingtalk}, clock=clock, channels=WITH_BULLETIN) as office:
            file = SettingsFile(tmp_path / "settings.toml", WITH_BULLETIN)

            def changed() -> None:
                robots = {**office.settings.robots, **file.current.robots}
                office.settings = replace(office.settings, robots=robots)

            setup = RobotSetup(
                settings=file, vault=office.vault, channels=WITH_BULLETIN, robots=office.robots, changed=changed
            )
            yield Team(office=office, file=file, setup=setup, board=board, address=address)


async def test_a_robot_is_set_up_sends_through_the_queue_and_is_in_the_history(team: Team) -> None:
    await team.set_up()
    assert 'channel = "bulletin"' in team.file.path.read_text("utf-8")
    assert KEY not in team.file.path.read_text("utf-8")
    receipt = await team.office.send(MarkdownMessage(title="Build 42", text="**green**"), robot="board")
    assert (receipt.status, receipt.robot, receipt.reason) == (Status.SENT, "board", None)
    assert team.board.posts == [("markdown", "**green**")]
    kept = team.office.history.report(receipt.delivery_id).data
    assert (kept["stage"], kept["robot"], kept["title"], kept["attempts"]) == ("sent", "board", "Build 42", 1)
    (shown,) = (robot for robot in team.office.snapshot().robots if robot.name == "board")
    assert (shown.channel, shown.signed, shown.ready, shown.minute_max, shown.month_cap) == (
        "bulletin",
        True,
        True,
        5,
        90,
    )
    assert (shown.minute_used, shown.month_used) == (1, 1)


async def test_each_robot_speaks_to_its_own_service(team: Team) -> None:
    await team.set_up()
    for robot in ("board", "ding"):
        assert (await team.office.send(f"to {robot}", robot=robot)).status is Status.SENT
    assert team.board.posts == [("plain", "to board")]
    assert [(robot.name, robot.channel) for robot in team.office.snapshot().robots] == [
        ("board", "bulletin"),
        ("ding", "dingtalk"),
    ]


async def test_a_text_longer_than_a_post_arrives_whole_in_parts_of_its_own_size(team: Team) -> None:
    team.office.send_all_in_parts()
    await team.set_up(limits=RobotLimits(per_minute=100))
    team.office.send_all_in_parts()
    lines = [f"line {number} {'x' * 40}" for number in range(30)]
    receipt = await team.office.send("\n".join(lines), robot="board")
    assert receipt.status is Status.SENT
    assert len(team.board.posts) > 1
    assert "\n".join(text for _, text in team.board.posts).split("\n") == lines


async def test_its_own_limit_per_minute_holds_and_what_waits_arrives_once(team: Team) -> None:
    await team.set_up(limits=RobotLimits(per_minute=2))
    await team.office.queue("1", "2", "3", robot="board")
    await team.office.settle()
    assert [text for _, text in team.board.posts] == ["1", "2"]
    await team.office.pass_time(61_000)
    assert [text for _, text in team.board.posts] == ["1", "2", "3"]


async def test_a_full_board_is_left_alone_for_as_long_as_it_says(team: Team) -> None:
    await team.set_up()
    team.board.full_for_s = 90
    await team.office.queue("later", robot="board")
    await team.office.pass_time(89_000)
    assert (team.board.posts, team.board.requests) == ([], 1)
    await team.office.pass_time(2_000)
    assert team.board.posts == [("plain", "later")]
    assert team.board.requests == 2


async def test_a_refusal_is_told_in_the_words_of_the_service(team: Team) -> None:
    await team.set_up()
    team.board.key = "another"
    receipt = await team.office.send("hello", robot="board")
    assert receipt.status is Status.FAILED
    assert receipt.reason is not None
    assert said(receipt.reason) == "The board does not know us"
    assert team.board.posts == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (LinkMessage(title="t", text="x", message_url="https://x.example"), "shows no message of the kind link"),
        (
            ActionCard(title="t", text="x", buttons=(Button(title="b", url="https://x.example"),)),
            "shows no message of the kind actionCard",
        ),
        (TextMessage(content="x", mentions=Mentions(user_ids=("u1",))), "mentions at most 0 people in one message"),
    ],
)
async def test_what_the_service_cannot_show_is_refused_at_the_door(
    team: Team, message: LinkMessage | ActionCard | TextMessage, reason: str
) -> None:
    await team.set_up()
    with pytest.raises(InvalidMessage) as caught:
        await team.office.send(message, robot="board")
    assert said(caught.value.reason) == f"Bulletin {reason}"
    assert team.board.requests == 0


async def test_credentials_are_checked_by_the_service_they_are_for(team: Team) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        await team.set_up(pasted="https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32)
    assert said(caught.value.reason) == "This is no board"
    with pytest.raises(InvalidCredentials) as caught:
        await team.setup.save(
            name="other", webhook=Secret("https://bulletin.example/boards/x/posts"), secret=Secret(""), keywords=()
        )
    assert said(caught.value.reason) == "bulletin.example is not a DingTalk host this app may send to"
    with pytest.raises(InvalidCredentials) as caught:
        await team.set_up(pasted=f"https://bulletin.example/boards/x/posts {KEY}", limits=RobotLimits(per_minute=7))
    assert (caught.value.field, said(caught.value.hint)) == ("per_minute", "A board takes 6 posts a minute.")
    assert team.file.load().robots == {}


async def test_the_limit_of_its_host_holds_in_the_file_too(team: Team) -> None:
    team.file.path.write_text('[robots.board]\nchannel = "bulletin"\nper_minute = 7\n', "utf-8")
    with pytest.raises(InvalidSettings) as caught:
        team.file.load()
    assert "robots.board.per_minute must be at most 6" in said(caught.value.reason)


async def test_doctor_builds_a_request_of_the_robots_own_service(team: Team) -> None:
    await team.set_up()
    facts = tuple(one for one in team.office.robots.facts() if one.name == "board")
    seen = SeenRobots(
        robots=facts,
        problems=(),
        vault=VaultState.OK,
        trouble=None,
        credentials={"board": await team.office.robots.credentials("board")},
        channels={"bulletin": Bulletin()},
    )
    assert [finding.level for finding in local.robots(seen, None)] == [Level.OK]


async def test_the_app_is_wired_with_the_table_it_is_given(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path).create()
    paths.settings.write_text('[robots.board]\nchannel = "bulletin"\n', "utf-8")
    settings = SettingsFile(paths.settings, WITH_BULLETIN)
    settings.load()
    given = AppContext(
        paths=paths,
        environ={},
        settings=settings,
        channels=WITH_BULLETIN,
        catalogs=catalogs(),
        language=Language.EN,
        problems={},
        hide=lambda *_secrets: None,
    )
    engine = Engine(given, stop_app=lambda: None)
    assert engine.robots.channel("board") is WITH_BULLETIN["bulletin"]
    assert [(one.name, one.channel, one.host) for one in engine.robots.facts()] == [
        ("board", "bulletin", "bulletin.example")
    ]


async def test_near_its_cap_the_service_says_what_the_number_means(team: Team) -> None:
    await team.set_up(limits=RobotLimits(monthly_cap=1))
    await team.office.send("the only one", robot="board")
    hints = [said(one.hint) for one in team.office.snapshot().problems if one.kind is ProblemKind.QUOTA]
    assert hints == ["A board has room for 90 posts."]


async def test_what_waited_too_long_arrives_as_one_post_that_names_the_service(team: Team) -> None:
    await team.set_up(limits=RobotLimits(per_minute=1))
    team.office.tune(digest_after_s=60)
    await team.office.queue("first", *(f"waits {number}" for number in range(3)), robot="board")
    await team.office.pass_time(121_000)
    assert team.board.posts[0] == ("plain", "first")
    assert any("Bulletin" in text and len(text.encode()) <= MOST_BYTES for _, text in team.board.posts[1:])


async def test_a_robot_changes_its_service_with_its_credentials_and_stays_the_default_one(team: Team) -> None:
    before = Secret("https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32)
    await team.setup.save(name="board", webhook=before, secret=Secret(""), keywords=("ci",))
    await team.setup.save(name="ops", webhook=before, secret=Secret(""), keywords=(), limits=RobotLimits(per_minute=3))
    await team.set_up("board")
    assert team.file.load().robots["board"] == replace(
        usual_robot("bulletin", Bulletin()), host=urlsplit(team.address).netloc, default=True
    )
    assert (await team.office.send("moved", robot="board")).status is Status.SENT
    assert team.board.posts == [("plain", "moved")]
    await team.set_up("board")
    assert team.file.load().robots["board"].channel == "bulletin"
