"""The policy and all that asks it, wired."""

from collections.abc import Callable

from tray_app.adapters.files.policy import PolicyFile, default_policy
from tray_app.app.engine.parts.sending import SendingParts
from tray_app.app.engine.parts.shared import Shared
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Origin
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.calls.guarded import GuardedCalls
from tray_app.services.history.history import History
from tray_app.services.owner.policy_admin import PolicyAdmin
from tray_app.services.policy.active_policy import ActivePolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.submit.enqueue import Enqueuer
from tray_app.tools.facts import facts


class PolicyParts:
    """`active`, `enforcer`, `approvals`, `enqueuer` and `guarded`; load them before the first call."""

    def __init__(
        self,
        shared: Shared,
        sending: SendingParts,
        *,
        held: Callable[[Origin], None],
    ) -> None:
        """Wire; of the file nothing is read yet. `held` hears of each call that waits for the owner."""
        given, clock, new_id, changed = shared.given, shared.clock, shared.new_id, shared.changed
        self._store = store = sending.store
        self.file = PolicyFile(given.paths.policy, last_good=given.paths.last_policy)
        self.active = ActivePolicy(self.file, default=default_policy(), tools=facts(), changed=changed)
        self.overrides = OwnerOverrides(store, clock, changed=changed)
        self.enforcer = PolicyEnforcer(
            rules=lambda: self.active.rules,
            records=store.audit,
            overrides=self.overrides,
            clock=clock,
            new_id=new_id,
            changed=changed,
        )
        self.approvals = Approvals(
            store=store,
            enforcer=self.enforcer,
            overrides=self.overrides,
            deliver=sending.deliver,
            robots=sending.robots,
            clock=clock,
            settings=shared.settings,
            always=self._always,
            held=held,
            changed=changed,
        )
        self.enqueuer = Enqueuer(
            store=store, enforcer=self.enforcer, approvals=self.approvals, clock=clock, new_id=new_id, changed=changed
        )
        self.guarded = GuardedCalls(
            enforcer=self.enforcer, approvals=self.approvals, active=self.active, lasting=store.lasting
        )

    def load(self) -> None:
        """Read the file, and what the last run counted and allowed."""
        self.active.reread()
        self.overrides.load()
        self.enforcer.load()

    def admin(self, history: History) -> PolicyAdmin:
        """What the owner sees and does; it lets a refused message go through the history's own door."""
        return PolicyAdmin(
            active=self.active,
            enforcer=self.enforcer,
            overrides=self.overrides,
            approvals=self.approvals,
            history=history,
            audit=self._store.audit,
            file=self.file,
        )

    def _always(self, approval: Approval) -> None:
        self.active.ask_no_more(approval.tool, approval.rule, approval.reason)
