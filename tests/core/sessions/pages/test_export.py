"""What is exported opens in a spreadsheet as words, whatever an agent called itself."""

import csv
import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.spreadsheet import safe
from tray_app.core.sessions.codec import from_data, kept_of, to_data
from tray_app.core.sessions.pages.export import COLUMNS, head, rows
from tray_app.core.sessions.session import Cost, Session, Task, Tokens, ToolUse

_WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@given(
    title=_WORDS, project=_WORDS, tool=_WORDS, start=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "＝", ""])
)
def test_no_cell_of_words_begins_a_formula_and_nothing_is_lost(title: str, project: str, tool: str, start: str) -> None:
    session = Session(session_id="s", title=start + title, project=start + project, tools={tool: ToolUse(calls=3)})
    found = list(csv.reader(io.StringIO(head() + rows([kept_of(session)], local=_local), newline="")))
    assert found[0] == list(COLUMNS)
    row = dict(zip(COLUMNS, found[1], strict=True))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row.values())
    assert row["title"].removeprefix("'") == (start + title).removeprefix("'")
    assert row["tool_calls"] == "3"


def test_figures_stay_figures() -> None:
    assert [safe(-3), safe(2.5), safe("-3"), safe("plain")] == [-3, 2.5, "'-3", "plain"]


def test_an_unknown_price_is_an_empty_cell_and_never_nothing() -> None:
    unknown = Session(session_id="s", cost=Cost(micros=None, unknown_models=("x-1",)), started_ms=1_000, last_ms=61_000)
    (line,) = csv.DictReader(io.StringIO(head() + rows([kept_of(unknown)], local=_local), newline=""))
    assert (line["cost_usd_estimate"], line["unpriced_models"]) == ("", "x-1")
    assert (line["started"], line["last"]) == ("1970-01-01 00:00:01+00:00", "1970-01-01 00:01:01+00:00")


@given(
    st.builds(
        Session,
        session_id=_WORDS,
        title=_WORDS,
        cwd=_WORDS,
        branch=_WORDS,
        files=st.lists(_WORDS, max_size=5).map(tuple),
        tools=st.dictionaries(_WORDS, st.builds(ToolUse, calls=st.integers(0, 9), failed=st.integers(0, 9))),
        tokens=st.dictionaries(_WORDS, st.builds(Tokens, input=st.integers(0, 9), cache_read=st.integers(0, 9))),
        cost=st.builds(Cost, micros=st.none() | st.integers(0, 10**12)),
        tasks=st.lists(st.builds(Task, title=_WORDS, done=st.booleans()), max_size=3).map(tuple),
    )
)
def test_what_was_kept_reads_back_as_it_was(session: Session) -> None:
    assert from_data(to_data(session)) == kept_of(session)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(to_data(Session(session_id="")))), inner)
        ),
    )
)
def test_any_damaged_data_reads_as_a_session(data: object) -> None:
    kept = from_data(data if isinstance(data, dict) else {"tokens_by_model": data, "tools": data, "tasks": data})
    assert kept.files >= 0
    assert kept.session.total_tokens.total is not None
