from dataclasses import replace

from tray_app.core.sessions.live.scan import DayUsage
from tray_app.core.sessions.ranges import DaySum
from tray_app.core.sessions.session import Cost, Estimate, Session, Tokens
from tray_app.core.sessions.usage.prices import day_micros, own_micros, priced, priced_day
from tray_app.core.settings.prices import NO_PRICES, ModelPrice, OwnPrices

_ALL = Tokens(
    input=1_000_000, output=1_000_000, cache_creation=2_000_000, cache_creation_1h=1_000_000, cache_read=1_000_000
)
_OWN = OwnPrices({"glm-5.2": ModelPrice(input=1, output=2)})
_SESSION = Session(
    session_id="s1",
    tokens={"zhipu/glm-5.2": Tokens(input=1_000_000, output=500_000), "claude-opus-4-6": Tokens(input=1_000)},
    cost=Cost(micros=None, unknown_models=("zhipu/glm-5.2",)),
    estimates={"zhipu/glm-5.2": Estimate(micros=None, searches=2), "claude-opus-4-6": Estimate(micros=5_000)},
)


def test_every_kind_of_token_has_its_price_and_a_usual_one_where_none_is_said() -> None:
    whole = ModelPrice(input=1, output=2, cache_write=4, cache_write_1h=8, cache_read=16)
    assert own_micros(OwnPrices({"m": whole}), "m", _ALL, 3) == 31_000_000 + 30_000
    assert own_micros(_OWN, "glm-5.2", _ALL, 0) == 1_000_000 + 2_000_000 + 2 * 1_250_000 + 100_000
    same = ModelPrice(input=1, output=2, cache_write=4)
    assert own_micros(OwnPrices({"m": same}), "m", Tokens(cache_creation=1, cache_creation_1h=1), 0) == 4
    assert own_micros(_OWN, "other", _ALL, 0) is None


def test_a_session_costs_what_the_owner_says_and_else_the_list() -> None:
    assert priced(_OWN, _SESSION).cost == Cost(micros=2_000_000 + 20_000 + 5_000)
    assert priced(NO_PRICES, _SESSION) is _SESSION


def test_the_owners_price_comes_before_the_clients_figure() -> None:
    own = OwnPrices({"claude-opus-4-6": ModelPrice(input=100, output=1)})
    one = replace(_SESSION, tokens={"claude-opus-4-6": Tokens(input=1_000)}, cost=Cost(micros=7, by_client=True))
    assert priced(own, one).cost == Cost(micros=100_000)
    assert priced(_OWN, one).cost == Cost(micros=7, by_client=True)


def test_one_model_that_nobody_knows_leaves_the_cost_unknown() -> None:
    unknown = replace(_SESSION, tokens={**_SESSION.tokens, "x-1": Tokens(input=1)})
    assert priced(_OWN, unknown).cost == Cost(micros=None, unknown_models=("x-1",))


def test_days_likewise() -> None:
    usage = DayUsage(session_id="s", day="d", model="glm-5.2[1m]", tokens=Tokens(output=10), micros=None, searches=1)
    assert (day_micros(_OWN, usage), day_micros(NO_PRICES, usage)) == (10_020, None)
    day = DaySum(day="d", model="glm-5.2", tokens=Tokens(output=10), micros=0, unpriced=True, searches=1)
    assert priced_day(_OWN, day) == replace(day, micros=10_020, unpriced=False)
    assert priced_day(NO_PRICES, day) is day
