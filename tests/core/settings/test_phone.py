"""`[questions.phone]` of `settings.toml`."""

import pytest

from tests.support.settings import read
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.phone import Content, PhoneSettings


def test_a_project_may_have_a_time_of_its_own() -> None:
    phone = read({"questions": {"phone": {"after_s": 30, "own_delays": ["web = 0", "a=b = 5"], "content": "kind"}}})
    settings = phone.questions.phone
    assert [settings.after_ms(project) for project in ("web", "a=b", "api", "")] == [0, 5_000, 30_000, 30_000]
    assert settings.content is Content.KIND
    assert PhoneSettings().after_ms("web") == 60_000


@pytest.mark.parametrize(
    "bad",
    [
        {"own_delays": ["web"]},
        {"own_delays": ["web = 3601"]},
        {"own_delays": ["= 3"]},
        {"computer_only": ["("]},
        {"computer_only": [""]},
        {"content": "all"},
    ],
)
def test_what_cannot_be_used_is_named(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidSettings) as fault:
        read({"questions": {"phone": bad}})
    assert next(iter(bad)) in str(fault.value.reason.args)
