"""The owner's policy as it holds now: read from its file, changed by a click.

It fails closed. The last good policy is kept on disk and holds, over restarts too, while the file is gone or has a
fault; with none known a file that cannot be used means that every call asks the owner. The built-in policy is only for
those who never had a file, or reset it.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from tray_app.core.jsontext.edit import NotJson, WrongShape
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.compiled import CompiledPolicy, compile_policy
from tray_app.core.policy.file.edit import asking_no_more, with_stance
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.model import Policy, Stance, ToolFacts
from tray_app.core.policy.words import asking
from tray_app.core.state.problems import Problem, ProblemKind

log = logging.getLogger(__name__)


class PolicySource(Protocol):
    """`policy.json`, and a copy of the last good one. Each may raise TrayAppError."""

    def read(self) -> str | None:
        """The whole text; None where there is no file."""
        ...

    def write(self, source: str) -> None:
        """Put this in its place, whole or not at all."""
        ...

    def last_good(self) -> str | None:
        """The kept copy; None where there never was a good one."""
        ...

    def keep_good(self, source: str) -> None:
        """Keep this as the last good one, over a restart and a power cut."""
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
        self._source: str | None = None  # of the owner's policy that holds; None where ours does
        self._kept: str | None = None  # what the copy on disk is known to say
        self.text = default
        self.current: Policy
        self.rules: CompiledPolicy
        self._hold(default)
        self.problem: Problem | None = None
        self.as_written = False  # it holds with conditions that say the same about every call, and `problem` tells them

    @property
    def tools(self) -> Mapping[str, ToolFacts]:
        """All tools there are."""
        return self._tools

    @property
    def from_file(self) -> bool:
        """Whether a policy of the owner's holds: the file's, or the last good one."""
        return self._source is not None

    def reread(self) -> None:
        """Read the file again, if it says something else; gone or with a fault it leaves the last good policy."""
        try:
            source = self._file.read()
            if self.problem is None and source is not None and source == self._source:
                self._keep()
                return
            if source is None:
                self._without_file()
            else:
                self._take(source, *self._read(source, held=self._may_have_held(source)))
        except TrayAppError as fault:
            self._with_fault(fault)
        self._tell()

    def _read(self, source: str, *, held: bool) -> tuple[Policy, InvalidPolicy | None]:
        """Read what the file says, and what is told of it all the same. Raises InvalidPolicy where that cannot hold.

        What `held` before holds on with conditions that say the same about every call: earlier versions took them, and
        a file must not mean another thing after an upgrade.
        """
        try:
            return read_policy(source, tools=self._tools), None
        except InvalidPolicy as fault:
            if not held:
                raise
            return read_policy(source, tools=self._tools, held=True), fault

    def _may_have_held(self, source: str) -> bool:
        """Whether it is the policy that held last, or none is known."""
        try:
            known = self._file.last_good() if self._source is None else self._source
        except TrayAppError:
            return False
        return known is None or known == source

    def look_at_kept(self) -> None:
        """Keep the policy that holds once more, where its copy has gone or says something else."""
        try:
            self._kept = self._file.last_good()
        except TrayAppError:
            self._kept = None
        self._keep()

    def _tell(self) -> None:
        log.info("policy: %d tools listed, default %s", len(self.current.tools), self.current.default)
        self._changed()

    def _take(self, source: str, policy: Policy, told: InvalidPolicy | None) -> None:
        """Let what the file says hold from now on."""
        self._put(source, policy)
        self._source, self.problem, self.as_written = source, None, False
        if told is not None:
            self._say(text("policy.as_written", fault=told.reason), text("policy.as_written_hint"))
            self.as_written = True
        self._keep()

    def _without_file(self) -> None:
        """Let the last good policy hold on. Raises TrayAppError where nobody knows whether there was one."""
        last = self._file.last_good() if self._source is None else self._source
        if last is None or last == self._default:  # there never was one, or it was reset
            self._hold(self._default)
            self._source, self.problem = None, None
            return
        self._hold(last)
        self._source = last
        self._say(text("policy.gone"), text("policy.gone_hint"))

    def _with_fault(self, fault: TrayAppError) -> None:
        if self._source is None and not self._held_last_good():
            self._hold(_asking_about_everything(self._tools))
            self._say(fault.reason, text("policy.everything_asks", hint=fault.hint))
        else:
            self._say(fault.reason, fault.hint)
        log.warning("policy.json cannot be used; the last good policy holds, or every call asks: %s", fault)

    def _held_last_good(self) -> bool:
        try:
            last = self._file.last_good()
            if last is not None:
                self._hold(last)
                self._source = last
        except TrayAppError:
            return False
        return last is not None

    def _say(self, reason: Text, hint: Text) -> None:
        self.as_written = False
        self.problem = Problem(kind=ProblemKind.POLICY, reason=reason, hint=hint)

    def _keep(self) -> None:
        """Keep the policy that holds as the last good one; one that cannot be kept is tried again at the next look."""
        if self._source is None or self._source == self._kept:
            return
        try:
            self._file.keep_good(self._source)
        except TrayAppError as fault:
            log.warning("the last good policy could not be kept: %s", fault)
        else:
            self._kept = self._source

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
        """Change the file's text (without a file that of the policy that holds). Raises TrayAppError, unchanged."""
        source = self._file.read()
        try:
            changed = change(self.text if source is None else source)
        except (NotJson, WrongShape):
            raise TrayAppError(text("policy.broken"), text("policy.broken_hint")) from None
        self._write(changed, held=self.as_written and source == self._source)

    def replace(self, source: str) -> None:
        """Put a whole new text in the file's place. Raises InvalidPolicy where it cannot be used, or TrayAppError."""
        self._write(source, held=False)

    def _write(self, source: str, *, held: bool) -> None:
        policy, told = self._read(source, held=held)
        self._file.write(source)
        self._take(source, policy, told)  # the watch finds this text, and knows it
        self._tell()

    def _hold(self, source: str) -> None:
        """Read a policy that held before and let it hold on. Raises InvalidPolicy; nothing is changed then."""
        self._put(source, read_policy(source, tools=self._tools, held=True))

    def _put(self, source: str, policy: Policy) -> None:
        self.text, self.current, self.rules = source, policy, compile_policy(policy)


def _asking_about_everything(tools: Mapping[str, ToolFacts]) -> str:
    asks = {"action": "require_approval"}
    return json.dumps({"version": "1", "default": "deny", "tools": dict.fromkeys(tools, asks)}, indent=2)
