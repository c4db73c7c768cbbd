"""What older versions took as settings and policy, this one takes; databases: `store/test_migrations.py`.

A folder of `tests/support/old_folders` is a version, with every key that it knew. What was released has one.
"""

import re
from pathlib import Path

import pytest

from tests.support.policies import TOOLS
from tray_app.adapters.files.settings import SettingsFile
from tray_app.core.policy.file.reader import findings_in

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


@pytest.mark.parametrize("version", FOLDERS)
def test_a_policy_of_an_older_version_is_without_fault(version: str) -> None:
    findings = findings_in((FOLDERS[version] / "policy.json").read_text("utf-8"), tools=TOOLS)
    assert [finding for finding in findings if not finding.remark] == []


def test_each_released_version_has_its_folder() -> None:
    versions = re.findall(r"(?m)^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert versions
    assert {version for version, day in versions[1:] if day != "unreleased"} <= set(FOLDERS)
