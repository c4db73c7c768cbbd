"""Makes the documentation's pictures of the pages in a real browser: `python -m tests.support.page_pictures`."""

import io
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.support.chromium import running_chromium, window
from tests.support.desk import FakeServices
from tests.support.overview_desks import sessions
from tests.support.page_server import page_server
from tests.support.session_stage import notice, session_stage, whole_session
from tests.support.snapshots import MINUTE, NOON, robot, send, snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.sessions.live.view import DayView
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Task

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
_COLOURS = 256
_WIDTH = 1120


@dataclass(frozen=True, slots=True)
class Said:
    """What agents have said on that day, in the reader's language."""

    running: tuple[str, str, str]
    sent: tuple[str, str, str, str]
    title: str
    tasks: tuple[str, str]
    commit: str
    notices: tuple[str, str]


_SAID = {
    Language.EN: Said(
        ("Move invoices to the new tax rules", "Stream the order export", "Explain the build"),
        (
            "✅ api: the order export streams",
            "⏳ billing is waiting for you: it asks for a permission",
            "Tests are green: 212 of 212",
            "Staging is up again",
        ),
        "Stream the order export, it must not fill the memory",
        ("Stream rows from the database", "Test a million rows"),
        "Stream the export row by row",
        ("⏳ api is waiting for you: it asks for a permission", "✅ api: rows are streamed"),
    ),
    Language.ZH: Said(
        ("把发票迁移到新税率", "订单导出改成流式", "解释构建流程"),
        ("✅ api: 订单导出已改成流式", "⏳ billing 在等您：请求授权", "测试全部通过：212 / 212", "预发布环境已恢复"),
        "把订单导出改成流式，避免内存溢出",
        ("从数据库逐行读取", "测试百万行导出"),
        "逐行写出导出文件",
        ("⏳ api 在等您：请求授权", "✅ api: 已逐行读取"),
    ),
}
_SENT = ((3, Stage.SENT, "api"), (9, Stage.SENT, "billing"), (40, Stage.SENT, "api"), (95, Stage.SENT, "web"))


def overview(browser: Browser, language: Language) -> bytes:
    """A working day: three sessions, one of which waits."""
    said = _SAID[language]
    desk = FakeServices(
        base=snapshot(
            recent=tuple(
                send(ago, stage=stage, project=project, title=title)
                for (ago, stage, project), title in zip(_SENT, said.sent, strict=True)
            ),
            sessions=tuple(replace(one, title=title) for one, title in zip(sessions(), said.running, strict=True)),
            today=DayView(tokens=1_240_000, micros=3_104_000),
        ),
        views={"team": robot("team", minute_used=4), "ops": robot("ops", default=False, minute_used=2, month_used=310)},
        spoken=language,
    )
    with page_server(desk) as server, window(browser, width=_WIDTH) as opened:
        opened.page.goto(server.link(Page.OVERVIEW))
        return opened.page.screenshot(full_page=True)


def session(browser: Browser, language: Language) -> bytes:
    """Forty-seven minutes of one session."""
    said = _SAID[language]
    done, left = (Task(title=title, done=not number) for number, title in enumerate(said.tasks))
    one = whole_session(title=said.title, tasks=(done, left), commits=(said.commit,))
    desk = FakeServices(base=snapshot(now_ms=NOON), views={"team": robot("team")}, spoken=language)
    with (
        tempfile.TemporaryDirectory() as kept,
        session_stage(Path(kept)) as stage,
        page_server(desk, more=stage.places) as server,
        window(browser, width=_WIDTH) as opened,
    ):
        stage.run(one, since_ms=NOON - 3 * MINUTE, word_ms=NOON - 3 * MINUTE)
        waited = WaitSpan(
            session_id=one.session_id, since_ms=NOON - 25 * MINUTE, until_ms=NOON - 21 * MINUTE, asks="input"
        )
        stage.store.sessions.keep([], [], [waited])
        stage.store.accept([notice(one, number, title=title) for number, title in enumerate(said.notices, 1)])
        opened.page.goto(server.link(Page.SESSIONS))
        opened.page.goto(f"{server.origin}/ui/sessions/{one.session_id}")
        return opened.page.screenshot(full_page=True)


def main() -> int:
    """Write them all, at noon of the owner's day."""
    os.environ["TZ"] = "Asia/Shanghai"
    if sys.platform != "win32":
        time.tzset()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_chromium() as browser:
        for language in Language:
            for name, take in (("overview", overview), ("session", session)):
                shot = Image.open(io.BytesIO(take(browser, language))).convert("RGB")
                shot.quantize(_COLOURS).save(IMAGES / f"{name}-{language}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
