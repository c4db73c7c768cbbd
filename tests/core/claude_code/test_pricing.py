import pytest

from tray_app.core.claude_code.pricing import picos, rates
from tray_app.core.sessions.counting.money import STANDARD, Terms, micros
from tray_app.core.sessions.session import Tokens

_MILLION = Tokens(input=1_000_000, output=1_000_000, cache_creation=1_000_000, cache_read=1_000_000)
_OCTOBER_6_MS, _OCTOBER_8_MS = 1_791_244_800_000, 1_791_417_600_000


def _dollars(model: str, tokens: Tokens, *, at_ms: int = 0, terms: Terms = STANDARD) -> float | None:
    amount = picos(model, tokens, at_ms=at_ms, terms=terms)
    return None if amount is None else micros(amount) / 1e6


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-5-5", 4 + 20 + 5 + 0.2),
        ("claude-opus-4-6", 5 + 25 + 6.25 + 0.5),
        ("claude-opus-4-20250514", 15 + 75 + 18.75 + 1.5),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", (1 + 5 + 1.25 + 0.1) * 1.1),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", 1 + 5 + 1.25 + 0.1),
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
    assert _dollars("claude-opus-4-6", Tokens(output=1_000_000), terms=Terms(fast=True)) == 150
    assert _dollars("claude-haiku-4-5", Tokens(output=1_000_000), terms=Terms(fast=True)) == 5


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


_THOUSAND = Tokens(input=1_000, output=500)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.01155),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.01155),
        ("apac.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.01155),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]", 0.01155),
        ("bedrock/jp.anthropic.claude-sonnet-4-6", 0.01155),
        (f"arn:aws:bedrock:us-east-1:{12:012}:inference-profile/us.anthropic.claude-opus-4-6-v1", 0.01925),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.0105),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 0.0105),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 0.0105),  # before 4.5, a region costs nothing
        ("eu.anthropic.claude-opus-4-1-20250805-v1:0", 0.0525),
        ("claude-sonnet-4-5@20250929", 0.0105),
        ("vertex_ai/claude-opus-4-6@default", 0.0175),
        ("claude-3-5-sonnet-v2@20241022", 0.0105),
        ("anthropic/claude-sonnet-4.5", 0.0105),
        ("claude-3.7-sonnet:thinking", 0.0105),
        ("system.ai.claude-haiku-4-5", 0.0035),
    ],
)
def test_clouds_ids_cost_what_their_place_costs(model: str, dollars: float) -> None:
    assert _dollars(model, _THOUSAND) == pytest.approx(dollars, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [("claude-opus-4-6", 0.01925), ("claude-sonnet-4-5", 0.0105), ("us.anthropic.claude-opus-4-6-v1", 0.01925)],
)
def test_a_reply_to_be_made_in_one_country_costs_a_tenth_more_once(model: str, dollars: float) -> None:
    assert _dollars(model, _THOUSAND, terms=Terms(us_only=True)) == pytest.approx(dollars, abs=1e-9)


def test_web_searches_cost_ten_dollars_a_thousand() -> None:
    assert _dollars("claude-opus-4-6", _THOUSAND, terms=Terms(searches=3)) == pytest.approx(0.0175 + 0.03)
    regional = Terms(searches=3, us_only=True)
    assert _dollars("claude-opus-4-6", _THOUSAND, terms=regional) == pytest.approx(0.01925 + 0.03)
    assert _dollars("glm-5.2", _THOUSAND, terms=Terms(searches=3)) is None


def test_the_length_that_counts_is_that_of_each_request() -> None:
    half = Tokens(input=10, cache_read=90_000, output=1_000_000)
    assert _dollars("claude-haiku-5-5", half + half) == pytest.approx(5 + 0.00001 + 0.009)
    assert _dollars("claude-haiku-5-5", half + half, terms=Terms(parts=(half, half))) == pytest.approx(
        1 + 0.000002 + 0.0018
    )


@pytest.mark.parametrize(
    "name",
    [
        "claude-4-5-sonnet",
        "claude-4.5-sonnet",
        "claude-4-5-sonnet-20250929",
        "replicate/anthropic/claude-4.5-sonnet",
        "databricks-claude-sonnet-4-5",
        "claude-sonnet-4-5-thinking",
        "claude-sonnet-4-5-20250929-thinking",
        "claude-4.5-sonnet-thinking",
    ],
)
def test_a_model_is_known_by_the_names_that_other_services_give_it(name: str) -> None:
    used = Tokens(input=1_000, output=500)
    assert picos(name, used) == picos("claude-sonnet-4-5", used)
    assert picos("claude-4-5-sonnet-fast", used) is None
