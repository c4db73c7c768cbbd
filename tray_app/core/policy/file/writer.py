"""A policy as `policy.json` spells it: plain data that `core.policy.file.reader` reads back to the same policy."""

from tray_app.core.policy.model import SECOND_MS, WINDOWS_MS, Condition, Limit, Mode, Policy, ToolPolicy

_NAMES = {length: name for name, length in WINDOWS_MS.items()}


def to_json(policy: Policy) -> dict[str, object]:
    """Give the whole file as JSON values; what says nothing is left out, but for `default` and each tool's `action`."""
    said: dict[str, object] = {"version": "1", "default": policy.default.value}
    if policy.mode is not Mode.ENFORCE:
        said["mode"] = policy.mode.value
    if policy.hide_all or policy.hide:
        said["hide"] = ["*", *sorted(policy.hide)] if policy.hide_all else sorted(policy.hide)
    if policy.limits:
        said["all_tools"] = {"limits": [_limit(limit) for limit in policy.limits]}
    said["tools"] = {name: tool_to_json(tool) for name, tool in policy.tools.items()}
    return said


def tool_to_json(tool: ToolPolicy) -> dict[str, object]:
    """Give what stands below one tool's name."""
    said: dict[str, object] = {"action": tool.stance.value}
    if tool.reason:
        said["reason"] = tool.reason
    if tool.limits:
        said["limits"] = [_limit(limit) for limit in tool.limits]
    for key, conditions in (("require", tool.require), ("deny_if", tool.deny_if), ("require_approval_if", tool.ask_if)):
        if conditions:
            said[key] = [_condition(condition) for condition in conditions]
    return said


def window_word(window_ms: int) -> str | int:
    """Spell a window: `minute`, `hour`, `day`, or its seconds."""
    return _NAMES.get(window_ms, window_ms // SECOND_MS)


def _limit(limit: Limit) -> dict[str, object]:
    return {
        "counter": limit.counter,
        "window": window_word(limit.window_ms),
        "max": limit.most,
        "scope": limit.scope.value,
    }


def _condition(condition: Condition) -> dict[str, object]:
    value = condition.value
    said: dict[str, object] = {
        "path": f"args.{'.'.join(condition.path)}",
        "op": condition.op.value,
        "value": list(value) if isinstance(value, tuple) else value,
    }
    return {**said, "reason": condition.reason} if condition.reason else said
