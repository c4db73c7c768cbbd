"""`[prices]` of settings.toml: the owner's own prices, found by whatever id a model has in the records."""

import pytest

from tests.support.settings import read
from tests.support.words import said
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.prices import NO_PRICES, ModelPrice, OwnPrices

_GLM = ModelPrice(input=0.6, output=2.2, cache_read=0.11)
_QWEN, _QWEN_BIG = ModelPrice(input=1, output=2), ModelPrice(input=3, output=4)


def prices(**tables: object) -> OwnPrices:
    return read({"prices": tables}).prices


def test_nothing_written_means_no_prices() -> None:
    assert read({}).prices == NO_PRICES
    assert NO_PRICES.of("glm-5.2") is None


def test_a_table_says_dollars_per_million_tokens() -> None:
    whole = {"input": 3, "output": 15.5, "cache_write": 3.75, "cache_write_1h": 6, "cache_read": 0.3}
    found = prices(**{"glm-5.2": whole, "kimi": {"input": 0, "output": 0}})
    assert found.of("glm-5.2") == ModelPrice(
        input=3.0, output=15.5, cache_write=3.75, cache_write_1h=6.0, cache_read=0.3
    )
    assert found.of("kimi") == ModelPrice(input=0.0, output=0.0)


@pytest.mark.parametrize(
    "model",
    [
        "glm-5.2",
        "GLM-5.2",
        "glm-5-2",
        "zhipu/glm-5.2",
        "z-ai/glm-5.2",
        "openrouter/z-ai/glm-5.2:free",
        "glm-5.2[1m]",
        "zhipu/glm-5.2[1m]",
        "glm-5.2-20260701",
        "glm-5.2@20260701",
        "glm-5.2-2026-11-29",
        "glm-5.2-latest",
        "glm-5.2:latest",
    ],
)
@pytest.mark.parametrize("name", ["glm-5.2", "GLM-5.2", "glm-5-2", "glm-5.2[1m]"])
def test_a_name_holds_for_every_spelling_of_the_model(name: str, model: str) -> None:
    assert OwnPrices({name: _GLM}).of(model) == _GLM


@pytest.mark.parametrize(
    "model", ["glm-5", "glm-5.20", "glm-5.2-air", "my-glm-5.2", "glm-4.5.2", "", "zhipu/", "glm-5.2/other"]
)
def test_another_model_has_another_price(model: str) -> None:
    assert OwnPrices({"glm-5.2": _GLM}).of(model) is None


def test_a_name_of_claude_holds_on_every_cloud() -> None:
    own = OwnPrices({"claude-sonnet-4.5": _GLM})
    for model in (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5@20250929",
        "claude-sonnet-4-5[1m]",
    ):
        assert own.of(model) == _GLM


def test_the_closest_name_wins_and_a_variant_stands_for_itself_alone() -> None:
    own = OwnPrices({"qwen3-coder:30b": _QWEN, "qwen3-coder": _QWEN_BIG, "a/glm-5.2": _GLM, "glm-6[1m]": _QWEN})
    assert own.of("qwen3-coder:30b") == own.of("ollama/qwen3-coder:30b") == _QWEN
    assert own.of("qwen3-coder:480b") == _QWEN_BIG
    assert own.of("b/glm-5.2") is None
    assert own.of("x/a/glm-5.2") == _GLM
    assert OwnPrices({"glm-6[1m]": _QWEN, "glm-6": _GLM}).of("glm-6") == _GLM
    assert OwnPrices({"qwen3-coder:30b": _QWEN}).of("qwen3-coder:480b") is None


def test_thousands_of_ids_are_not_remembered_for_ever() -> None:
    own = OwnPrices({"glm-5.2": _GLM})
    assert [own.of(f"p{number}/glm-5.2") for number in range(2_500)] == [_GLM] * 2_500
    assert own == OwnPrices({"glm-5.2": _GLM})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"input": 1}, "prices.glm-5.2 needs both input and output"),
        ({"input": 1, "output": "2"}, "prices.glm-5.2.output"),
        ({"input": -1, "output": 2}, "prices.glm-5.2.input"),
        ({"input": 1, "output": 2, "cache_reads": 1}, "cache_read"),
        ({"input": True, "output": 2}, "prices.glm-5.2.input"),
        ({"input": float("nan"), "output": 2}, "prices.glm-5.2.input"),
        (5, "prices.glm-5.2"),
    ],
)
def test_what_is_wrong_is_named(table: object, words: str) -> None:
    with pytest.raises(InvalidSettings) as found:
        prices(**{"glm-5.2": table})
    assert words in said(found.value.reason)


def test_a_list_is_no_table_of_prices() -> None:
    with pytest.raises(InvalidSettings) as found:
        read({"prices": ["glm-5.2"]})
    assert 'prices."glm-5.2"' in said(found.value.reason)
