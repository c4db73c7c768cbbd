"""Edits of settings.toml by pages: only what was changed is written, whatever else its owner wrote."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.settings import robot_settings
from tests.support.words import said
from tray_app.adapters.files.settings import SettingsFile
from tray_app.core.kernel.errors import InvalidSettings, SettingsChanged
from tray_app.core.settings.notices import NoticeKind
from tray_app.core.settings.routes import Route, Subject
from tray_app.core.settings.text import TomlValue, look_up

WRITTEN = """# my own words, 中文
language = "en"   # at work

# the group
[robots.team]
host="oapi.dingtalk.com"
keywords = [
  "Claude", # first
  'ops',
]

[notices]
waiting = false # too much
session_end = { min_minutes = 5 }

[[routes]] # the shop
project = "shop"
robot = "team"

# nights
[[routes]]
kind = 'failure'
robot = "team"
[history]
days = 1_000
"""


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    one = SettingsFile(tmp_path / "settings.toml")
    one.path.write_bytes(WRITTEN.encode())
    one.load()
    return one


def now(file: SettingsFile) -> str:
    return file.path.read_bytes().decode("utf-8-sig")


def test_a_changed_value_is_the_only_byte_that_changes(file: SettingsFile) -> None:
    file.change({"history.days": 90, "language": "zh", "notices.session_end.min_minutes": 7})
    expected = WRITTEN.replace("1_000", "90").replace('"en"', '"zh"').replace("min_minutes = 5", "min_minutes = 7")
    assert now(file) == expected


def test_a_value_that_is_the_same_is_not_touched(file: SettingsFile) -> None:
    file.change({"history.days": 1000, "language": "en", "robots.team.keywords": ["Claude", "ops"]})
    assert now(file) == WRITTEN


def test_a_switched_off_kind_gets_more_settings_and_stays_off(file: SettingsFile) -> None:
    file.change({"notices.waiting.after_s": 30})
    assert file.current.notices.rules[NoticeKind.WAITING].enabled is False
    assert file.current.notices.waiting.after_ms == 30_000
    assert "# too much" in now(file)
    file.change({"notices.waiting.enabled": True})
    assert file.current.notices.rules[NoticeKind.WAITING].enabled is True


def test_a_value_taken_out_is_the_usual_one_again(file: SettingsFile) -> None:
    file.change({"history.days": None, "delivery.attempts": None, "notices.waiting": None})
    assert file.current.history.days == 90
    assert now(file) == WRITTEN.replace("days = 1_000\n", "").replace("waiting = false # too much\n", "")


def test_rules_of_a_project_whose_name_has_a_dot(file: SettingsFile) -> None:
    key = "notices.projects.my%2Eapp.waiting.enabled"
    file.change({key: True})
    assert file.current.notices.of(Subject(project="my.app")).rules[NoticeKind.WAITING].enabled is True
    assert look_up(file.look().data, key) is True
    assert now(file).startswith(WRITTEN[:100])


def test_routes_are_added_raised_and_removed_with_their_comments(file: SettingsFile) -> None:
    file.add_route(Route(project="~/work", tool="dingtalk_send_*", robot="team"))
    assert [one.project or one.kind for one in file.current.routes] == ["shop", "failure", "~/work"]
    file.raise_route(1, version=file.look().version)
    assert [one.project or one.kind for one in file.current.routes] == ["failure", "shop", "~/work"]
    changed = Route(project="shops", robot="team")
    file.change_route(1, changed, version=file.look().version)
    assert file.current.routes[1] == changed
    assert "[[routes]] # the shop" in file.path.read_text()
    file.change_route(1, Route(project="shop", robot="team"), version=file.look().version)
    file.remove_route(0, version=file.look().version)
    assert [one.project or one.kind for one in file.current.routes] == ["shop", "~/work"]
    assert "# the shop" in now(file)
    assert "# my own words, 中文" in now(file)
    assert file.current.history.days == 1000
    for _ in range(2):
        file.remove_route(0, version=file.look().version)
    assert list(file.current.routes) == []
    file.add_route(Route(project="x", robot="team"))
    assert list(file.current.routes) == [Route(project="x", robot="team")]


def test_routes_on_one_line_are_added_to(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.toml")
    file.path.write_text('routes = [{project = "a", robot = "team"}]\n[robots.team]\n', "utf-8")
    file.add_route(Route(project="b", robot="team"))
    file.raise_route(1, version=file.look().version)
    assert [one.project for one in file.current.routes] == ["b", "a"]


def test_a_removed_robot_takes_its_routes_along(file: SettingsFile) -> None:
    file.add_robot("ops", robot_settings())
    file.add_route(Route(project="web", robot="ops"))
    assert file.remove_robot("team").routes == (Route(project="web", robot="ops"),)


@pytest.mark.parametrize("change", ["change", "remove_route", "raise_route"])
def test_a_file_that_was_changed_meanwhile_is_not_written(file: SettingsFile, change: str) -> None:
    read = file.look().version
    theirs = WRITTEN.replace("1_000", "7")
    file.path.write_bytes(theirs.encode())
    with pytest.raises(SettingsChanged):
        getattr(file, change)({"history.days": 3} if change == "change" else 1, version=read)
    assert now(file) == theirs


def test_a_broken_file_shows_what_it_said_before_and_where_it_is_broken(file: SettingsFile) -> None:
    file.path.write_text(WRITTEN + "dayz = 3\n", "utf-8")
    seen = file.look()
    assert look_up(seen.data, "history.days") == 1000
    assert seen.trouble is not None
    line = WRITTEN.count("\n") + 1
    assert said(seen.trouble.reason).startswith(f"settings.toml: line {line}: history.dayz is not a setting here")
    with pytest.raises(InvalidSettings):
        file.change({"history.days": 3}, version=seen.version)


def test_line_ends_and_the_mark_of_a_windows_editor_stay(file: SettingsFile) -> None:
    raw = b"\xef\xbb\xbf" + WRITTEN.replace("\n", "\r\n").encode()
    file.path.write_bytes(raw)
    file.change({"history.days": 90})
    assert file.path.read_bytes() == raw.replace(b"1_000", b"90")


_values: dict[str, st.SearchStrategy[TomlValue | None]] = {
    "language": st.sampled_from(["auto", "en", "zh"]),
    "history.days": st.integers(1, 900),
    "history.store_content": st.booleans() | st.none(),
    "endpoint.port": st.integers(0, 65_535) | st.none(),
    "delivery.extra_hosts": st.lists(st.from_regex(r"[a-z]{1,8}\.cn", fullmatch=True), max_size=3, unique=True),
    "notices.quiet_hours": st.sampled_from(["", "22:00-08:00"]) | st.none(),
    "notices.waiting.after_s": st.integers(0, 900) | st.none(),
    "notices.session_end.enabled": st.booleans(),
    "notices.projects.a%2Eb.failure.at_all": st.booleans() | st.none(),
}
_pieces = st.sampled_from(
    [
        "# words\n",
        "[history]\ndays = 3 # few\n",
        "[notices.waiting]\nidle = true\n",
        "[notices.session_end]\n\n",
        "[endpoint] # local\nport = 0x2222\n",
        "[robots.team]\n",
        '[[routes]]\nproject = "x"\nrobot = "sandbox"\n',
        "[delivery]\nextra_hosts = [\n 'a.cn',\n] # one\n",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(_pieces, unique=True, max_size=8),
    st.fixed_dictionaries({}, optional=_values),
)
def test_after_any_change_the_file_says_what_was_asked_and_all_the_rest_as_before(
    tmp_path: Path, pieces: list[str], asked: dict[str, TomlValue | None]
) -> None:
    file = SettingsFile(tmp_path / "settings.toml")
    before = 'message_language = "en" # reports\n' + "".join(pieces)
    file.path.write_text(before, "utf-8")
    file.change(asked)
    after = file.look().data
    assert {key: look_up(after, key) for key in asked} == asked
    file.change({key: look_up(tomllib.loads(before), key) for key in asked})
    assert said_of(file.look().data) == said_of(tomllib.loads(before))
    assert [line for line in before.splitlines() if "#" in line and line.split("#")[1] not in now(file)] == []


def said_of(data: object) -> object:
    """What a file says, without tables that say nothing."""
    if not isinstance(data, dict):
        return data
    kept = {key: said_of(value) for key, value in data.items()}
    return {key: value for key, value in kept.items() if value != {}}


def test_a_route_to_a_robot_that_is_not_there_is_a_fault_with_its_line(file: SettingsFile) -> None:
    file.path.write_text(
        WRITTEN.replace("kind = 'failure'\nrobot = \"team\"", "kind = 'failure'\nrobot = \"taem\""), "utf-8"
    )
    with pytest.raises(InvalidSettings) as caught:
        file.load()
    line = WRITTEN[: WRITTEN.index("kind = 'failure'")].count("\n") + 2
    assert said(caught.value.reason) == (
        f"settings.toml: line {line}: routes.2.robot: there is no robot named taem "
        "(there are: team, environment, sandbox)"
    )
