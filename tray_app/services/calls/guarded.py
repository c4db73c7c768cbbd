"""The policy for calls that send nothing: looking things up, and setting a robot up."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from tray_app.core.approvals.approval import Details
from tray_app.core.delivery.delivery import Origin
from tray_app.core.delivery.result import Receipt, Report, Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.policy.audit import Decision
from tray_app.core.policy.evaluate import Call
from tray_app.core.policy.model import Mode
from tray_app.core.policy.verdict import Ask
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.approvals.pending_actions import Deed
from tray_app.services.approvals.queue import TooManyWait
from tray_app.services.policy.active_policy import PolicyBook
from tray_app.services.policy.decision import Ruling, refusal
from tray_app.services.policy.enforcer import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a call would do: `deed` does it; the rest is what the owner reads, should they be asked.

    `advice`: it only tells how something is done. Nobody is asked about that, and it counts nowhere.
    """

    deed: Deed
    advice: bool = False
    title: str = ""
    robot: str = ""
    details: Details = ()


class Checkpoint:
    """Lives on the engine's loop."""

    def __init__(self, *, gate: Gate, approvals: Approvals, book: PolicyBook) -> None:
        """Wire."""
        self._gate = gate
        self._approvals = approvals
        self._book = book

    def hides(self, tool: str) -> bool:
        """Whether the policy keeps this tool from agents' sight; one that only observes does not."""
        policy = self._book.current
        return policy.hides(tool) and policy.mode is Mode.ENFORCE

    def turned_away(self, origin: Origin, arguments: Mapping[str, object]) -> Receipt | None:
        """Refuse a call of a hidden tool, whatever its arguments; the audit has it then."""
        if not self.hides(origin.tool):
            return None
        ruling = self._gate.judge(self.call(origin, arguments), origin)
        self._gate.keep(ruling)
        return refusal(ruling)

    def call(self, origin: Origin, arguments: Mapping[str, object]) -> Call:
        """Say what the policy is asked about."""
        risk = self._book.tools[origin.tool].risk
        return Call(tool=origin.tool, risk=risk, arguments=arguments, grant=origin.grant, session=origin.session)

    def report(self, approval_id: str) -> Receipt | None:
        """Say what became of a held call that is no message; None where there was none of that id."""
        return self._approvals.report(approval_id)

    async def pass_on(
        self, origin: Origin, arguments: Mapping[str, object], prepare: Callable[[], Awaitable[Wish]]
    ) -> Receipt | Report:
        """Do what the call wishes, hold it or refuse it; `prepare` checks its arguments.

        Raises TrayAppError, as `prepare` and the deed do.
        """
        ruling = self._gate.judge(self.call(origin, arguments), origin)
        if ruling.refused:
            self._gate.keep(ruling)
            return refusal(ruling)
        try:
            wish = await prepare()
        except BaseException:
            self._gate.keep(self._gate.release(ruling))
            raise
        if wish.advice:
            self._gate.keep(_allowed(self._gate.release(ruling)))
            return await wish.deed()
        if isinstance(ruling.verdict, Ask):
            return await self._ask(ruling, origin, wish)
        self._gate.keep(ruling)
        try:
            answer = await wish.deed()
        except BaseException:
            self._gate.came_to_nothing(ruling.entry.id)
            raise
        self._gate.done(ruling.entry.id)
        return answer

    async def _ask(self, ruling: Ruling, origin: Origin, wish: Wish) -> Receipt | Report:
        bound = self._gate.bind(ruling, ruling.entry.id)
        title = wish.title or origin.tool
        try:
            return await self._approvals.ask(
                bound, origin, title=title, robot=wish.robot, details=wish.details, deed=wish.deed
            )
        except TooManyWait as trouble:
            released = self._gate.release(ruling)
            self._gate.keep(released)
            reason, hint = trouble.reason, trouble.hint
            return replace(refusal(released), status=Status.REFUSED, reason=reason, hint=hint)
        except StoreUnavailable:
            self._gate.release(ruling)
            raise


def _allowed(ruling: Ruling) -> Ruling:
    return replace(ruling, entry=replace(ruling.entry, decision=Decision.ALLOW, reason=None))
