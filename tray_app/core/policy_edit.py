"""Changes of a policy file made by a click: every other byte stays, and so does what the click knows nothing of."""

from collections.abc import Collection, Mapping

from tray_app.core.json_edit import Add, Put, Undo, edit, parse, revert
from tray_app.core.policy import Mode, Stance

_EVERYTHING = "*"
_HIDE = ("hide",)


def with_stance(source: str, tool: str, stance: Stance, *, tools: Collection[str] = ()) -> str:
    """Say allow, ask or deny to a tool; a hidden one is shown again. Raises NotJson or WrongShape.

    With `tools` (all there are), one that is hidden with all others is shown too: the others are then hidden by name.
    """
    if tools and _hides_all(source):
        shown = edit(source, [Put(path=_HIDE, value=[name for name in tools if name != tool])]).text
    else:
        shown = revert(source, [Undo(path=_HIDE, value=tool, element=True)])
    return edit(shown, [Put(path=("tools", tool, "action"), value=stance.value)]).text


def with_hidden(source: str, tool: str) -> str:
    """Take a tool out of agents' sight; what the file says about it stays for later. Raises NotJson or WrongShape."""
    return source if _hides_all(source) else edit(source, [Add(path=_HIDE, value=tool)]).text


def with_default(source: str, stance: Stance) -> str:
    """Allow or deny what the file does not name. Raises NotJson or WrongShape."""
    return edit(source, [Put(path=("default",), value=stance.value)]).text


def with_mode(source: str, mode: Mode) -> str:
    """Enforce the policy, or only observe. Raises NotJson or WrongShape."""
    return edit(source, [Put(path=("mode",), value=mode.value)]).text


def asking_no_more(source: str, tool: str, rule: str) -> str:
    """Take out what made a tool ask: the stance, or the condition that `rule` names. Raises NotJson or WrongShape."""
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


def _hides_all(source: str) -> bool:
    found = parse(source)
    hide = found.get("hide") if isinstance(found, Mapping) else None
    return hide == _EVERYTHING or (isinstance(hide, list) and _EVERYTHING in hide)
