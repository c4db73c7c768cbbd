"""Which of several questions was answered in the terminal: the one whose call has a result in the session's records.

While others are still asked, the client says "waiting" as before, and tells nothing of the one that was answered.
"""

from collections.abc import Sequence

from tray_app.core.questions.question import AgentQuestion
from tray_app.core.sessions.session import PendingCall


def answered(
    waiting: Sequence[AgentQuestion], *, before: Sequence[PendingCall], now: Sequence[PendingCall]
) -> list[AgentQuestion]:
    """Find them among a session's own, oldest first; `before` and `now` are its calls without a result.

    Those that look the same are told apart by nothing, for their hooks need not come in the order of the calls: they
    wait until none of their calls is left. One that cannot be told from a call that was let through waits on: what the
    session does next ends it.
    """
    over: list[AgentQuestion] = []
    for tool, about in dict.fromkeys((one.prompt.tool, one.prompt.about) for one in waiting):
        asked = [one for one in waiting if (one.prompt.tool, one.prompt.about) == (tool, about)]
        if len(_of(before, tool, about)) == len(asked) and not _of(now, tool, about):
            over += asked
    return over


def _of(calls: Sequence[PendingCall], tool: str, about: str) -> list[PendingCall]:
    return [call for call in calls if (call.tool, call.about) == (tool, about)]
