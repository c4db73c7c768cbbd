import pytest

from tray_app.core.claude_code.pricing import picos, rates
from tray_app.core.sessions.counting.money import micros
from tray_app.core.sessions.session import Tokens

_MILLION = Tokens(input=1_000_000, output=1_000_000, cache_creation=1_000_000, cache_read=1_000_000)
_OCTOBER_6_MS, _OCTOBER_8_MS = 1_791_244_800_000, 1_791_417_600_000


def _dollars(model: str, tokens: Tokens, *, at_ms: int = 0, fast: bool = False) -> float | None:
    amount = picos(model, tokens, at_ms=at_ms, fast=fast)
    return None if amount is None else micros(amount) / 1e6


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-5-5", 4 + 20 + 5 + 0.2),
        ("claude-opus-4-6", 5 + 25 + 6.25 + 0.5),
        ("claude-opus-4-20250514", 15 + 75 + 18.75 + 1.5),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 1 + 5 + 1.25 + 0.1),
        ("claude-haiku-4-5@20251001", 1 + 5 + 1.25 + 0.1),
        ("anthropic/claude-sonnet-4-6[1m]", 3 + 15 + 3.75 + 0.3),
        ("claude-sonnet-4-5-20250929", 6 + 22.5 + 7.5 + 0.6),  # above 200 000 prompt tokens
        ("claude-haiku-5-5", 0.5 + 2.5 + 0.625 + 0.05),  # above 100 000
    ],
)
def test_a_million_of_each_kind_costs_the_list_price(model: str, dollars: float) -> None:
    assert _dollars(model, _MILLION) == pytest.approx(dollars, abs=1e-9)


def test_cache_writes_of_an_hour_cost_twice_the_input() -> None:
    hour = Tokens(cache_creation=1_000_000, cache_creation_1h=1_000_000)
    assert _dollars("claude-opus-4-6", hour) == 10.0
    half = Tokens(cache_creation=1_000_000, cache_creation_1h=500_000)
    assert _dollars("claude-opus-4-6", half) == 5 + 3.125


def test_long_prompts_cost_more_only_above_the_limit_and_the_output_too() -> None:
    at = Tokens(input=100, cache_read=99_900, output=1_000_000)
    over = Tokens(input=101, cache_read=99_900, output=1_000_000)
    assert _dollars("claude-haiku-5-5", at) == pytest.approx(0.5 + 0.00001 + 0.000999)
    assert _dollars("claude-haiku-5-5", over) == pytest.approx(2.5 + 0.0000505 + 0.004995, abs=1e-6)


def test_fast_replies_have_their_price_where_one_is_listed() -> None:
    assert _dollars("claude-opus-4-6", Tokens(output=1_000_000), fast=True) == 150
    assert _dollars("claude-haiku-4-5", Tokens(output=1_000_000), fast=True) == 5


def test_the_price_is_that_of_the_day() -> None:
    read = Tokens(cache_read=1_000_000)
    assert _dollars("claude-sonnet-5-5", read, at_ms=_OCTOBER_6_MS) == 0.2
    assert _dollars("claude-sonnet-5-5", read, at_ms=_OCTOBER_8_MS) == 0.1
    assert _dollars("claude-sonnet-5-5", read) == 0.1


@pytest.mark.parametrize("model", ["claude-opus-4-60", "claude-opus", "gpt-5", "", "<synthetic>", "claude-opus-9"])
def test_an_unknown_model_has_no_price_never_zero(model: str) -> None:
    assert rates(model) is None
    assert picos(model, Tokens(input=1)) is None
    assert picos(model, Tokens()) == 0


def test_the_clients_own_figure_for_a_session_is_met_to_the_millionth() -> None:
    spent = Tokens(input=176, output=112, cache_creation=1616, cache_read=16016)
    assert _dollars("claude-opus-5-5", spent) == 0.014227  # it wrote 0.014227199999999997
