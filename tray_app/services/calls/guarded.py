"""The policy for calls that send nothing: looking things up, and setting a robot up."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from tray_app.core.approvals.approval import Details
from tray_app.core.delivery.delivery import Origin
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.policy.evaluate import Call
from tray_app.core.policy.model import Mode
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.approvals.pending_actions import Action
from tray_app.services.approvals.queue import TooManyWait
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.permit import Permit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall:
    """What a call would do: `action` does it; the rest is what the owner reads, should they be asked.

    `advice`: it only tells how something is done. Nobody is asked about that, and it counts nowhere.
    """

    action: Action
    advice: bool = False
    title: str = ""
    robot: str = ""
    details: Details = ()


class GuardedCalls:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        enforcer: PolicyEnforcer,
        approvals: Approvals,
        active: ActivePolicy,
        lasting: Callable[[], Awaitable[None]],
    ) -> None:
        """`lasting` waits until what was kept is on the disk. Raises StoreUnavailable."""
        self._lasting = lasting
        self._enforcer = enforcer
        self._approvals = approvals
        self._active = active

    def hides(self, tool: str) -> bool:
        """Whether the policy keeps this tool from agents' sight; one that only observes does not."""
        policy = self._active.current
        return policy.hides(tool) and policy.mode is Mode.ENFORCE

    def refuse_hidden(self, origin: Origin, arguments: Mapping[str, object]) -> Receipt | None:
        """Refuse a call of a hidden tool, whatever its arguments; the audit has it then."""
        if not self.hides(origin.tool):
            return None
        with self._enforcer.permit(self.call(origin, arguments), origin) as permit:
            return permit.receipt

    def call(self, origin: Origin, arguments: Mapping[str, object]) -> Call:
        """Say what the policy is asked about."""
        risk = self._active.tools[origin.tool].risk
        return Call(tool=origin.tool, risk=risk, arguments=arguments, grant=origin.grant, session=origin.session)

    def needs_session(self, origin: Origin, arguments: Mapping[str, object]) -> bool:
        """Whether the policy's answer hangs on which session calls."""
        return self._enforcer.needs_session(self.call(origin, arguments))

    def report(self, approval_id: str) -> Receipt | None:
        """Say what became of a held call that is no message; None where there was none of that id."""
        return self._approvals.report(approval_id)

    async def pass_on(
        self, origin: Origin, arguments: Mapping[str, object], prepare: Callable[[], Awaitable[PreparedCall]]
    ) -> Receipt | Report:
        """Do what the call wishes, hold it or refuse it; `prepare` checks its arguments.

        Raises TrayAppError, as `prepare` and the action do.
        """
        with self._enforcer.permit(self.call(origin, arguments), origin) as permit:
            answer = await self._answer(permit, origin, prepare)
        try:
            await self._lasting()
        except StoreUnavailable:
            log.warning("a decision could not be kept for certain")
        return answer

    async def _answer(
        self, permit: Permit, origin: Origin, prepare: Callable[[], Awaitable[PreparedCall]]
    ) -> Receipt | Report:
        if permit.refused:
            return permit.receipt
        prepared = await prepare()
        if prepared.advice:
            permit.waive()
            return await prepared.action()
        if permit.asks:
            return await self._ask(permit, origin, prepared)
        permit.keep()
        answer = await prepared.action()
        permit.spend()
        return answer

    async def _ask(self, permit: Permit, origin: Origin, prepared: PreparedCall) -> Receipt | Report:
        try:
            return await self._approvals.ask(
                permit,
                origin,
                title=prepared.title or origin.tool,
                robot=prepared.robot,
                details=prepared.details,
                action=prepared.action,
            )
        except TooManyWait as trouble:
            return replace(permit.receipt, status=Status.REFUSED, reason=trouble.reason, hint=trouble.hint)
