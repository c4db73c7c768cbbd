"""How pages say times, sizes and outcomes."""

import pytest
from jinja2 import Environment

from tests.support.catalogs import catalogs
from tests.support.snapshots import MINUTE, NOON
from tray_app.adapters.web.pages.framework.filters import add_filters, local_time, size
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Language


def say(template: str, value: object, *, language: Language = Language.EN) -> str:
    made = Environment(autoescape=True)
    add_filters(made)
    return made.from_string("{{ value|" + template + " }}").render(value=value, t=catalogs()[language], now_ms=NOON)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (23_500, "23 kB"),
        (999_999, "999 kB"),
        (1_500_000, "1.5 MB"),
        (7_000_000_000_000, "7000 GB"),
    ],
)
def test_a_size_has_two_figures_where_they_matter(count: int, said: str) -> None:
    assert size(count) == said


def test_times_are_the_owners_own_and_short_today() -> None:
    assert say("time", NOON) == local_time(NOON).strftime("%H:%M")
    assert say("moment", NOON) == local_time(NOON).strftime("%Y-%m-%d %H:%M:%S")
    assert say("lasting", 65 * MINUTE) == "1 h 5 min"
    assert say("lasting", 12 * MINUTE, language=Language.ZH) == "12 分钟"


def test_counts_and_money_are_said_as_the_tray_says_them() -> None:
    assert (say("short", 182_400), say("dollars", 3_104_000), say("bytes", 512)) == ("182k", "$3.10", "512 B")


@pytest.mark.parametrize("stage", Stage)
def test_every_outcome_has_a_sign_a_word_and_a_tone(stage: Stage) -> None:
    assert len(say("mark", stage)) == 1
    assert say("tone", stage) in {"good", "wait", "bad", "off"}
    words = {say("words", stage, language=language) for language in Language}
    assert len(words) == 2
    assert not any(word.startswith("⟨") for word in words)
