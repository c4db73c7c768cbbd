"""Routes: which messages each fits, in which order they are asked, and what their table in settings.toml may hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.settings import read
from tests.support.words import said
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.routes import Route, RouteKind, Subject, kind_of, route

HOME = "/home/li"
names = st.text("abz._ -[]你", min_size=1, max_size=6).filter(lambda name: name.strip(".") and name == name.strip())
folders = st.lists(names, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
kinds = st.sampled_from(RouteKind)


def leads(project: str, folder: str, *, name: str = "") -> bool:
    subject = Subject(folder=folder, project=name or folder.replace("\\", "/").rpartition("/")[2])
    return route([Route(robot="x", project=project)], subject, home=HOME) is not None


@pytest.mark.parametrize(
    ("project", "fits"),
    [
        ("shop", True),
        ("/code/shop", True),
        ("/code", True),
        ("fix-login", True),
        ("/trees/fix-login", True),
        ("/code/shop-2", False),
        ("trees", False),
    ],
)
def test_a_route_of_a_project_or_its_folder_holds_for_its_worktrees(project: str, fits: bool) -> None:
    subject = Subject(folder="/trees/fix-login", project="shop", worktree="fix-login", main_folder="/code/shop")
    assert (route([Route(robot="x", project=project)], subject, home=HOME) is not None) is fits


@pytest.mark.parametrize(
    ("project", "folder", "fits"),
    [
        ("/code/api", "/code/api", True),
        ("/code/api/", "/code/api", True),
        ("/code/api", "/code/api/src/deep", True),
        ("/code/api", "/code/api2", False),
        ("/code/api", "/code", False),
        ("/", "/anything", True),
        ("~/code", "/home/li/code/api", True),
        ("~", "/home/li/code", True),
        ("~/code", "/home/wang/code", False),
        ("/code/*-api", "/code/shop-api/src", True),
        ("/code/*", "/code/a/b", True),
        ("/code/*/api", "/code/a/b/api", False),
        ("/code/**/api", "/code/a/b/api/src", True),
        ("/code/**/api", "/code/api", True),
        ("/code/ap?", "/code/api", True),
        ("/code/[slug]", "/code/[slug]", True),
        ("C:\\work", "c:\\Work\\api", True),
        ("c:/code/api", "C:\\code\\API", True),
        ("C:\\work", "D:\\work", False),
        ("\\\\server\\share", "\\\\SERVER\\share\\api", True),
        ("/Work", "/code", False),
        ("api", "/anywhere/api", True),
        ("api-*", "/anywhere/api-2", True),
        ("api", "/api/web", False),
        ("api", "", False),
        ("/code", "", False),
    ],
)
def test_a_route_fits_its_folder_and_what_is_below_or_a_project_of_its_name(
    project: str, folder: str, fits: bool
) -> None:
    assert leads(project, folder) is fits


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("dingtalk_send_markdown", RouteKind.MESSAGE),
        ("dingtalk_notify_session_end", RouteKind.SESSION_END),
        ("dingtalk_notify_task_complete", RouteKind.TASK_DONE),
        ("waiting", RouteKind.WAITING),
        ("failure", RouteKind.FAILURE),
        ("send", RouteKind.MESSAGE),
        ("", RouteKind.MESSAGE),
    ],
)
def test_a_tool_says_what_its_messages_are_about(tool: str, kind: RouteKind) -> None:
    assert kind_of(tool) is kind


def test_all_conditions_must_hold_and_the_first_route_that_fits_wins() -> None:
    routes = (
        Route(robot="night", project="api", kind="failure"),
        Route(robot="cards", tool="dingtalk_send_*_card"),
        Route(robot="api", project="api"),
    )

    def robot(**about: Any) -> str | None:
        found = route(routes, Subject(**about), home=HOME)
        return None if found is None else found.robot

    assert robot(project="api", kind=RouteKind.FAILURE) == "night"
    assert robot(project="web", kind=RouteKind.FAILURE) is None
    assert robot(project="api", tool="dingtalk_send_action_card") == "cards"
    assert robot(project="api", tool="dingtalk_send_text") == "api"
    assert robot(tool="dingtalk_send_text") is None


@given(folders, folders)
def test_a_folder_holds_exactly_what_is_below_it(one: str, other: str) -> None:
    assert leads(one, other) is (other == one or other.startswith(one + "/"))


@given(st.lists(st.builds(Route, robot=st.sampled_from("abc"), kind=kinds), max_size=5), kinds)
def test_the_order_decides_and_nothing_else(routes: list[Route], kind: RouteKind) -> None:
    fitting = [one for one in routes if one.kind == kind]
    assert route(routes, Subject(kind=kind), home=HOME) == (fitting[0] if fitting else None)


ROBOTS: dict[str, object] = {"robots": {"team": {}, "ops": {}}}


def test_routes_are_read_in_their_order() -> None:
    table = [
        {"project": " ~/code/api ", "kind": "session_end", "robot": "ops"},
        {"tool": "dingtalk_send_*", "robot": "environment"},
    ]
    assert read({**ROBOTS, "routes": table}).routes == (
        Route(project="~/code/api", kind="session_end", robot="ops"),
        Route(tool="dingtalk_send_*", robot="environment"),
    )


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ({"robot": "team"}, "routes must be at most 200 tables"),
        ([{"project": "api"}], "routes.1 names no robot"),
        ([{"project": "api", "robot": "opps"}], "routes.1.robot: there is no robot named opps (there are: team, ops,"),
        ([{"project": "api", "robot": "team"}, {"robot": "team"}], "routes.2 needs project, tool or kind"),
        ([{"project": "api/src", "robot": "team"}], "routes.1.project must be a folder such as"),
        ([{"project": "", "robot": "team"}], "routes.1.project must be a folder such as"),
        ([{"project": "api", "robot": "a b"}], "routes.1.robot must be named with"),
        ([{"kind": "ended", "robot": "team"}], 'routes.1.kind must be one of "failure", "message"'),
        ([{"projects": "api", "robot": "team"}], "routes.1.projects is not a setting here; did you mean project?"),
        ([3], "routes.1 must be a table"),
    ],
)
def test_a_wrong_route_is_named_with_what_would_be_right(routes: object, words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read({**ROBOTS, "routes": routes})
    assert said(caught.value.reason).startswith(words)


def test_a_route_to_a_robot_whose_table_is_faulty_is_no_second_fault() -> None:
    with pytest.raises(InvalidSettings) as caught:
        read({"robots": {"team": {"per_minute": 0}}, "routes": [{"project": "api", "robot": "team"}]})
    assert [str(fault.args["key"]) for fault in caught.value.faults] == ["robots.team.per_minute"]


values = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["team", "ops", "~/a"])
tables = st.dictionaries(st.sampled_from(["project", "tool", "kind", "robot", "x"]), values, max_size=5)


@given(st.lists(tables | values, max_size=4) | values)
def test_any_routes_are_either_read_or_named_faults(data: object) -> None:
    found = read_or_refused(data)
    if isinstance(found, InvalidSettings):
        assert "⟨" not in said(found.reason)
        assert found.faults
    else:
        assert isinstance(data, list)
        assert len(found) == len(data)
        assert all(one.robot and (one.project or one.tool or one.kind) for one in found)


def read_or_refused(data: object) -> tuple[Route, ...] | InvalidSettings:
    try:
        return read({**ROBOTS, "routes": data}).routes
    except InvalidSettings as error:
        return error


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"routes": [{"project": "shop", "robot": "phone"}]}, "settings.route_personal"),
        ({"robots": {"phone": {"channel": "dingtalk-app", "default": True}}}, "settings.default_personal"),
    ],
)
def test_no_group_message_is_led_to_a_robot_that_speaks_to_its_owner_alone(more: dict[str, Any], key: str) -> None:
    data = {"robots": {"phone": {"channel": "dingtalk-app"}, "team": {}}} | more
    with pytest.raises(InvalidSettings) as caught:
        read(data)
    assert [fault.key for fault in caught.value.faults] == [key]
