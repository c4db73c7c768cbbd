"""The owner's policy, wired: its file, the gate, what waits for the owner, and how a change of the file is noticed."""

from collections.abc import Callable

from tray_app.adapters.policy_file import PolicyFile, default_policy
from tray_app.adapters.store import SqliteStore
from tray_app.app.surroundings import Surroundings
from tray_app.core.approvals import Approval
from tray_app.core.settings import Settings
from tray_app.services.approve import Approvals
from tray_app.services.checkpoint import Checkpoint
from tray_app.services.deliver import Deliver
from tray_app.services.gate import Gate
from tray_app.services.history import History
from tray_app.services.intake import Intake
from tray_app.services.passes import PassBook
from tray_app.services.policy_book import PolicyBook
from tray_app.services.policy_desk import PolicyDesk
from tray_app.services.ports import Clock, Robots
from tray_app.tools.facts import facts


class PolicyParts:
    """`book`, `gate`, `approvals`, `intake` and `checkpoint`; load them before the first call."""

    def __init__(
        self,
        given: Surroundings,
        *,
        store: SqliteStore,
        deliver: Deliver,
        robots: Robots,
        clock: Clock,
        settings: Callable[[], Settings],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """Wire; of the file nothing is read yet."""
        self._store = store
        self.file = PolicyFile(given.paths.policy)
        self.book = PolicyBook(self.file, default=default_policy(), tools=facts(), changed=changed)
        self.passes = PassBook(store, clock, changed=changed)
        self.gate = Gate(
            rules=lambda: self.book.rules,
            records=store.audit,
            passes=self.passes,
            clock=clock,
            new_id=new_id,
            changed=changed,
        )
        self.approvals = Approvals(
            store=store,
            gate=self.gate,
            passes=self.passes,
            deliver=deliver,
            robots=robots,
            clock=clock,
            settings=settings,
            always=self._always,
            changed=changed,
        )
        self.intake = Intake(
            store=store, gate=self.gate, approvals=self.approvals, clock=clock, new_id=new_id, changed=changed
        )
        self.checkpoint = Checkpoint(gate=self.gate, approvals=self.approvals, book=self.book)
        deliver.on_settled = self.gate.settled

    def load(self) -> None:
        """Read the file, and what the last run counted and allowed."""
        self.book.reread()
        self.passes.load()
        self.gate.load()

    def desk(self, history: History) -> PolicyDesk:
        """What the owner sees and does; it lets a refused message go through the history's own door."""
        return PolicyDesk(
            book=self.book,
            gate=self.gate,
            passes=self.passes,
            approvals=self.approvals,
            history=history,
            audit=self._store.audit,
        )

    def _always(self, approval: Approval) -> None:
        self.book.ask_no_more(approval.tool, approval.rule, approval.reason)
