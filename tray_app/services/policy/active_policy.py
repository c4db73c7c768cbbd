"""The owner's policy as it holds now: read from its file, kept when the file has a fault, changed by a click."""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from tray_app.core.jsontext.edit import NotJson, WrongShape
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.compiled import CompiledPolicy, compile_policy
from tray_app.core.policy.file.edit import asking_no_more, with_stance
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.model import Policy, Stance, ToolFacts
from tray_app.core.policy.words import asking
from tray_app.core.state.snapshot import Problem, ProblemKind

log = logging.getLogger(__name__)


class PolicySource(Protocol):
    """`policy.json`. Both may raise TrayAppError."""

    def read(self) -> str | None:
        """The whole text; None where there is no file."""
        ...

    def write(self, source: str) -> None:
        """Put this in its place, whole or not at all."""
        ...


class ActivePolicy:
    """`current` is the last good policy, `rules` the same worked out for calls.

    Whoever holds them keeps them: a change is a new value.
    """

    def __init__(
        self, file: PolicySource, *, default: str, tools: Mapping[str, ToolFacts], changed: Callable[[], None]
    ) -> None:
        """`default` is the text of the policy that holds without a file; nothing is read yet."""
        self._file = file
        self._default = default
        self._tools = tools
        self._changed = changed
        self._source: str | None = None
        self.current: Policy
        self.rules: CompiledPolicy
        self._hold(default)
        self.problem: Problem | None = None

    @property
    def tools(self) -> Mapping[str, ToolFacts]:
        """All tools there are."""
        return self._tools

    @property
    def from_file(self) -> bool:
        """Whether the owner has a policy file that can be used; without one the default holds."""
        return self._source is not None

    def reread(self) -> None:
        """Read the file again, if it says something else; one with a fault leaves the last good policy in place."""
        try:
            source = self._file.read()
            if self.problem is None and source is not None and source == self._source:
                return
            self._hold(self._default if source is None else source)
        except TrayAppError as fault:
            self.problem = Problem(kind=ProblemKind.POLICY, reason=fault.reason, hint=fault.hint)
            log.warning("policy.json cannot be used; the last good policy holds: %s", fault)
        else:
            self._source, self.problem = source, None
            log.info("policy read: %d tools listed, default %s", len(self.current.tools), self.current.default)
        self._changed()

    def set_stance(self, tool: str, stance: Stance) -> None:
        """Write allow, ask or deny for a tool. Raises TrayAppError; nothing is changed then."""
        self.edit(lambda source: with_stance(source, tool, stance))

    def ask_no_more(self, tool: str, rule: str, reason: Text) -> None:
        """Write that what asked (for this reason) is allowed from now on. Raises TrayAppError.

        The file may have changed while the call waited: the rule is found by its reason then, or is gone already.
        """
        self.reread()
        rules = asking(self.current, tool)
        if rules.get(rule) != reason:
            rule = next((other for other, why in rules.items() if why == reason), "")
        if rule:
            self.edit(lambda source: asking_no_more(source, tool, rule))

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the file's text (the default's, where there is none). Raises TrayAppError; nothing is changed then."""
        source = self._file.read()
        try:
            changed = change(self._default if source is None else source)
        except (NotJson, WrongShape):
            raise TrayAppError(text("policy.broken"), text("policy.broken_hint")) from None
        self.replace(changed)

    def replace(self, source: str) -> None:
        """Put a whole new text in the file's place. Raises InvalidPolicy where it cannot be used, or TrayAppError."""
        read_policy(source, tools=self._tools)
        self._file.write(source)
        self.reread()

    def _hold(self, source: str) -> None:
        """Read a policy and let it hold from now on. Raises InvalidPolicy; nothing is changed then."""
        policy = read_policy(source, tools=self._tools)
        self.current, self.rules = policy, compile_policy(policy)
