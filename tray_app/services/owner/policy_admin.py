"""What the owner sees of the policy and does about it by a click: stances, exceptions, calls that wait."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import AuditEntry
from tray_app.core.policy.compiled import HIDE
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.file.findings import PolicyChanged, PolicyText
from tray_app.core.policy.model import Limit, ToolFacts, ToolPolicy
from tray_app.core.state.snapshot import PolicyView, RefusalView, ToolView, WaitingView
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.history.history import History
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import EVERYTHING_MS, OwnerOverrides

_REFUSALS = 20


class Audit(Protocol):
    """Decisions. Every method may raise StoreUnavailable."""

    def refusals(self, limit: int) -> Sequence[AuditEntry]:
        """The newest refusals, newest first."""
        ...

    def find(self, entry_id: str) -> AuditEntry | None:
        """One decision."""
        ...

    def by_grant(self) -> Mapping[str, Mapping[str, int]]:
        """How many decisions there were about each client's calls, by decision."""
        ...

    def let_through(self, entry_id: str) -> bool:
        """Note that a refused call was let through after all; False where there is none, or that was noted before."""
        ...


class PolicyOnDisk(Protocol):
    """`policy.json` as the owner edits it. Every method but `path` may raise TrayAppError."""

    @property
    def path(self) -> Path:
        """Where it is, or will be."""
        ...

    def read(self) -> str | None:
        """The whole text; None where there is no file."""
        ...

    def reset(self) -> Path | None:
        """Write the default policy; gives the copy of the old file, None where there was none."""
        ...


