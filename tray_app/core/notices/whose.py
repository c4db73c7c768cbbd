"""Which rules of notices hold for a session: its project's, less what its owner does not want to hear of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tray_app.core.sessions.mutes import Mute
from tray_app.core.sessions.session import Session
from tray_app.core.settings.notices import NoticeKind, NoticeRules, NoticeSettings
from tray_app.core.settings.routes import Route, RouteKind, Subject, route


def rules_for(
    session: Session | None,
    settings: NoticeSettings,
    *,
    home: str,
    routes: Sequence[Route] = (),
    mutes: Sequence[Mute] = (),
) -> NoticeRules:
    """Those of its project, or the general ones where nobody knows it; `home` is what `~` stands for in them.

    Nothing is told of a session that a program runs where the owner wants none of them. Whoever has a route for the
    ends of sessions has chosen a message for each that it fits. What `mutes` cover is not told.
    """
    if session is None:
        return settings
    subject = Subject(
        folder=session.cwd,
        project=session.project,
        worktree=session.worktree,
        main_folder=session.main_folder,
        tool=NoticeKind.SESSION_END,
        kind=RouteKind.SESSION_END,
    )
    rules = settings.of(subject, home=home)
    led = route(routes, subject, home=home)
    if led is not None and led.kind:
        rules = replace(rules, session_end=replace(rules.session_end, each=True))
    if session.scripted and not rules.scripted:
        return muted(rules)
    for mute in mutes:
        if mute.covers(session=session.session_id, project=session.project):
            rules = muted(rules, mute.kind)
    return rules


def muted(rules: NoticeRules, only: str = "") -> NoticeRules:
    """The same rules with nothing told, or nothing of one kind."""
    kinds = {kind.value: rule for kind, rule in rules.rules.items() if only in {"", kind.value}}
    quiet: dict[str, Any] = {name: replace(rule, enabled=False) for name, rule in kinds.items()}
    return replace(rules, **quiet)
