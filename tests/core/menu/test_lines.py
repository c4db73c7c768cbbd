"""Single lines: cut, cleaned, and timed as their reader's clock says."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.snapshots import MINUTE, NOON, shanghai
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Language
from tray_app.core.kernel.words import fit
from tray_app.core.menu.lines import MARKS, Speaker


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_fitted_line_is_short_printable_and_begins_as_the_words_do(words: str, room: int) -> None:
    line = fit(words, room)
    assert len(line) <= room
    assert line.isprintable()
    assert line == " ".join(line.split())
    assert fit(words, 10_000).startswith(line.removesuffix("…"))


def test_control_and_direction_characters_cannot_reshape_a_line() -> None:
    assert fit("a\r\n\tb\x00\x1b[31m\u202e\u200bc\ud800\ufffe") == "a b[31mc"


def test_times_are_said_as_near_as_they_are() -> None:
    english = Speaker(catalog=catalogs()[Language.EN], local=shanghai, now_ms=NOON)
    day = 24 * 60 * MINUTE
    said = [english.time(NOON + away) for away in (0, 11 * 60 * MINUTE, 12 * 60 * MINUTE, -day, 3 * day, 60 * day)]
    assert said == ["12:00", "23:00", "tomorrow 00:00", "11-21 12:00", "11-25 12:00", "2027-01-21"]


def test_every_stage_has_a_mark_of_one_character() -> None:
    assert set(MARKS) == set(Stage)
    assert {len(mark) for mark in MARKS.values()} == {1}
