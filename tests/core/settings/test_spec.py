"""A setting is one annotated line: it is read, refused, shown and owed to the documents by that line alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Annotated

import pytest

from tests.docs.test_seams import table
from tests.support.setting_rows import missing, setting_rows
from tests.support.words import said
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.form_fields import groups
from tray_app.core.settings.reader import read
from tray_app.core.settings.settings import DeliverySettings, Settings
from tray_app.core.settings.spec import APART, AT_START, RETIRED, read_keys, settings_of
from tray_app.core.settings.values import FLAG, FieldShape, ValueKind, choice, whole

if TYPE_CHECKING:
    from tray_app.core.kernel.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreDelivery(DeliverySettings):
    """The table with a new key."""

    retries: Annotated[int, whole(0, 5), AT_START] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A new table, with a word to choose."""

    loud: Annotated[str, choice({"yes": "yes", "very": "very"})] = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreSettings(Settings):
    """All settings, with the new key and the new table."""

    delivery: MoreDelivery = MoreDelivery()
    tone: Tone = Tone()


MORE = MoreSettings()


def more(data: Mapping[str, object]) -> MoreSettings:
    found = read(data, channels=CHANNELS, usual=MORE)
    assert isinstance(found, MoreSettings)
    return found


def test_a_new_key_is_read_beside_the_others() -> None:
    assert more({}).delivery.retries == 2
    assert more({"delivery": {"retries": 5, "attempts": 4}, "tone": {"loud": "very"}}) == MoreSettings(
        delivery=MoreDelivery(retries=5, attempts=4), tone=Tone(loud="very")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"delivery": {"retries": 6}}, "delivery.retries must be a number from 0 to 5"),
        ({"delivery": {"retries": 2.5}}, "delivery.retries must be a number from 0 to 5"),
        ({"delivery": {"retires": 3}}, "delivery.retires is not a setting here; did you mean retries?"),
        ({"tone": {"loud": "no"}}, 'tone.loud must be one of "very", "yes"'),
        ({"tone": 3}, "tone must be a table"),
    ],
)
def test_a_new_key_is_refused_in_words_where_it_may_not_be_so(data: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        more(data)
    assert said(caught.value.reason).startswith(words)
    with pytest.raises(InvalidSettings):
        read({"delivery": {"retries": 2}}, channels=CHANNELS)


def test_a_new_key_is_a_field_of_the_form() -> None:
    shown = {one.key: one for group in groups(MORE) for one in group.fields}
    retries, loud = shown["delivery.retries"], shown["tone.loud"]
    assert (retries.shape, retries.usual, retries.restart) == (FieldShape.NUMBER, 2, True)
    assert (retries.label.key, retries.help.key) == ("setting.delivery_retries", "setting.delivery_retries_help")
    assert retries.value("4") == 4
    assert (loud.shape, [word for word, _ in loud.choices]) == (FieldShape.CHOICE, ["yes", "very"])


def test_a_new_key_is_owed_to_the_documents() -> None:
    assert missing(setting_rows(MORE), table("`settings.toml`")) == [
        "| `delivery.retries` | 0 to 5 | `2` |",
        '| `tone.loud` | `"yes"`, `"very"` | `"yes"` |',
    ]


def test_a_key_without_its_kind_is_no_key() -> None:
    @dataclass(frozen=True)
    class Forgotten:
        flag: Annotated[bool, FLAG] = True
        apart: Annotated[Mapping[str, str], APART] = field(default_factory=dict)
        number: int = 3

    with pytest.raises(TypeError, match=r"Forgotten\.number does not say what it may hold"):
        settings_of(Forgotten)


def test_a_retired_key_is_taken_whatever_it_says_and_offered_to_nobody() -> None:
    @dataclass(frozen=True)
    class Later:
        loud: Annotated[bool, FLAG] = True
        sound: Annotated[object, RETIRED] = None

    faults: list[Text] = []
    assert read_keys("tone", {"sound": ["bell"]}, Later, faults) == {"sound": ["bell"]}
    assert faults == []
    read_keys("tone", {"pitch": 1}, Later, faults)
    assert said(faults[0]) == "tone.pitch is not a setting here (there are: loud)"


def test_every_default_of_ours_is_one_that_may_be_written() -> None:
    def tables(found: object) -> None:
        assert is_dataclass(found)
        assert not isinstance(found, type)
        for name, setting in settings_of(type(found)).items():
            usual = getattr(found, name)
            assert isinstance(setting.kind, ValueKind)
            assert setting.kind.read(setting.kind.plain(usual)) == usual, name
        for one in fields(found):
            if is_dataclass(getattr(found, one.name)) and one.name not in settings_of(type(found)):
                tables(getattr(found, one.name))

    tables(Settings())
