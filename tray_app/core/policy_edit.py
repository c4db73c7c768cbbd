"""Changes of a policy file made by a click: every other byte of it stays, and so does what the click knows nothing of."""

from collections.abc import Mapping

from tray_app.core.json_edit import Put, Undo, edit, parse, revert
from tray_app.core.policy import Stance


def with_stance(source: str, tool: str, stance: Stance) -> str:
    """Say allow, ask or deny to a tool; a hidden one is shown again. Raises NotJson or WrongShape."""
    shown = revert(source, [Undo(path=("hide",), value=tool, element=True)])
    return edit(shown, [Put(path=("tools", tool, "action"), value=stance.value)]).text


def asking_no_more(source: str, tool: str, rule: str) -> str:
    """Take out what made this tool ask: the stance, or the condition that `rule` names. Raises NotJson or WrongShape."""
    stem, _, index = rule.rpartition("[")
    path = ("tools", tool, "require_approval_if")
    if stem != ".".join(path) or not index.removesuffix("]").isdigit():
        return with_stance(source, tool, Stance.ALLOW)
    found: object = parse(source)
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    at = int(index.removesuffix("]"))
    if not isinstance(found, list) or at >= len(found):
        return source
    return revert(source, [Undo(path=path, value=found[at], element=True)])
