"""settings.toml: what is taken, and how everything else is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.settings import read, robot_settings
from tests.support.words import said
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.settings.settings import (
    DeliverySettings,
    EndpointSettings,
    HistorySettings,
    PauseSettings,
    Settings,
)

_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
)
_TABLES = ("delivery", "pause", "endpoint", "history")
_KEYS = st.sampled_from(["language", "message_language", "robots", *_TABLES])


def test_nothing_written_means_the_defaults() -> None:
    assert read({}) == Settings()


def test_every_setting_is_read() -> None:
    data = {
        "language": "zh-CN",
        "message_language": "en",
        "robots": {
            "team": {"host": "OAPI.dingtalk.com", "keywords": ["构建", " build "], "per_minute": 20, "default": True},
            "sand-box_1": {"host": "127.0.0.1:8080", "per_minute": 1000, "monthly_cap": 10},
        },
        "delivery": {
            "wait_s": 3,
            "attempts": 1,
            "digest_after_s": 5,
            "expire_after_h": 2,
            "extra_hosts": ["ding.example.gov.cn"],
        },
        "pause": {"on_resume": "discard"},
        "endpoint": {"port": 9000},
        "history": {"days": 7, "store_content": False},
    }
    assert read(data) == Settings(
        language="zh",
        message_language="en",
        robots={
            "team": robot_settings(keywords=("构建", "build"), per_minute=20, default=True),
            "sand-box_1": robot_settings(host="127.0.0.1:8080", per_minute=1000, monthly_cap=10),
        },
        delivery=DeliverySettings(
            wait_s=3.0, attempts=1, digest_after_s=5, expire_after_h=2, extra_hosts=("ding.example.gov.cn",)
        ),
        pause=PauseSettings(on_resume="discard"),
        endpoint=EndpointSettings(port=9000),
        history=HistorySettings(days=7, store_content=False),
    )


def test_all_faults_are_named_at_once_with_the_nearest_right_name() -> None:
    data = {"langauge": "en", "endpoint": {"port": "8737"}, "robots": {"Team": {}, "ops": {"per_minut": 3}}}
    with pytest.raises(InvalidSettings) as caught:
        read(data)
    assert said(caught.value.reason) == (
        "langauge is not a setting here; did you mean language?; "
        "endpoint.port must be a number from 0 to 65535; "
        "robots.Team must be named with 1 to 32 lower-case letters, digits, - or _; "
        "robots.ops.per_minut is not a setting here; did you mean per_minute?"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"delivery": {"wait_s": True}}, "delivery.wait_s must be a number from 0 to 50"),
        ({"delivery": {"wait_s": float("nan")}}, "delivery.wait_s must be a number from 0 to 50"),
        ({"delivery": 3}, "delivery must be a table: write [delivery] on a line of its own"),
        ({"history": {"store_content": 1}}, "history.store_content must be true or false"),
        ({"pause": {"on_resume": "drop"}}, 'pause.on_resume must be one of "discard", "send"'),
        ({"language": "zh-CN "}, "language must be one of"),
        ({"robots": []}, "robots must be tables such as [robots.team]"),
        ({"robots": {"a": {"host": "https://x.com/"}}}, "robots.a.host must be a host name"),
        ({"robots": {"a": {"keywords": "build"}}}, "robots.a.keywords must be a list of at most 10 words"),
        ({"robots": {"a": {"keywords": [""]}}}, "robots.a.keywords must be a list of at most 10 words"),
        ({"robots": {"a": {"per_minute": 21}}}, "robots.a.per_minute must be at most 20"),
        ({"robots": {"a": {"channel": "fax"}}}, 'robots.a.channel must be one of "dingtalk"'),
        ({"robots": {"a": {"default": True}, "b": {"default": True}}}, "more than one robot has default = true"),
        ({"robots": {"a": {"webhook": "https://x"}}}, "robots.a.webhook does not belong in this file"),
        ({"delivery": {"extra_hosts": ["bad host"]}}, "delivery.extra_hosts must be a host name"),
        ({"redaction": {"mode": "hide"}}, 'redaction.mode must be one of "mask", "off", "refuse"'),
        ({"redaction": {"allow": "x"}}, "redaction.allow must be a list of at most 100 values"),
        ({"redaction": {"allow": ["x", ""]}}, "redaction.allow must be a list of at most 100 values"),
        ({"redaction": {"allow": ["x", "(y"]}}, "redaction.allow must be a list of regular expressions; number 2"),
        ({"redaction": {"allow": ["((a{900}){900}){900}"]}}, "redaction.allow must be a list of regular expressions"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(data: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read(data)
    assert said(caught.value.reason).startswith(words)


@given(st.dictionaries(_KEYS | st.text(max_size=10), _VALUES, max_size=6))
def test_any_toml_is_either_settings_or_a_named_fault(data: dict[str, Any]) -> None:
    found = _read_or_refused(data)
    if isinstance(found, InvalidSettings):
        assert "⟨" not in said(found.reason)
        assert "{" not in said(found.hint)
    else:
        assert set(data) <= {"language", "message_language", "robots", *_TABLES}


def _read_or_refused(data: dict[str, Any]) -> Settings | InvalidSettings:
    try:
        return read(data)
    except InvalidSettings as error:
        return error


@given(st.sampled_from(["SEC" + "c3" * 32, "https://h/robot/send?access_token=" + "d4" * 32]), _KEYS)
def test_a_secret_pasted_into_the_file_is_not_repeated(secret: str, key: str) -> None:
    everywhere: list[dict[str, Any]] = [{secret: 1}, {key: secret}, {key: {secret: secret}}, {"robots": {secret: {}}}]
    for data in everywhere:
        with pytest.raises(InvalidSettings) as caught:
            read(data)
        assert secret not in said(caught.value.reason)


def test_the_environments_app_robot_is_one_also_where_its_table_names_no_channel() -> None:
    settings = read({"robots": {"environment-app": {"per_minute": 1_000}}})
    robot = settings.robots["environment-app"]
    assert (robot.channel, robot.per_minute) == ("dingtalk-app", 1_000)
