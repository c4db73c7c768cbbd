"""docs/seams.md names what the code has: settings with their ranges, variables, exit codes, every field of JSON."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.setting_rows import missing, notice_rows, setting_rows
from tests.support.settings import read
from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.files.texts import catalog
from tray_app.cli import console
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.approvals.approval import to_data as approval_data
from tray_app.core.clients.client import BUILT_IN, Client
from tray_app.core.clients.client import to_data as client_data
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.message import kind_of
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.policy.model import Risk
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.session import SessionState
from tray_app.core.sessions.usage import words as usage_words
from tray_app.core.sessions.usage.budget import BudgetView
from tray_app.core.sessions.usage.usage import UsageLine
from tray_app.core.settings.prices import ModelPrice
from tray_app.core.settings.routes import Route, RouteKind
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.spec import settings_of
from tray_app.core.state.problems import Problem
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
from tray_app.services.history.history import to_data

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "seams.md").read_text(encoding="utf-8")
_VARIABLE = re.compile(r'"(DINGTALK_[A-Z_]+)"')


def table(heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading: the first cell without its back-quotes, then the others."""
    part = re.split(rf"^#+ {re.escape(heading)}$", PAGE, flags=re.MULTILINE)[1]
    part = re.split(r"^#+ ", part, flags=re.MULTILINE)[0]
    rows = [line.strip().strip("|").split(" | ") for line in part.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows[2:]]
    return {row[0].strip("`"): row[1:] for row in cells}


def words(cell: str) -> set[str]:
    """Everything a cell quotes."""
    return set(re.findall(r"`([^`]+)`", cell))


def names(kind: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def written(key: str, value: object) -> dict[str, Any]:
    """A settings.toml with this one key."""
    data: Any = value
    for part in reversed(key.replace("NAME", "team").split(".")):
        data = {part: data}
    found: dict[str, Any] = data
    if key.startswith("robots."):
        found["robots"]["team"].setdefault("host", "dedicated.example.com")  # DingTalk's own hosts allow 20 a minute
    return found


def test_every_setting_is_named_with_its_range_and_default() -> None:
    assert missing(setting_rows(Settings()), table("`settings.toml`")) == []


def test_every_rule_of_notices_is_named_with_its_range_and_default() -> None:
    assert missing(notice_rows(Settings()), table("`[notices]` of `settings.toml`")) == []


def test_every_field_of_usage_is_named() -> None:
    assert list(table("`usage --json`")) == list(usage_words.line_data(UsageLine()))


def test_every_condition_of_a_route_and_every_kind_is_named() -> None:
    rows = table("`[[routes]]` of `settings.toml`")
    assert set(rows) == set(settings_of(Route)) == set(names(Route))
    assert words(rows["kind"][0]) == {f'"{kind}"' for kind in RouteKind}


def test_every_key_of_a_price_is_named_with_its_range() -> None:
    rows = table("`[prices]` of `settings.toml`")
    assert list(rows) == names(ModelPrice)
    for key, setting in settings_of(ModelPrice).items():
        assert rows[key][0].startswith(setting.kind.range)


RANGES = {
    key: (int(found[1]), int(found[2]))
    for key, (values, _) in table("`settings.toml`").items()
    if (found := re.match(r"(\d+) to (\d+)", values))
}


@pytest.mark.parametrize("key", sorted(RANGES))
def test_a_number_is_taken_up_to_both_ends_of_its_range(key: str) -> None:
    least, most = RANGES[key]
    for good in (least, most):
        assert isinstance(read(written(key, good)), Settings)
    for bad in (least - 1, most + 1):
        with pytest.raises(InvalidSettings):
            read(written(key, bad))


def test_every_quoted_word_is_taken() -> None:
    for key, (values, _) in table("`settings.toml`").items():
        for word in words(values):
            if word.startswith('"'):
                assert isinstance(read(written(key, word.strip('"'))), Settings)


def test_every_variable_of_ours_is_named() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tray_app").rglob("*.py")]
    used = {name for source in sources for name in _VARIABLE.findall(source)}
    assert set(table("Environment variables")) == used


def test_every_exit_code_is_named() -> None:
    codes = {console.OK, console.DID_NOT_HAPPEN, console.USAGE, console.INTERRUPTED}
    assert {int(code) for code in table("Commands")} == codes


def test_the_endpoint_file_holds_these_fields(tmp_path: Path) -> None:
    file = tmp_path / "endpoint.json"
    values = {name: Secret("x") if name.endswith("token") else "x" for name in names(Endpoint) if name != "pid"}
    EndpointFile(file).write(Endpoint(**values, pid=1))  # type: ignore[arg-type]  # one dictionary for all fields
    assert list(table("`endpoint.json`")) == list(json.loads(file.read_text()))


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("`status --json`", Snapshot),
        ("`budgets` of the status", BudgetView),
        ("`waiting` of the status", WaitingView),
        ("`policy` of the status", PolicyView),
        ("`tools` of the policy", ToolView),
        ("`last_refusal` of the policy", RefusalView),
        ("`robots` of the status", RobotView),
        ("`recent` of the status", SendView),
        ("`sessions` of the status", SessionView),
        ("Receipts", Receipt),
    ],
)
def test_every_field_is_named(heading: str, kind: type[Any]) -> None:
    assert list(table(heading)) == names(kind)


