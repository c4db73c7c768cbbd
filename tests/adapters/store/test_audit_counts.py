"""Decisions in a real database, counted for each client."""

from tray_app.adapters.store.store import SqliteStore
from tray_app.core.policy.audit import AuditEntry, DecisionKind


def entry(number: int, grant: str, decision: DecisionKind, *, observed: bool = False) -> AuditEntry:
    return AuditEntry(
        id=f"e{number}",
        at_ms=number,
        tool="dingtalk_send_text",
        client="mcp",
        grant=grant,
        session="",
        decision=decision,
        rule="default",
        observed=observed,
    )


def test_decisions_are_counted_by_client_and_what_was_only_observed_was_allowed(store: SqliteStore) -> None:
    assert store.audit.by_grant() == {}
    for number, decision in enumerate(
        (DecisionKind.ALLOW, DecisionKind.ALLOW, DecisionKind.DENY, DecisionKind.THROTTLE)
    ):
        store.audit.keep(entry(number, "ci", decision))
    store.audit.keep(entry(8, "ci", DecisionKind.DENY, observed=True))
    store.audit.keep(entry(9, "claude-code", DecisionKind.ASK))
    assert store.audit.by_grant() == {"ci": {"allow": 3, "deny": 1, "throttle": 1}, "claude-code": {"ask": 1}}
