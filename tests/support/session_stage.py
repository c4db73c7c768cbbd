"""Sessions for the pages: a real database with past ones, and some that run, as the tracking would tell of them."""

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.catalogs import catalogs
from tests.support.clock import StepClock
from tests.support.snapshots import MINUTE, NOON
from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.history.rows import midnight_ms
from tray_app.adapters.web.pages.sessions import SessionsPage
from tray_app.adapters.web.pages.usage import UsagePage
from tray_app.core.claude_code.pricing import PRICES_AS_OF, picos
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import TextMessage
from tray_app.core.sessions.counting.money import micros
from tray_app.core.sessions.live.live import Live, view
from tray_app.core.sessions.live.scan import DayUsage
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.place import Place, by_path
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Cost, PendingCall, Session, SessionState, Task, Tokens, ToolUse
from tray_app.core.sessions.timeline import Moment, MomentKind
from tray_app.core.settings.prices import NO_PRICES, OwnPrices
from tray_app.core.settings.settings import QuestionSettings, Settings
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.follow_ups.memory import FollowUpMemory
from tray_app.services.owner.settings_admin import SettingsAdmin
from tray_app.services.sessions.places import Places
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.sessions.tracker import SessionTracker
from tray_app.services.sessions.usage import UsageQueries

HOUR = 60 * MINUTE
DAY = 24 * HOUR
OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
_PROJECTS = ("api", "web-frontend", "钉钉托盘", "infrastructure-as-code", "docs", "data-pipeline")
_EXPORT = "把订单导出改成流式，避免内存溢出"
_TITLES = ("Fix the flaky login test", _EXPORT, "Upgrade to Python 3.14", "Why is CI slow?", "")
_TOOLS = ("Bash", "Read", "Edit", "Grep", "Write", "Task", "WebFetch", "mcp__dingtalk__dingtalk_send_markdown")


