"""The history is searched in a real database: by words of any length, by filters, page by page, and never stale."""

import contextlib
import sqlite3
import timeit
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.support.deliveries import delivery
from tests.support.old_databases import of_schema
from tray_app.adapters.store.deliveries import COLUMNS, to_row
from tray_app.adapters.store.file.migrations import MIGRATIONS, migrate
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.history.query import Choices, HistoryQuery, terms
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Message,
    TextMessage,
)
from tray_app.core.state.snapshot import StoreState

BEFORE_SEARCH = 7  # steps of a file that knows no index yet
SINCE_SEARCH = ["said", "lost", "lost_ms", "sent_as", "waits_ms", "taken_as"]  # columns


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(path)
    yield made
    made.close()


def fill(store: SqliteStore, *contents: str | Message) -> None:
    store.accept([delivery(number, message=_message(content)) for number, content in enumerate(contents)])


def _message(content: str | Message) -> Message:
    return TextMessage(content=content) if isinstance(content, str) else content


def ids(store: SqliteStore, words: str = "", **filters: object) -> list[str]:
    query = replace(HistoryQuery(words=terms(words)), **filters)  # type: ignore[arg-type]  # any field of the query
    return [row.delivery.id for row in store.look.search(query).rows]


def words_on_disk(path: Path, words: str) -> bool:
    """Whether any trigram of the words is in the index's own pages."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'search', 'row')")
    known = {term for (term,) in connection.execute("SELECT term FROM temp.terms")}
    connection.close()
    return any(words[at : at + 3] in known for at in range(len(words) - 2))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("登录接口", ["d0"]),
        ("登录", ["d2", "d0"]),
        ("龘", []),
        ("接", ["d0"]),
        ("LOGIN", ["d1"]),
        ("lo", ["d1"]),
        ("login 失败", []),
        ("登录 失败", ["d2"]),
        ('"the login page"', ["d1"]),
        ('"login the page"', []),
        ("100%", ["d3"]),
        ("0%", ["d3"]),
        ("a_b", ["d3"]),
        ("%", ["d3"]),
        ('say \\"', ["d4"]),
        ("C:\\temp", ["d4"]),
        ("kind", []),
        ("content", []),
        ("ÜBER", ["d5"]),
        ("\0' OR 1=1 --", []),
        ("NEAR(", []),
    ],
)
def test_words_are_found_wherever_they_stand_and_only_there(store: SqliteStore, words: str, found: list[str]) -> None:
    fill(
        store,
        "登录接口已修复",
        "the login page",
        "用户登录：失败",
        "100% of a_b done",
        'they say \\" in C:\\temp',
        "alles über Bord",
    )
    assert ids(store, words) == found


@pytest.mark.parametrize(
    "message",
    [
        TextMessage(content="only zebra here"),
        MarkdownMessage(title="zebra", text="x"),
        MarkdownMessage(title="t", text="# a zebra"),
        LinkMessage(title="t", text="x", message_url="https://zebra.example.com/"),
        ActionCard(
            title="t", text="x", buttons=(Button(title="No", url="https://a.b"), Button(title="zebra", url="x"))
        ),
        FeedCard(links=tuple(FeedItem(title=f"zebra{n}", message_url="u", pic_url="p") for n in range(10))),
    ],
    ids=["text", "title", "markdown", "link", "card", "feed"],
)
def test_every_kind_of_message_is_searched_before_and_after_it_is_settled(store: SqliteStore, message: Message) -> None:
    waiting = delivery(1, message=message, stage=Stage.QUEUED)
    store.accept([waiting])
    assert ids(store, "zebra") == ["d1"] == ids(store, "ze")
    store.save(replace(waiting, stage=Stage.SENT))
    assert ids(store, "zebra") == ["d1"] == ids(store, "ze")


def test_a_single_character_is_looked_for_in_titles_not_in_texts(store: SqliteStore) -> None:
    store.accept([delivery(1, message=MarkdownMessage(title="接口 100%", text="x"), stage=Stage.SENT)])
    store.accept([delivery(2, message=MarkdownMessage(title="t", text="接口 100%"), stage=Stage.SENT)])
    for words in ("接", "%", "接 %"):
        assert ids(store, words) == ["d1"]
    assert ids(store, "接 接口") == ["d1"]
    assert ids(store, "接口") == ["d2", "d1"]


def test_project_tool_and_robot_are_searched_too_and_a_session_learnt_later_counts(store: SqliteStore) -> None:
    store.accept([delivery(1, project="", tool="dingtalk_send_link", robot="night-shift", call_id="c", session="")])
    assert [ids(store, words) for words in ("send_link", "night-sh", "payments")] == [["d1"], ["d1"], []]
    store.sessions.attribute("c", session_id="s", project="payments")
    assert ids(store, "payments") == ["d1"]


def test_pages_follow_one_another_without_a_gap_while_new_rows_come(store: SqliteStore) -> None:
    store.accept([delivery(number) for number in range(7)])
    first = store.look.search(HistoryQuery(limit=3))
    assert [row.delivery.id for row in first.rows] == ["d6", "d5", "d4"]
    store.accept([delivery(7)])
    second = store.look.search(HistoryQuery(limit=3, before=first.older))
    assert [row.delivery.id for row in second.rows] == ["d3", "d2", "d1"]
    last = store.look.search(HistoryQuery(limit=3, before=second.older))
    assert ([row.delivery.id for row in last.rows], last.older) == (["d0"], None)
    assert store.look.search(HistoryQuery(limit=3, words=("message",), before=first.older)).rows == second.rows


def test_filters_narrow_together_and_with_words(store: SqliteStore) -> None:
    store.accept(
        [
            delivery(0, stage=Stage.FAILED, robot="ops", project="web", tool="a", created_ms=100),
            delivery(1, session="s1", grant="ci", source=Source.CLI, created_ms=200),
            delivery(2, session="s1", client="cursor", created_ms=300),
        ]
    )
    assert ids(store, stages=frozenset({Stage.FAILED, Stage.EXPIRED})) == ["d0"]
    assert ids(store, robot="ops", project="web", tool="a") == ["d0"]
    assert ids(store, robot="ops", project="api") == []
    assert ids(store, session="s1") == ["d2", "d1"]
    assert [ids(store, client=name) for name in ("ci", "cursor", "nobody")] == [["d1"], ["d2"], []]
    assert ids(store, source=Source.CLI) == ["d1"]
    assert ids(store, since_ms=200, until_ms=300) == ["d1"]
    assert ids(store, "message", session="s1", since_ms=300) == ["d2"]
    assert store.look.count(HistoryQuery(session="s1"), most=100) == 2
    assert store.look.count(HistoryQuery(), most=2) == 2
    assert store.look.choices() == Choices(
        robots=("ops", "team"), tools=("a", "dingtalk_send_text"), projects=("api", "web"), clients=("ci",)
    )


def test_words_that_are_not_kept_never_reach_the_index(path: Path) -> None:
    store = SqliteStore(path, keep_content=lambda: False)
    waiting = [delivery(n, message=TextMessage(content="zebra"), stage=Stage.QUEUED) for n in range(2)]
    digest = delivery(9, message=TextMessage(content="zebra"), stage=Stage.QUEUED)
    store.accept(waiting)
    assert ids(store, "zebra") == ["d1", "d0"]
    store.save(replace(waiting[0], stage=Stage.DISCARDED))
    store.merge(digest, waiting[1:])
    store.save(replace(digest, stage=Stage.SENT))
    store.accept([delivery(3, message=TextMessage(content="zebra"), stage=Stage.BLOCKED)])
    assert ids(store, "zebra") == [] == ids(store, "ze")
    assert len(ids(store)) == 4
    store.close()
    assert not words_on_disk(path, "zebra")
    assert b"zebra" not in path.read_bytes()


def test_what_is_pruned_is_found_no_more_and_leaves_the_indexs_pages(store: SqliteStore, path: Path) -> None:
    store.accept([delivery(n, message=TextMessage(content=f"zebra {n}"), created_ms=n) for n in range(50)])
    store.accept([delivery(99, message=TextMessage(content="giraffe"), created_ms=99)])
    assert store.prune(before_ms=50) == 50
    assert (ids(store, "zebra"), ids(store, "giraffe")) == ([], ["d99"])
    store.look.tidy(first=True)
    while store.look.tidy(first=False):
        pass
    store.close()
    assert not words_on_disk(path, "zebra")
    assert words_on_disk(path, "giraffe")


def test_an_older_file_opens_at_once_and_is_searched_bit_by_bit_the_newest_first(path: Path) -> None:
    of_schema(path, BEFORE_SEARCH, now_ms=1)
    connection = sqlite3.connect(path)
    known = COLUMNS.split(", ")[: -len(SINCE_SEARCH)]
    assert COLUMNS.split(", ")[-len(SINCE_SEARCH) :] == SINCE_SEARCH
    marks = ", ".join("?" for _ in known)
    rows = [to_row(delivery(number, message=TextMessage(content=f"zebra {number}"))) for number in range(250)]
    rows = [row[: len(known)] for row in rows]
    connection.executemany(f"INSERT INTO deliveries ({', '.join(known)}) VALUES ({marks})", rows)  # noqa: S608
    connection.commit()
    connection.close()
    store = SqliteStore(path)
    assert not store.look.complete()
    assert ids(store, "zebra") == []
    assert ids(store)[:2] == ["d249", "d248"]
    store.accept([delivery(250, message=TextMessage(content="zebra 250"))])
    store.save(replace(delivery(5, message=TextMessage(content="zebra 5")), reason=text("outbox.stopping")))
    assert ids(store, "zebra") == ["d250"]
    assert store.look.index_older(rows=100)
    assert len(ids(store, "zebra", limit=500)) == 101
    store.close()
    store = SqliteStore(path)  # stopped in between: it goes on from there
    while store.look.index_older(rows=100):
        pass
    assert store.look.complete()
    assert len(ids(store, "zebra", limit=500)) == 251
    store.prune(before_ms=10**15)
    assert ids(store, "zebra", limit=500) == []
    store.close()


def _spoil(path: Path, table: str) -> None:
    """Write nonsense over the first page of a table."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


