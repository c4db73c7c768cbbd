"""A message and a session are found by the beginning of their ids, where only one has it."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.deliveries import delivery
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.services.history.history import History


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    store = SqliteStore(tmp_path_factory.mktemp("ids") / "history.sqlite3")
    ids = {"abcd1111": "5f0c2a9e-1", "abcd2222": "5f0c2a9e-2", "ef001122": "77aa", "ef0011": "77aa-more"}
    store.accept(
        [
            delivery(number, id=name, group_id=name, session=session)
            for number, (name, session) in enumerate(ids.items())
        ]
    )
    yield History(store, cast("Any", None))
    store.close()


@pytest.mark.parametrize(
    ("begin", "whole"), [("abcd1111", "abcd1111"), ("abcd1", "abcd1111"), ("ef0011", "ef0011"), ("ef00112", "ef001122")]
)
def test_the_only_one_is_found_and_a_whole_id_is_itself(history: History, begin: str, whole: str) -> None:
    assert history.whole_id(begin) == whole


@pytest.mark.parametrize(("begin", "named"), [("abcd", ("abcd1111", "abcd2222")), ("abc", ()), ("zzzz", ()), ("", ())])
def test_of_several_all_are_named_and_of_none_that_is_said(history: History, begin: str, named: Sequence[str]) -> None:
    with pytest.raises(TrayAppError) as told:
        history.whole_id(begin)
    assert all(name in str(told.value.hint.args.get("words", "")) for name in named)


def test_a_session_is_found_likewise_and_an_unknown_one_stays_as_it_was_said(history: History) -> None:
    assert [history.whole_session(begin) for begin in ("5f0c2a9e-1", "77aa", "77aa-", "nobody")] == [
        "5f0c2a9e-1",
        "77aa",
        "77aa-more",
        "nobody",
    ]
    with pytest.raises(TrayAppError):
        history.whole_session("5f0c")


@pytest.mark.anyio
@pytest.mark.parametrize("source", [Source.QUESTION, Source.REPLY])
async def test_what_is_between_the_app_and_its_owner_is_not_sent_again(tmp_path: Path, source: Source) -> None:
    with closing(SqliteStore(tmp_path / "history.sqlite3")) as store:
        store.accept([delivery(1, id="q1", group_id="q1", source=source, stage=Stage.SENT)])
        history = History(store, cast("Any", None))
        with pytest.raises(TrayAppError) as told:
            await history.resend("q1", source=Source.CLI)
        assert told.value.reason == text("outbox.resend_private")
        assert not history.kept("q1")
