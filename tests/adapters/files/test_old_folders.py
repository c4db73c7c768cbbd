"""What older versions took as settings and policy, this one takes; databases: `store/test_migrations.py`.

A folder of `tests/support/old_folders` is a version, with every key that it knew. What was released has one.
"""

import json
import re
from pathlib import Path

import pytest

from tests.support.policies import TOOLS
from tests.support.words import said as words
from tray_app.adapters.files.settings import SettingsFile
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.policy.file.reader import findings_in, read_policy

ROOT = Path(__file__).parents[3]
FOLDERS = {path.name: path for path in (ROOT / "tests" / "support" / "old_folders").iterdir()}


@pytest.mark.parametrize("version", FOLDERS)
def test_settings_of_an_older_version_mean_what_they_meant(version: str) -> None:
    said = SettingsFile(FOLDERS[version] / "settings.toml").load()
    ops = said.robots["ops"]
    assert (ops.channel, ops.host, ops.keywords, ops.per_minute) == (
        "dingtalk",
        "oapi.dingtalk.io",
        ("build", "构建"),
        12,
    )
    assert (said.language, said.message_language, said.endpoint.port, said.endpoint.extra_hosts) == (
        "zh",
        "en",
        9000,
        (),
    )
    assert (said.delivery.wait_s, said.delivery.attempts, said.history.days, said.redaction.mode) == (
        2.5,
        1,
        7,
        "refuse",
    )
    assert [(route.project, route.robot) for route in said.routes] == [("api", "team")]
    assert [told.args["key"] for told in said.without_effect] == ["allow_configure_tool"]  # taken, and told
    assert said.notices.session_end.at_mobiles == ("13800138000",)
    assert [(told.args["key"], told.args["value"]) for told in said.left_out] == [
        ("notices.session_end.at_mobiles", "51234567")  # would call nobody: this one alone is not taken, and told
    ]


def test_what_an_older_version_left_calls_nobody_but_stops_no_change_of_another_setting(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes((FOLDERS["before-1.0.0"] / "settings.toml").read_bytes())
    file = SettingsFile(path)
    file.load()
    assert file.set_value("history.days", 8).history.days == 8
    assert '"51234567"' in path.read_text("utf-8")
    before = path.read_bytes()
    with pytest.raises(InvalidSettings) as caught:  # what is written anew must be right
        file.set_value("notices.failure.at_mobiles", ["12345"])
    assert '"12345"' in words(caught.value.reason)
    assert path.read_bytes() == before
    assert file.set_value("notices.session_end.at_mobiles", ["13800138000"]).left_out == ()


@pytest.mark.parametrize("version", FOLDERS)
def test_a_policy_of_an_older_version_is_without_fault(version: str) -> None:
    findings = findings_in((FOLDERS[version] / "policy.json").read_text("utf-8"), tools=TOOLS)
    assert [finding for finding in findings if not finding.remark] == []


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("deny_if", {"path": "args.atAll", "op": "eq", "value": "true"}),
        ("deny_if", {"path": "args.content", "op": "eq", "value": ""}),
        ("deny_if", {"path": "args.atMobiles.99", "op": "exists"}),
        ("require", {"path": "args.content", "op": "regex", "value": "(?s).*"}),
        ("require", {"path": "args.content", "op": "exists"}),
    ],
)
def test_conditions_of_an_older_version_that_say_the_same_about_every_call_still_hold(
    rule: str, value: dict[str, object]
) -> None:
    """Found by reading 11,000 policies with the reader of 2026-11-28 and today's: these kinds were taken."""
    source = json.dumps({"version": "1", "tools": {"dingtalk_send_text": {rule: [value]}}})
    (finding,) = findings_in(source, tools=TOOLS)
    assert finding.idle
    assert len(getattr(read_policy(source, tools=TOOLS, held=True).tools["dingtalk_send_text"], rule)) == 1


def test_each_released_version_has_its_folder() -> None:
    versions = re.findall(r"(?m)^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert versions
    assert {version for version, day in versions[1:] if day != "unreleased"} <= set(FOLDERS)
