"""The reasons that a policy file gives, as texts: the owner's stay as written, the built-in policy's are translated.

The file has one language; `assets/policy/default.json` says its reasons in these words.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tray_app.core.kernel.texts import Text, text

BUILT_IN: Mapping[str, Text] = MappingProxyType(
    {
        "Mentions everybody in the group (@所有人)": text("policy.mentions_everybody"),
        "Changes where every later message goes (更改之后所有消息的去向)": text("policy.changes_robot"),
    }
)


def own_words(reason: str) -> Text:
    """Say a reason."""
    return BUILT_IN.get(reason) or text("policy.own_words", words=reason)
