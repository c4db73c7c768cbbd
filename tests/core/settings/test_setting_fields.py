"""Every setting is a field with words of its own; what a person types becomes the file's value, or is refused."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.catalogs import catalogs
from tests.support.words import said
from tray_app.core.kernel.texts import Text
from tray_app.core.settings.form_fields import Field, Group, groups, notice_groups
from tray_app.core.settings.text import look_up, parts_of, quoted
from tray_app.core.settings.values import Wrong

TEXTS = Path(__file__).parents[3] / "assets" / "texts" / "setting.toml"
EVERY = [one for group in groups() for one in group.fields]


def by_key(key: str) -> Field:
    return next(one for one in EVERY if one.key == key)


def words(shown: list[Group]) -> Iterator[Text]:
    for group in shown:
        yield from (group.title, group.help)
        for one in group.fields:
            yield from (one.label, one.help, *(meaning for _, meaning in one.choices))


def test_every_field_group_and_choice_has_its_words_and_no_words_are_left_over() -> None:
    shown = [*groups(), *notice_groups("api")]
    for catalog in catalogs().values():
        assert [catalog(one) for one in words(shown) if catalog(one).startswith("⟨")] == []
    entries = {f"setting.{name}" for name in tomllib.loads(TEXTS.read_text("utf-8"))}
    assert entries == {one.key for one in words(shown)}


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.key)
def test_the_usual_value_comes_back_from_the_form_as_it_is(one: Field) -> None:
    assert one.usual is not None
    value = one.value(one.written(one.usual))
    assert value == one.usual
    assert type(value) is type(one.usual) or isinstance(one.usual, float)


@pytest.mark.parametrize(
    "one", [one for group in notice_groups("api") for one in group.fields], ids=lambda one: one.key
)
def test_nothing_typed_for_a_project_means_as_for_all(one: Field) -> None:
    assert one.written(None) == ""
    assert one.value(" ") is None


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("history.days", " 30 ", 30),
        ("history.days", "", None),
        ("delivery.wait_s", "2.5", 2.5),
        ("delivery.extra_hosts", "a.cn\n\n b.cn ", ["a.cn", "b.cn"]),
        ("delivery.extra_hosts", "", []),
        ("language", "en", "en"),
        ("notices.quiet_hours", "", ""),
        ("notices.quiet_hours", "22:00-08:00", "22:00-08:00"),
        ("notices.waiting.robot", "ops", "ops"),
        ("notices.waiting.enabled", "yes", True),
        ("notices.waiting.enabled", "no", False),
    ],
)
def test_what_is_typed_becomes_the_files_value(key: str, typed: str, value: object) -> None:
    assert by_key(key).value(typed) == value


@pytest.mark.parametrize(
    ("key", "typed", "want"),
    [
        ("history.days", "0", "a number from 1 to 36500"),
        ("history.days", "soon", "a number from 1 to 36500"),
        ("history.days", "2.5", "a number from 1 to 36500"),
        ("delivery.wait_s", "nan", "a number from 0 to 50"),
        ("language", "de", 'one of "auto"'),
        ("notices.quiet_hours", "22-8", 'hours such as "22:00-08:00"'),
        ("delivery.extra_hosts", "https://a.cn/", "a host name such as"),
        ("notices.failure.at_mobiles", "nobody", "a list of at most"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(key: str, typed: str, want: str) -> None:
    with pytest.raises(Wrong) as caught:
        by_key(key).value(typed)
    assert said(caught.value.want).startswith(want)


@pytest.mark.parametrize("name", ["api", "my.app", "100%", "%2E", "中 文"])
def test_any_projects_name_is_one_part_of_a_key(name: str) -> None:
    key = f"notices.projects.{quoted(name)}.waiting.idle"
    assert parts_of(key) == ["notices", "projects", name, "waiting", "idle"]
    assert look_up({"notices": {"projects": {name: {"waiting": {"idle": True}}}}}, key) is True


def test_a_switch_for_a_whole_kind_is_its_enabled() -> None:
    data = {"notices": {"waiting": False}}
    assert look_up(data, "notices.waiting.enabled") is False
    assert look_up(data, "notices.waiting.idle") is None
