"""What the settings form shows where the file does not name a key, but means something for it."""

import tomllib

import pytest

from tray_app.adapters.web.pages.settings.form import blank, changed, read, typed_into
from tray_app.core.settings.text import SettingsText

EACH = "notices.session_end.each"


def file(words: str) -> SettingsText:
    return SettingsText(path="settings.toml", version="1", data=tomllib.loads(words))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("", "no"),
        ("[notices]\nsession_end = true", "yes"),
        ("[notices.session_end]\nmin_minutes = 30", "yes"),
        ("[notices.session_end]\nmin_minutes = 30\neach = false", "no"),
        ("[notices.session_end]\nenabled = false\nmin_minutes = 30", "no"),
    ],
)
def test_a_message_for_each_session_shows_as_it_holds(words: str, shown: str) -> None:
    draft = blank(file(words), "")
    assert draft.values[EACH] == shown
    assert changed(draft) == []


def test_what_is_implied_can_be_switched_off() -> None:
    draft = blank(file("[notices.session_end]\nmin_minutes = 30"), "")
    sent = {**{key: value for key, value in draft.values.items() if value != "no"}, "shown": draft.base, "version": "1"}
    del sent[EACH]  # a box that is not ticked is not sent
    assert read(typed_into(sent, "")) == ({EACH: False}, {})
