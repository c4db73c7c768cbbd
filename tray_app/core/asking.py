"""Which rules of a policy have a tool's calls wait for the owner, and for what reason each."""

from collections.abc import Mapping

from tray_app.core.conditions import shown
from tray_app.core.policy import Policy, Stance
from tray_app.core.texts import Text, text


def asking(policy: Policy, tool: str) -> Mapping[str, Text]:
    """Give the reason of each such rule, by its path in the file, as `core.decide` gives them."""
    found = policy.tools.get(tool)
    if found is None:
        return {}
    own = text("policy.own_words", words=found.reason) if found.reason else None
    if found.stance is Stance.ASK:
        return {f"tools.{tool}.action": own or text("policy.asks")}
    return {
        f"tools.{tool}.require_approval_if[{at}]": text("policy.own_words", words=condition.reason)
        if condition.reason
        else own or text("policy.asks_if", condition=shown(condition))
        for at, condition in enumerate(found.ask_if)
    }