def test_the_small_objects_of_the_status_are_named() -> None:
    status = table("`status --json`")
    assert "{" + ", ".join(names(PauseView)) + "}" in words(status["pause"][0])
    assert "{" + ", ".join(names(DayView)) + "}" in words(status["today"][0])
    assert "{" + ", ".join(names(Problem)) + "}" in words(status["problems"][0])


def test_every_field_of_the_history_is_named() -> None:
    row = Delivery(
        id="1",
        group_id="1",
        stage=Stage.SENT,
        robot="team",
        origin=Origin(source=Source.MCP, tool="send"),
        title="",
        message=None,
        created_ms=0,
        updated_ms=0,
        due_ms=0,
    )
    assert list(table("`history --json`")) == list(to_data(row, catalog(Language.EN)))


def test_every_field_and_origin_of_a_client_is_named() -> None:
    rows = table("`clients --json`")
    clients = [Client(name=name, fingerprint=b"", created_ms=0) for name in (BUILT_IN, "ci")]
    assert [list(rows)] * 2 == [list(client_data(client, {})) for client in clients]
    assert words(rows["origin"][0]) == {client_data(client, {})["origin"] for client in clients}
    assert "{" + ", ".join(DecisionKind) + "}" in words(rows["decisions"][0])


def test_every_field_and_word_of_an_approval_is_named() -> None:
    approval = Approval(
        id="1",
        tool="dingtalk_send_text",
        risk=Risk.WRITE,
        origin=Origin(source=Source.MCP, tool="dingtalk_send_text"),
        robot="team",
        title="",
        details=(),
        rule="default",
        reason=text("approvals.asked"),
        fingerprint="",
        created_ms=0,
        expires_ms=0,
    )
    rows = table("`approvals --json`")
    assert list(rows) == [*approval_data(approval), "receipt"]
    for field, kind in {"state": ApprovalState, "risk": Risk, "answer": Answer}.items():
        assert words(rows[field][0]) - {"null"} == {str(word) for word in kind}
    assert words(rows["by"][0]) - {"null"} <= {str(word) for word in Source}


@pytest.mark.parametrize(
    ("heading", "field", "kind"),
    [
        ("`status --json`", "endpoint", EndpointState),
        ("`status --json`", "vault", VaultState),
        ("`status --json`", "store", StoreState),
        ("`robots` of the status", "origin", RobotOrigin),
        ("`sessions` of the status", "state", SessionState),
        ("`history --json`", "stage", Stage),
        ("`history --json`", "source", Source),
        ("Receipts", "status", Status),
    ],
)
def test_every_word_of_a_field_is_named(heading: str, field: str, kind: type[Any]) -> None:
    assert words(table(heading)[field][0]) == {str(word) for word in kind}


def test_every_kind_of_message_is_named() -> None:
    from tray_app.core.messages import message as messages

    kinds = {
        kind_of(messages.TextMessage(content="t")),
        kind_of(messages.MarkdownMessage(title="t", text="t")),
        kind_of(messages.LinkMessage(title="t", text="t", message_url="u")),
        kind_of(messages.ActionCard(title="t", text="t", buttons=())),
        kind_of(messages.FeedCard(links=())),
    }
    assert words(table("`history --json`")["kind"][0]) - {"null"} == kinds
