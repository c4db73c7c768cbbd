"""What stands in the audit about words for a session: that they were given, or why they did not arrive."""

import logging
from collections.abc import Callable
from typing import Protocol

from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.settings.settings import Settings
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_TOOL = "follow_up"


class FollowUpLog(Protocol):
    """The audit. May raise StoreUnavailable."""

    def keep(self, entry: AuditEntry) -> None:
        """Add a decision."""
        ...


class FollowUpRecords:
    """Writes a line for each."""

    def __init__(
        self,
        audit: FollowUpLog,
        clock: Clock,
        *,
        settings: Callable[[], Settings],
        masked: Callable[[str], str],
        new_id: Callable[[], str],
    ) -> None:
        """`masked` hides secrets."""
        self._audit, self._clock = audit, clock
        self._settings, self._masked, self._new_id = settings, masked, new_id

    def given(self, follow_up: FollowUp, words: str, agent: str) -> None:
        """These words are given, as far as the owner has words kept. Raises StoreUnavailable."""
        project = follow_up.project or "-"
        said: Text = text("follow_ups.audit_unkept", project=project)
        if self._settings().history.store_content:
            said = text("follow_ups.audit_given", project=project, words=self._masked(words.strip()))
        self._audit.keep(
            AuditEntry(
                id=follow_up.id,
                at_ms=follow_up.at_ms,
                tool=_TOOL,
                client=agent,
                grant="",
                session=follow_up.session,
                decision=DecisionKind.ALLOW,
                rule=f"follow_up.{follow_up.by}",
                reason=said,
            )
        )

    def not_given(self, follow_up: FollowUp, why: Text) -> None:
        """Words that were on record did not arrive."""
        self._denied(follow_up, why, "not_given")

    def lost(self, follow_up: FollowUp) -> None:
        """Words that were given perhaps did not arrive."""
        self._denied(follow_up, follow_up.said, "lost")

    def _denied(self, follow_up: FollowUp, why: Text, rule: str) -> None:
        entry = AuditEntry(
            id=self._new_id(),
            at_ms=self._clock.now_ms(),
            tool=_TOOL,
            client="",
            grant="",
            session=follow_up.session,
            decision=DecisionKind.DENY,
            rule=f"follow_up.{rule}",
            reason=why,
        )
        try:
            self._audit.keep(entry)
        except StoreUnavailable as trouble:
            log.warning("what became of words for a session is not on record: %s", trouble)