@pytest.mark.parametrize("table", ["search_data", "search_idx", "search_config"])
@pytest.mark.parametrize("running", [False, True])
def test_a_search_index_whose_pages_are_damaged_costs_no_row(path: Path, table: str, *, running: bool) -> None:
    first = SqliteStore(path)
    fill(first, *(f"a message with many words in it, number {number}" for number in range(200)))
    first.write_state("mine", "kept")
    if running:
        assert len(ids(first, "number 177")) == 1
        first._database._connection.execute("PRAGMA cache_size = 0")  # type: ignore[union-attr]  # else it reads no page
    else:
        first.close()
    _spoil(path, table)
    store = first if running else SqliteStore(path)
    for number in range(300, 304):  # a running app meets the damage when it writes or searches
        try:
            store.accept([delivery(number, message=_message("later"))])
            ids(store, "number")
        except StoreUnavailable:
            continue
    while store.look.index_older(rows=100):
        pass
    assert (store.state, store.read_state("mine")) == (StoreState.OK, "kept")
    assert {f"d{number}" for number in range(200)} <= {row.id for row in store.recent(999)}
    assert len(ids(store, "number 177")) == 1
    assert [each.name for each in path.parent.iterdir() if "damaged" in each.name] == []
    store.close()
    again = SqliteStore(path)  # a part that is hardly ever read is met at the next start
    assert len(again.recent(999)) >= 200
    again.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_damaged_index_is_made_anew_and_costs_no_row(path: Path) -> None:
    store = SqliteStore(path)
    store.accept([delivery(n, message=TextMessage(content=f"zebra {n}")) for n in range(30)])
    store.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE search_data SET block = x'ffffffffffffffff' WHERE id > 10")
    connection.commit()
    connection.close()
    store = SqliteStore(path)
    with contextlib.suppress(StoreUnavailable):  # newer versions of SQLite find it when the file is opened
        ids(store, "zebra")
        assert sqlite3.sqlite_version_info >= (3, 44)
    while store.look.index_older(rows=100):
        pass
    assert len(ids(store, "zebra")) == 30
    store.recover()
    assert store.trouble is None
    assert [each.name for each in path.parent.iterdir() if "damaged" in each.name] == []
    store.close()


def test_ten_thousand_rows_are_paged_filtered_and_searched_without_a_wait(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, to=len(MIGRATIONS))
    marks = ", ".join("?" for _ in COLUMNS.split(","))
    body = "- 构建完成，测试通过 build deploy server database\n" * 8
    rows = (to_row(delivery(n, message=MarkdownMessage(title=f"构建 {n}", text=body))) for n in range(10_000))
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO deliveries ({COLUMNS}) VALUES ({marks})", rows)  # noqa: S608
    connection.execute("COMMIT")
    connection.close()
    store = SqliteStore(path)
    asked = [HistoryQuery(), HistoryQuery(stages=frozenset({Stage.HELD})), HistoryQuery(project="none")]
    asked += [HistoryQuery(words=terms(words)) for words in ("database", "构建完成", "龘", "9999", "构建 deploy")]
    for query in asked:
        took_s = timeit.repeat(partial(store.look.search, query), number=1, repeat=5)
        assert min(took_s) < 0.15, query
    assert ids(store, "9999") == ["d9999"]
    store.close()