class PolicyAdmin:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        active: ActivePolicy,
        enforcer: PolicyEnforcer,
        overrides: OwnerOverrides,
        approvals: Approvals,
        history: History,
        audit: Audit,
        file: PolicyOnDisk,
    ) -> None:
        """Wire."""
        self.active = active
        self.approvals = approvals
        self._enforcer = enforcer
        self._overrides = overrides
        self._history = history
        self._audit = audit
        self._file = file

    def view(self) -> PolicyView:
        """The policy with live counters. A database that cannot be read shows no refusal."""
        policy = self.active.current
        try:
            refusals = self._audit.refusals(1)
        except StoreUnavailable:
            refusals = ()
        return PolicyView(
            default=policy.default,
            mode=policy.mode,
            from_file=self.active.from_file,
            tools=tuple(self._tool(facts) for facts in self.active.tools.values()),
            last_refusal=_refusal(refusals[0]) if refusals else None,
            everything_until_ms=self._overrides.everything_until_ms(),
        )

    def refusals(self) -> tuple[RefusalView, ...]:
        """The last refused calls that the owner has not let through since, newest first. Raises StoreUnavailable."""
        return tuple(_refusal(entry) for entry in self._audit.refusals(_REFUSALS))

    def decisions(self) -> Mapping[str, Mapping[str, int]]:
        """Count the decisions kept of each client's calls, by decision; none while the database cannot be read."""
        try:
            return self._audit.by_grant()
        except StoreUnavailable:
            return {}

    def waiting(self) -> tuple[WaitingView, ...]:
        """What waits for the owner, oldest first; nothing while the database cannot be read."""
        try:
            return tuple(_waiting(approval) for approval in self.approvals.waiting())
        except StoreUnavailable:
            return ()

    async def look(self) -> PolicyText:
        """What the file says now; it is read off the loop."""
        return await asyncio.to_thread(self._look)

    async def save(self, source: str, *, version: str) -> None:
        """Put it in the file's place: looked at and written without a step between, so that no other page comes in.

        Raises InvalidPolicy, PolicyChanged where the file is another version, or TrayAppError.
        """
        now = self._look()
        if now.trouble is not None:  # what nobody could read is not overwritten: `reset` keeps a copy of it
            raise TrayAppError(now.trouble.reason, now.trouble.hint)
        if now.version != version:
            raise PolicyChanged(text("policy_page.changed"), text("policy_page.changed_hint"))
        self.active.replace(source)

    async def reset(self) -> str:
        """Write the default policy; gives the path of the old file's copy, empty where there was no file."""
        backup = await asyncio.to_thread(self._file.reset)
        self.active.reread()
        return "" if backup is None else str(backup)

    def allow_everything(self, *, on: bool) -> None:
        """Let every call through for ten minutes, or end that."""
        self._overrides.allow_everything(EVERYTHING_MS if on else 0)

    async def allow_once(self, refusal_id: str, *, by: Source) -> Receipt | None:
        """Let one refused call through: its message is sent (the receipt), or the next such call passes (None).

        Raises TrayAppError where there is no such refusal, it was let through before, or its tool is hidden.
        """
        entry = self._audit.find(refusal_id)
        if entry is not None and entry.rule == HIDE:
            raise TrayAppError(text("gate.hidden_refusal"), text("gate.hidden_refusal_hint"))
        if entry is None or not self._audit.let_through(refusal_id):
            raise TrayAppError(text("gate.unknown_refusal"), text("gate.unknown_refusal_hint"))
        if entry.delivery_id and self._history.kept(entry.delivery_id):
            return await self._history.resend(entry.delivery_id, source=by)
        self._overrides.allow_once(entry.tool, entry.grant)
        return None

    def used(self, limit: Limit) -> int:
        """How many calls count now towards a limit, for the holder closest to its end."""
        return self._enforcer.used(counter=limit.counter, window_ms=limit.window_ms)

    def would(self, call: Call) -> Decided:
        """Say what would become of a call now; nothing is counted."""
        return self._enforcer.would(call)

    def would_by_file(self, call: Call) -> Decided:
        """Say it by the file as it is this moment, looked at or not. Raises TrayAppError where it has a fault."""
        self.active.reread()
        if self.active.problem is not None and not self.active.as_written:
            raise TrayAppError(self.active.problem.reason, self.active.problem.hint)
        return self.would(call)

    def _look(self) -> PolicyText:
        path = str(self._file.path)
        try:
            source = self._file.read()
        except TrayAppError as trouble:
            return PolicyText(source="", path=path, exists=True, trouble=trouble)
        if source is None:
            return PolicyText(source=self.active.text, path=path, exists=False)
        return PolicyText(source=source, path=path, exists=True)

    def _tool(self, facts: ToolFacts) -> ToolView:
        policy = self.active.current
        own = policy.tools.get(facts.name)
        said = own or ToolPolicy(stance=policy.default)
        closest = max(
            ((limit, self.used(limit)) for limit in (*said.limits, *policy.limits)),
            key=lambda found: found[1] / found[0].most,
            default=None,
        )
        return ToolView(
            name=facts.name,
            risk=facts.risk,
            stance=said.stance,
            hidden=policy.hides(facts.name),
            custom=bool(said.require or said.deny_if or said.ask_if),
            used=None if closest is None else closest[1],
            most=None if closest is None else closest[0].most,
            window_ms=None if closest is None else closest[0].window_ms,
        )


def _refusal(entry: AuditEntry) -> RefusalView:
    return RefusalView(
        id=entry.id,
        delivery_id=entry.delivery_id,
        at_ms=entry.at_ms,
        tool=entry.tool,
        client=entry.grant or entry.client,
        rule=entry.rule,
        reason=entry.reason,
        counter=entry.counter,
        used=entry.used,
        most=entry.most,
        frees_ms=None if entry.retry_after_ms is None else entry.at_ms + entry.retry_after_ms,
    )


def _waiting(approval: Approval) -> WaitingView:
    return WaitingView(
        id=approval.id,
        tool=approval.tool,
        risk=approval.risk,
        title=approval.title,
        robot=approval.robot,
        project=approval.origin.project,
        session=approval.origin.session,
        client=approval.origin.grant or approval.origin.client,
        reason=approval.reason,
        created_ms=approval.created_ms,
        expires_ms=approval.expires_ms,
    )
