"""A policy in one line: how many tools agents may use."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.model import Stance


def stances(tools: Iterable[tuple[Stance, bool]]) -> Iterator[Text]:
    """Say how many of `tools` (stance, hidden) agents may use, must ask for, may not use, do not see."""
    found = Counter("hidden" if hidden else stance.name.lower() for stance, hidden in tools)
    for kind in (*(stance.name.lower() for stance in Stance), "hidden"):
        if found[kind]:
            yield text(f"policy_menu.count_{kind}", count=found[kind])
