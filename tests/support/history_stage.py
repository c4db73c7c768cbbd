"""A history in a real database behind the pages, without an app around it: rows are put in, the page shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.desk import FakeServices
from tests.support.page_server import PageServer, page_server
from tests.support.snapshots import NOON
from tray_app.adapters.store.history import HistoryRows
from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.web.pages.history.page import HistoryPages
from tray_app.channels import CHANNELS
from tray_app.core.delivery.delivery import Delivery, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.services.history.bulk import BulkResend
from tray_app.services.history.queries import HistoryQueries

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass
class FakeSender:
    """Stands in for the door of every message; the app's own is met in tests/e2e."""

    answer: Receipt = field(default_factory=lambda: Receipt(status=Status.SENT, delivery_id="d0"))
    sent: list[str] = field(default_factory=list)

    async def resend(self, delivery_id: str) -> Receipt:
        self.sent.append(delivery_id)
        return self.answer


KEYWORD = "值班"


@dataclass
class HistoryStage:
    """`store` writes to the same file that the pages read; `changed()` lets open pages look again."""

    server: PageServer
    store: SqliteStore
    sender: FakeSender

    def add(self, *rows: Delivery) -> None:
        """Accept rows, and tell the pages."""
        self.store.accept(rows)
        self.server.desk.changed()


def as_seen(row: Delivery) -> Message | None:
    """As a group gets it whose robot wants a keyword."""
    return None if row.message is None else CHANNELS["dingtalk"].as_seen(row.message, keywords=(KEYWORD,))


@contextmanager
def history_stage(path: Path, *rows: Delivery, desk: FakeServices | None = None) -> Iterator[HistoryStage]:
    """Serve a history of these rows until the block ends."""
    read, write, sender, clock = SqliteStore(path), SqliteStore(path), FakeSender(), StepClock(wall=NOON)
    if rows:
        write.accept(rows)
    book = HistoryQueries(
        records=read,
        search=HistoryRows(read.reads),
        aside=read.reads.run,
        clock=clock,
        decided=read.audit.of_delivery,
        knows=lambda row: row.lost_ms is not None and clock.age_ms(row.lost_ms) <= DAY_MS,
        changed=lambda: None,
        wake=lambda: None,
    )
    bulk = BulkResend(HistoryRows(read.reads), read.reads.run, sender.resend)
    try:
        with page_server(
            desk, more=lambda site: HistoryPages(site, book, sender.resend, as_seen, bulk).places()
        ) as server:
            yield HistoryStage(server=server, store=write, sender=sender)
    finally:
        read.close()
        write.close()


REPORT = """### ✅ 会话完成：payments-api

**项目** payments-api · `main`
**时长** 42 分钟

- 修复了登录接口在令牌过期时返回 500 的问题
- 新增 12 个测试，全部通过
- 文档见 [发布说明](https://docs.example.com/release/1.4)

> 剩余：灰度发布需要确认

```
pytest -q
412 passed in 38.2s
```
![覆盖率](https://img.example.com/coverage.png)"""


def story() -> tuple[Delivery, ...]:
    """Messages of two days, of every kind and state."""
    base = NOON - DAY_MS - 2 * HOUR_MS

    def row(number: int, at_ms: int, **changes: Any) -> Delivery:
        return delivery(number, created_ms=at_ms, **changes)

    said = [
        row(1, base, message=TextMessage(content="部署开始"), tool="dingtalk_send_text", project="payments-api"),
        row(
            2,
            base + HOUR_MS // 2,
            message=TextMessage(
                content="Build 812 is green", mentions=Mentions(mobiles=("13800000000",), everyone=True)
            ),
            project="web",
            robot="ops-night-shift",
        ),
        row(
            3,
            base + HOUR_MS,
            message=MarkdownMessage(title="会话报告 · payments-api", text=REPORT),
            tool="dingtalk_notify_session_end",
            project="payments-api",
            session="0a1b2c3d-1111-2222-3333-444455556666",
            grant="claude-code",
            masked=(("github", 1), ("url-password", 2)),
            rule="tools.dingtalk_notify_session_end",
        ),
        row(
            4,
            NOON - 3 * HOUR_MS,
            message=MarkdownMessage(title="夜间构建失败", text="**3** 个用例失败"),
            stage=Stage.FAILED,
            errcode=310000,
            reason=text("credentials.swapped"),
            hint=text("credentials.swapped_hint"),
            attempts=1,
            project="payments-api",
            tool="dingtalk_send_markdown",
        ),
        row(
            5,
            NOON - 2 * HOUR_MS,
            message=LinkMessage(
                title="PR #128 等待评审",
                text="修复登录接口，改动 12 个文件",
                message_url="https://git.example.com/team/api/pulls/128",
                pic_url="https://img.example.com/pr.png",
            ),
            tool="dingtalk_send_link",
        ),
        row(
            6,
            NOON - HOUR_MS,
            message=ActionCard(
                title="要不要发布 1.4？",
                text="### 发布 1.4\n\n全部检查通过。",
                buttons=(
                    Button(title="查看变更", url="https://git.example.com/compare"),
                    Button(title="打开看板", url="dingtalk://dingtalkclient/page/link?url=x"),
                ),
                vertical=False,
            ),
            tool="dingtalk_send_action_card",
            source=Source.AUTO,
        ),
        row(
            7,
            NOON - HOUR_MS // 2,
            message=FeedCard(
                links=(
                    FeedItem(
                        title="本周质量报告", message_url="https://a.example.com", pic_url="https://a.example.com/1.png"
                    ),
                    FeedItem(
                        title="性能对比", message_url="https://b.example.com", pic_url="https://b.example.com/2.png"
                    ),
                )
            ),
            stage=Stage.BLOCKED,
            reason=text("outbox.paused_open"),
            tool="dingtalk_send_feed_card",
        ),
        row(8, NOON - 600_000, message=TextMessage(content="稍后发送的消息"), stage=Stage.QUEUED, due_ms=NOON + 60_000),
        row(9, NOON - 300_000, stage=Stage.REFUSED, reason=text("outbox.stopping"), tool="dingtalk_send_text"),
    ]
    parts = [
        replace(
            delivery(
                n, message=MarkdownMessage(title=f"长消息 ({n - 9}/2)", text=f"第 {n - 9} 段"), created_ms=NOON - 60_000
            ),
            group_id="d10",
            part=n - 9,
            parts=2,
        )
        for n in (10, 11)
    ]
    return (*said, *parts)


def decided(number: int, **changes: Any) -> AuditEntry:
    """Give the audit's line about a message: allowed, the twelfth of eighteen."""
    entry = AuditEntry(
        id=f"a{number}",
        at_ms=NOON,
        tool="dingtalk_notify_session_end",
        client="claude-code",
        grant="claude-code",
        session="",
        decision=DecisionKind.ALLOW,
        rule="tools.dingtalk_notify_session_end",
        counter="sends",
        used=12,
        most=18,
        delivery_id=f"d{number}",
    )
    return replace(entry, **changes)