class Running(SessionTracker):
    """A tracker that tells of what a test put in, in that order; nothing of it is looked for, all is kept."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__(
            agents=(),
            archive=store.sessions,
            clock=StepClock(wall=NOON),
            local_day=lambda at_ms: local_time(at_ms).date().isoformat(),
            places=Places(_by_path, store.sessions),
            prices=lambda: NO_PRICES,
            heard=lambda _live, _signal: None,
            changed=lambda: None,
        )
        self.lives: list[tuple[Live, Session]] = []
        self.times_kept = 1

    @property
    def kept(self) -> int:
        return self.times_kept

    def live(self) -> list[Session]:
        return [session for _, session in self.lives]

    def views(self) -> tuple[SessionView, ...]:
        return tuple(view(live, session) for live, session in self.lives)

    def session(self, session_id: str) -> Session | None:
        return next((one for one in self.live() if one.session_id == session_id), None)


async def _by_path(folders: Collection[str]) -> list[Place]:
    return [by_path(folder) for folder in folders]


@dataclass
class SessionStage:
    """A database, what runs, and the queries over both."""

    store: SqliteStore
    running: Running
    prices: OwnPrices = NO_PRICES
    settings: SettingsAdmin | None = None
    follow_ups: FollowUps = field(init=False)

    def __post_init__(self) -> None:
        self.follow_ups = FollowUps(
            records=self.store.audit,
            memory=FollowUpMemory(self.store),
            lasting=self.store.lasting,
            clock=StepClock(wall=NOON),
            settings=lambda: Settings(questions=QuestionSettings(follow_ups=True)),
            session=self.running.session,
            words=lambda: catalogs()[Language.EN],
            masked=lambda words: words,
            new_id=lambda: uuid4().hex,
            changed=lambda: None,
        )

    @property
    def queries(self) -> SessionQueries:
        return SessionQueries(
            tracker=self.running,
            archive=self.store.session_ranges,
            aside=self.store.reads.run,
            counts=self.store.sessions,
            prices_as_of=PRICES_AS_OF,
            prices=lambda: self.prices,
        )

    @property
    def usage(self) -> UsageQueries:
        return UsageQueries(
            archive=self.store.session_ranges,
            aside=self.store.reads.run,
            prices=lambda: self.prices,
            hurry=self.running.hurry,
            local_day=lambda at_ms: local_time(at_ms).date().isoformat(),
            midnight=midnight_ms,
        )

    def keep(self, *sessions: Session) -> None:
        """Keep sessions, with their use on the day on which they were last seen."""
        self.store.sessions.keep(sessions, [usage for one in sessions for usage in used(one)])

    def run(self, session: Session, **facts: Any) -> None:
        """Let a session run; the database knows it, too."""
        live = Live(session_id=session.session_id, state=session.state, waiting_for=session.waiting_for, **facts)
        self.running.lives.append((live, session))
        self.keep(session)

    def places(self, site: Site) -> tuple[PageRoute, ...]:
        return (
            *SessionsPage(site, self.queries, self.follow_ups).places(),
            *UsagePage(site, self.usage, self.settings).places(),
        )


@contextmanager
def session_stage(folder: Path) -> Iterator[SessionStage]:
    """An empty one."""
    store = SqliteStore(folder / "history.sqlite3")
    try:
        yield SessionStage(store, Running(store))
    finally:
        store.close()


def used(session: Session) -> list[DayUsage]:
    """Its tokens, all on its last day."""
    day = local_time(session.last_ms).date().isoformat()
    found = []
    for model, tokens in session.tokens.items():
        amount = picos(model, tokens)
        price = None if amount is None else micros(amount)
        found.append(DayUsage(session_id=session.session_id, day=day, model=model, tokens=tokens, micros=price))
    return found


def past_session(number: int, rand: random.Random, *, days: int = 30) -> Session:
    """One of many, other for each number."""
    last_ms = NOON - rand.randrange(days * DAY)
    size = rand.randrange(1, 60)
    names = _TOOLS[: 2 + size % 6]
    tools = {name: ToolUse(calls=rand.randrange(3, 4 * size + 3), failed=rand.randrange(3)) for name in names}
    tokens = {
        rand.choice((OPUS, SONNET)): Tokens(
            input=900 * size, output=2_100 * size, cache_creation=30_000 * size, cache_read=900_000 * size
        )
    }
    prices = [picos(model, spent) or 0 for model, spent in tokens.items()]
    project = _PROJECTS[min(int(rand.expovariate(0.7)), len(_PROJECTS) - 1)]
    return Session(
        session_id=f"{number:08x}-0000-4000-8000-000000000000",
        cwd=f"/home/li/code/{project}",
        project=project,
        branch=rand.choice(("main", "feature/stream-export", "")),
        title=rand.choice(_TITLES),
        version="2.1.330",
        state=SessionState.ENDED,
        started_ms=last_ms - size * 3 * MINUTE,
        last_ms=last_ms,
        active_ms=size * MINUTE,
        models=tuple(tokens),
        prompts=1 + size % 9,
        tools=tools,
        files=tuple(f"/home/li/code/{project}/src/part{part}.py" for part in range(size % 12)),
        lines_added=size * 21,
        lines_removed=size * 6,
        tokens=tokens,
        cost=Cost(micros=sum(micros(price) for price in prices)),
    )


def whole_session(**changes: Any) -> Session:
    """One with something of everything, at work for 47 minutes."""
    begun = NOON - 47 * MINUTE
    facts: dict[str, Any] = {
        "session_id": "5f0c2a9e-7b1d-4c55-9c0e-2f6a1d3b8e77",
        "cwd": "/home/li/code/api",
        "project": "api",
        "branch": "feature/stream-export",
        "title": _EXPORT,
        "version": "2.1.330",
        "state": SessionState.WAITING,
        "waiting_for": "permission",
        "started_ms": begun,
        "last_ms": NOON - MINUTE,
        "active_ms": 31 * MINUTE,
        "prompted_ms": NOON - 12 * MINUTE,
        "models": (OPUS, SONNET),
        "prompts": 3,
        "tools": {
            "Bash": ToolUse(calls=41, failed=3, denied=1),
            "Read": ToolUse(calls=28),
            "Edit": ToolUse(calls=19, failed=1),
            "Grep": ToolUse(calls=12),
            "Task": ToolUse(calls=2),
            "mcp__dingtalk__dingtalk_send_markdown": ToolUse(calls=1),
        },
        "files": tuple(f"/home/li/code/api/orders/export/{name}.py" for name in ("stream", "rows", "views", "tests")),
        "lines_added": 412,
        "lines_removed": 87,
        "tokens": {
            OPUS: Tokens(input=1_900, output=48_000, cache_creation=310_000, cache_read=9_400_000),
            SONNET: Tokens(input=400, output=6_100, cache_creation=41_000, cache_read=700_000),
        },
        "cost": Cost(micros=7_420_000),
        "context_tokens": 128_400,
        "subagents": 2,
        "errors": 1,
        "tasks": (Task(title="Stream rows from the database", done=True), Task(title="测试百万行导出", done=False)),
        "commits": ("Stream the export row by row",),
        "pending": (PendingCall(tool="Bash", about="alembic upgrade head"),),
        "moments": moments(begun),
    }
    return Session(**{**facts, **changes})


def moments(begun: int) -> tuple[Moment, ...]:
    """Forty-seven minutes of work."""

    def moment(kind: MomentKind, minute: int, until: int = 0, **more: Any) -> Moment:
        return Moment(kind=kind, at_ms=begun + minute * MINUTE, until_ms=begun + max(minute, until) * MINUTE, **more)

    return (
        moment(MomentKind.PROMPT, 0),
        moment(MomentKind.TOOLS, 1, 9, tools={"Read": 21, "Grep": 12, "Bash": 9}),
        moment(MomentKind.DONE, 10),
        moment(MomentKind.PROMPT, 14),
        moment(MomentKind.TOOLS, 15, 26, tools={"Edit": 16, "Bash": 24, "Read": 7, "Task": 2}, failed=4),
        moment(MomentKind.COMPACTED, 27, tokens=18_400),
        moment(MomentKind.FAILED, 29, word="overloaded"),
        moment(MomentKind.PROMPT, 35),
        moment(MomentKind.TOOLS, 36, 46, tools={"Bash": 8, "Edit": 3}, failed=1),
    )


def notice(session: Session, number: int = 1, **changes: Any) -> Delivery:
    """A message that the app sent about it."""
    facts: dict[str, Any] = {
        "id": f"{number:032x}",
        "group_id": f"{number:032x}",
        "stage": Stage.SENT,
        "robot": "team",
        "origin": Origin(
            source=Source.AUTO, tool="waiting", client="", session=session.session_id, project=session.project
        ),
        "title": f"⏳ {session.project} is waiting for you",
        "message": TextMessage(content="Allow it to run alembic upgrade head?"),
        "created_ms": NOON - (21 - number) * MINUTE,
        "updated_ms": NOON - (21 - number) * MINUTE,
        "due_ms": NOON,
    }
    return Delivery(**{**facts, **changes})


def fill(stage: SessionStage, *, count: int = 140, days: int = 29) -> None:
    """A month of work, and three sessions that run."""
    rand = random.Random(5)
    stage.keep(*(past_session(number, rand, days=days) for number in range(count)))
    waits = whole_session()
    stage.run(waits, since_ms=NOON - 3 * MINUTE, word_ms=NOON - 3 * MINUTE)
    span = WaitSpan(session_id=waits.session_id, since_ms=NOON - 25 * MINUTE, until_ms=NOON - 21 * MINUTE, asks="input")
    stage.store.sessions.keep([], [], [span])
    stage.store.accept([notice(waits), notice(waits, 2, stage=Stage.FAILED, title="🤖 api: 任务完成")])
    works = past_session(9_001, rand)
    stage.run(
        _running(works, SessionState.WORKING, project="web-frontend", title="Upgrade to React 21"),
        since_ms=NOON - 12 * MINUTE,
    )
    unpriced = {"x-1": Tokens(input=4_100, output=9_000)}
    facts = {"project": "docs", "title": "", "tokens": unpriced, "cost": Cost(micros=None, unknown_models=("x-1",))}
    stage.run(_running(past_session(9_002, rand), SessionState.IDLE, **facts), since_ms=NOON - 2 * HOUR)


def _running(session: Session, state: SessionState, **changes: Any) -> Session:
    return replace(session, state=state, last_ms=NOON - MINUTE, started_ms=NOON - HOUR, **changes)
