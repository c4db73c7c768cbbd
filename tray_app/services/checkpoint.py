"""The policy for calls that send nothing: looking things up, and setting a robot up."""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.decide import Call
from tray_app.core.held import Details
from tray_app.core.outbox import Origin
from tray_app.core.receipt import Receipt, Report
from tray_app.core.verdict import Ask
from tray_app.services.approve import Approvals, Deed
from tray_app.services.gate import Gate
from tray_app.services.policy_book import PolicyBook
from tray_app.services.ruling import refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a call would do: `deed` does it; the rest is what the owner reads, should they be asked."""

    deed: Deed
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
        """Whether the policy keeps this tool from being listed."""
        return self._book.current.hides(tool)

    def call(self, origin: Origin, arguments: Mapping[str, object]) -> Call:
        """Say what the policy is asked about."""
        risk = self._book.tools[origin.tool].risk
        return Call(tool=origin.tool, risk=risk, arguments=arguments, grant=origin.grant, session=origin.session)

    def report(self, approval_id: str) -> Receipt | None:
        """Say what became of a held call that is no message; None where there was none of that id."""
        return self._approvals.report(approval_id)

    async def pass_on(self, origin: Origin, arguments: Mapping[str, object], wish: Wish) -> Receipt | Report:
        """Do it, hold it or refuse it. Raises TrayAppError, as the deed does."""
        ruling = self._gate.judge(self.call(origin, arguments), origin)
        if isinstance(ruling.verdict, Ask):
            ruling = self._gate.bind(ruling, ruling.entry.id)
            return await self._approvals.ask(
                ruling, origin, title=wish.title or origin.tool, robot=wish.robot, details=wish.details, deed=wish.deed
            )
        self._gate.keep(ruling)
        if ruling.refused:
            return refusal(ruling)
        try:
            return await wish.deed()
        except Exception:
            self._gate.give_back(ruling.entry.id)
            raise
