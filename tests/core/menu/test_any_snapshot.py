"""The menu of any snapshot at all: short printable lines, each with an id of its own."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.menus import draw, line
from tests.support.snapshots import snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.menu.actions import (
    Explain,
    ShowDelivery,
)
from tray_app.core.menu.item import Item
from tray_app.core.policy.model import Mode, Risk, Stance
from tray_app.core.settings.values import ROBOT_NAME
from tray_app.core.state.problems import Problem, ProblemKind
from tray_app.core.state.snapshot import (
    EndpointState,
    PauseView,
    PolicyView,
    RefusalView,
    RobotOrigin,
    RobotView,
    SendView,
    Snapshot,
    StoreState,
    ToolView,
    VaultState,
    WaitingView,
)

words = st.text(max_size=120)
moments = st.integers(min_value=0, max_value=4_000_000_000_000)
small = st.integers(min_value=0, max_value=10**9)
texts = st.builds(lambda said: text("menu.last_trouble", mark="!", time="", reason=said), words) | st.just(
    Text("no.such")
)
robots = st.builds(
    RobotView,
    name=st.from_regex(ROBOT_NAME, fullmatch=True),
    host=words,
    origin=st.sampled_from(RobotOrigin),
    default=st.booleans(),
    ready=st.booleans(),
    signed=st.booleans(),
    keywords=st.just(()),
    queued=small,
    minute_used=small,
    minute_max=small,
    month_used=small,
    month_cap=small,
    limited_until_ms=st.none() | moments,
    limit_reason=st.none() | texts,
    waits_until_ms=st.none() | moments,
    wait_reason=st.none() | texts,
)
sends = st.builds(
    SendView,
    id=words,
    at_ms=moments,
    stage=st.sampled_from(Stage),
    tool=words,
    title=words,
    robot=words,
    project=words,
    errcode=st.none() | small,
    reason=st.none() | texts,
    hint=st.none() | texts,
)
waiting = st.builds(
    WaitingView,
    id=words,
    tool=words,
    risk=st.sampled_from(Risk),
    title=words,
    robot=words,
    project=words,
    client=words,
    reason=texts,
    created_ms=moments,
    expires_ms=moments,
)
tools = st.builds(
    ToolView,
    name=st.from_regex(r"dingtalk_[a-z_]{1,40}", fullmatch=True),
    risk=st.sampled_from(Risk),
    stance=st.sampled_from(Stance),
    hidden=st.booleans(),
    custom=st.booleans(),
    used=st.none() | small,
    most=st.none() | small,
    window_ms=st.none() | st.sampled_from([1_000, 60_000, 3_600_000, 86_400_000]),
)
refusals = st.builds(
    RefusalView,
    id=words,
    delivery_id=words,
    at_ms=moments,
    tool=words,
    client=words,
    rule=words,
    reason=st.none() | texts,
    counter=words,
    used=st.none() | small,
    most=st.none() | small,
    frees_ms=st.none() | moments,
)
policies = st.builds(
    PolicyView,
    default=st.sampled_from(Stance),
    mode=st.sampled_from(Mode),
    from_file=st.booleans(),
    tools=st.lists(tools, max_size=3, unique_by=lambda each: each.name).map(tuple),
    last_refusal=st.none() | refusals,
    everything_until_ms=st.none() | moments,
)
snapshots = st.builds(
    Snapshot,
    now_ms=moments,
    version=words,
    endpoint=st.sampled_from(EndpointState),
    url=words,
    port=small,
    pause=st.none() | st.builds(PauseView, since_ms=moments, until_ms=st.none() | moments, blocked=small),
    robots=st.lists(robots, max_size=3, unique_by=lambda each: each.name).map(tuple),
    vault=st.sampled_from(VaultState),
    store=st.sampled_from(StoreState),
    recent=st.lists(sends, max_size=12, unique_by=lambda each: each.id).map(tuple),
    queued=small,
    sending=small,
    clients=small,
    waiting=st.lists(waiting, max_size=14, unique_by=lambda each: each.id).map(tuple),
    policy=policies,
    problems=st.lists(st.builds(Problem, kind=st.sampled_from(ProblemKind), reason=texts, hint=texts), max_size=4).map(
        tuple
    ),
    agents=st.just(snapshot().agents),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots, st.sampled_from(Language))
def test_any_snapshot_draws_a_menu_of_short_printable_lines_with_ids_of_their_own(
    value: Snapshot, language: Language
) -> None:
    menu = draw(value, language)
    lines = list(menu.walk())
    ids = [item.id for item in lines]
    assert len(set(ids)) == len(ids)
    for item in lines:
        assert len(item.label) <= 45
        assert item.label.isprintable()
        assert bool(item.label) is not item.separator
        assert not (item.children and item.action)
    assert all(part and len(part) <= 45 and part.isprintable() for part in menu.tooltip)
    assert len([item for item in lines if item.default]) == 1
    sends = [each for each in line(menu, "recent").children if isinstance(each.action, ShowDelivery)]
    assert len(sends) == min(len(value.recent), 10)
    assert (menu.find("fix") is not None) is bool(value.problems)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots)
def test_equal_snapshots_draw_equal_menus(value: Snapshot) -> None:
    assert draw(value) == draw(replace(value))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots, snapshots)
def test_a_line_keeps_its_id_and_what_it_does_while_its_words_change(one: Snapshot, other: Snapshot) -> None:
    def acts(item: Item) -> bool:
        """Lines that only explain say other words as well."""
        return not item.id.startswith("fix.") and not isinstance(item.action, Explain)

    before = {item.id: item.action for item in draw(one).walk() if acts(item)}
    after = {item.id: item.action for item in draw(other).walk() if item.id in before}
    assert {
        "status",
        "last",
        "recent",
        "policy",
        "policy.edit",
        "overview",
        "agent.claude-code",
        "agent.claude-code.check",
        "robots",
        "settings",
        "logs",
        "diagnostics",
        "about",
        "quit",
    } <= set(after)
    clicked = {name for name in after if before[name] is not None and after[name] is not None}
    assert {name: before[name] for name in clicked - {"last"}} == {name: after[name] for name in clicked - {"last"}}
