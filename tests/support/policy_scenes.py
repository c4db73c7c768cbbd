"""A policy and calls that wait, for looking at the pages without an app: whatever words an agent may have chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.support.desk import FakeServices
from tests.support.snapshots import MINUTE, NOON, robot, snapshot
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.web.pages.approvals import ApprovalPages
from tray_app.adapters.web.pages.framework.requests import PageRoute
from tray_app.adapters.web.pages.framework.site import Site
from tray_app.adapters.web.pages.policy.page import PolicyPage
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.evaluate import Call, Decided, decide
from tray_app.core.policy.file.findings import PolicyChanged, PolicyText
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.model import Limit, Policy, Risk
from tray_app.core.questions.answers import reply_of
from tray_app.core.questions.question import AgentPrompt, AgentQuestion, Reply, fits
from tray_app.core.state.snapshot import PolicyView, RefusalView, WaitingView
from tray_app.services.questions.questions import question_view
from tray_app.tools.facts import facts

LIVELY = """{
  "version": "1",
  "default": "deny",
  "hide": ["dingtalk_send_feed_card"],
  "all_tools": {
    "limits": [{ "counter": "everything", "window": "day", "max": 200, "scope": "global" }]
  },
  "tools": {
    "dingtalk_notify_session_end": { "action": "allow" },
    "dingtalk_send_text": {
      "action": "allow",
      "limits": [{ "counter": "texts", "window": "minute", "max": 6 }],
      "deny_if": [
        { "path": "args.content", "op": "regex", "value": "(?i)password", "reason": "No passwords in the group" }
      ],
      "require_approval_if": [
        { "path": "args.atAll", "op": "eq", "value": true, "reason": "Mentions everybody" }
      ]
    },
    "dingtalk_send_markdown": { "action": "require_approval", "reason": "I read reports before they go out" },
    "dingtalk_configure": { "action": "require_approval" },
    "dingtalk_status": { "action": "allow" }
  }
}
"""


@dataclass
class StillPolicy:
    """The policy and its approvals in memory, as their pages ask for them; `used` is what every counter says."""

    source: str = LIVELY
    count: int = 4
    refused: Sequence[RefusalView] = ()
    calls: Sequence[Approval] = ()
    answered: list[tuple[str, Answer]] = field(default_factory=list)
    questions: "StillQuestions" = field(default_factory=lambda: StillQuestions())

    @property
    def active(self) -> "StillPolicy":
        return self

    @property
    def current(self) -> Policy:
        return read_policy(self.source, tools=facts())

    async def look(self) -> PolicyText:
        return PolicyText(source=self.source, path="/home/li/.config/dingtalk-tray/policy.json", exists=True)

    async def save(self, source: str, *, version: str) -> None:
        if version != (await self.look()).version:
            raise PolicyChanged(text("policy_page.changed"), text("policy_page.changed_hint"))
        self.source = source

    async def reset(self) -> str:
        self.source = default_policy()
        return ""

    def used(self, limit: Limit) -> int:
        return min(self.count, limit.most)

    def would(self, call: Call) -> Decided:
        return decide(self.current, call, {}, now_ms=0)

    def refusals(self) -> Sequence[RefusalView]:
        return self.refused

    async def allow_once(self, refusal_id: str, *, by: Source) -> Receipt | None:
        assert (bool(refusal_id), by) == (True, Source.PAGE)
        return Receipt(status=Status.SENT)

    def allow_everything(self, *, on: bool) -> None:
        raise AssertionError(f"nobody asked for {on}")

    def waiting(self) -> Sequence[Approval]:
        return self.calls

    async def settle(self, approval_id: str, answer: Answer, *, by: Source) -> Approval:
        assert by is Source.PAGE
        self.answered.append((approval_id, answer))
        return next(one for one in self.calls if one.id == approval_id)

    def places(self, site: Site) -> tuple[PageRoute, ...]:
        """The pages that ask it."""
        me = cast("Any", self)
        return *ApprovalPages(site, me, cast("Any", self.questions)).places(), *PolicyPage(site, me).places()


@dataclass
class StillQuestions:
    """What agents ask in the terminal, in memory; `replies` are the answers given."""

    asked: Sequence[AgentQuestion] = ()
    replies: list[tuple[str, Reply]] = field(default_factory=list)

    def waiting(self) -> Sequence[AgentQuestion]:
        return self.asked

    async def say(self, question_id: str, word: str, *, by: Source, own: str = "") -> AgentQuestion:
        return await self.answer(question_id, reply_of(self._find(question_id).prompt, word, own=own), by=by)

    async def answer(self, question_id: str, reply: Reply, *, by: Source) -> AgentQuestion:
        assert by is Source.PAGE
        found = self._find(question_id)
        if not fits(found.prompt, reply):
            raise TrayAppError(text("questions.unfit"), text("questions.unfit_hint"))
        self.replies.append((question_id, reply))
        return found

    def _find(self, question_id: str) -> AgentQuestion:
        return next(one for one in self.asked if one.id == question_id)


def question(question_id: str, prompt: AgentPrompt) -> AgentQuestion:
    """Give a prompt that waits."""
    return AgentQuestion(
        id=question_id,
        agent="claude-code",
        project="payments-api",
        prompt=prompt,
        asked_ms=NOON - 4 * MINUTE,
        expires_ms=NOON + 51 * MINUTE,
    )


def approval(number: int = 1, **changes: object) -> Approval:
    """Give a call that waits."""
    one = Approval(
        id=f"a{number}",
        tool="dingtalk_send_markdown",
        risk=Risk.WRITE,
        origin=Origin(
            source=Source.MCP,
            tool="dingtalk_send_markdown",
            client="claude-code",
            grant="claude-code",
            project="payments-api",
            session="0a1b2c3d-1111-2222-3333-444455556666",
        ),
        robot="team",
        title="发布 1.4：支付接口",
        details=(
            (text("approvals.field_robot"), "team (oapi.dingtalk.com)"),
            (text("approvals.field_title"), "发布 1.4：支付接口"),
            (text("approvals.field_text"), "### 发布 1.4\n\n- 修复登录接口\n- 新增 12 个测试\n\n> 灰度发布需要确认"),
        ),
        rule="tools.dingtalk_send_markdown.action",
        reason=text("policy.own_words", words="I read reports before they go out"),
        fingerprint="f" * 64,
        created_ms=NOON - 2 * MINUTE,
        expires_ms=NOON + 28 * MINUTE,
    )
    return replace(one, **changes)  # type: ignore[arg-type] # a test's own changes


def refusal(number: int = 1, **changes: object) -> RefusalView:
    """Give a refused call."""
    one = RefusalView(
        id=f"r{number}",
        delivery_id=f"d{number}",
        at_ms=NOON - number * MINUTE,
        tool="dingtalk_send_text",
        client="claude-code",
        rule="tools.dingtalk_send_text.limits[0]",
        reason=text("gate.limit_minute", used=6, most=6),
        counter="texts",
        used=6,
        most=6,
        frees_ms=NOON + MINUTE // 2,
    )
    return replace(one, **changes)  # type: ignore[arg-type] # a test's own changes


def view_of(one: Approval) -> WaitingView:
    """What the snapshot says of it."""
    return WaitingView(
        session="s1",
        id=one.id,
        tool=one.tool,
        risk=one.risk,
        title=one.title,
        robot=one.robot,
        project=one.origin.project,
        client=one.origin.grant,
        reason=one.reason,
        created_ms=one.created_ms,
        expires_ms=one.expires_ms,
    )


def desk_of(policy: StillPolicy, *, everything: bool = False) -> FakeServices:
    """Give an app in which these calls wait."""
    view = PolicyView(from_file=True, everything_until_ms=NOON + 9 * MINUTE if everything else None)
    questions = tuple(question_view(one) for one in policy.questions.asked)
    base = snapshot(waiting=tuple(view_of(one) for one in policy.calls), policy=view, questions=questions)
    return FakeServices(base=base, views={"team": robot("team")})


def busy_policy() -> StillPolicy:
    """Give a policy with refusals and two calls that wait."""
    configure = approval(
        2,
        tool="dingtalk_configure",
        risk=Risk.CONFIGURE,
        title="Robot ops: oapi.dingtalk.com",
        details=(
            (text("approvals.field_robot"), "ops"),
            (text("approvals.field_webhook"), "https://oapi.dingtalk.com/robot/send?access_token=…1f3c"),
            (text("approvals.field_secret"), "SEC…9e07"),
        ),
        rule="tools.dingtalk_configure.action",
        reason=text("policy.asks"),
    )
    denied = refusal(
        9,
        rule="tools.dingtalk_send_text.deny_if[0]",
        reason=text("policy.own_words", words="No passwords in the group"),
        counter="",
        used=None,
        most=None,
        frees_ms=None,
    )
    return StillPolicy(refused=(refusal(), denied), calls=(approval(), configure))
