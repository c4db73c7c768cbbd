"""What a reader finds in a policy file, with line and column; and the file as a page edits it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.matching.reach import Proofs

_MOST = 200  # of each sort; whoever has more mends these first


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """One fault or remark; line and column (in characters) count from 1.

    An `idle` fault is of conditions that say the same about every call: a file that held before holds with it, too.
    """

    line: int
    column: int
    what: Text
    remark: bool = False
    idle: bool = False


class InvalidPolicy(TrayAppError):
    """`policy.json` cannot be used. `findings` are in the order of the file; at least one is a fault."""

    def __init__(self, findings: Sequence[PolicyFinding]) -> None:
        """Say the first fault, and how much more there is."""
        first, more = next(finding for finding in findings if not finding.remark), len(findings) - 1
        reason = text("policy.invalid", line=first.line, what=first.what)
        if more:
            reason = text("policy.invalid_more", line=first.line, what=first.what, more=more)
        super().__init__(reason, text("policy.invalid_hint"))
        self.findings = tuple(findings)


class Findings:
    """Collects faults, idle faults and remarks by their offset in the text; none of them takes another sort's room."""

    def __init__(self, source: str) -> None:
        """`source` is the text without a byte order mark."""
        self.proofs = Proofs()  # one for the whole text
        self._lines = [0]
        self._lines += [at + 1 for at, letter in enumerate(source) if letter == "\n"]
        self._list: list[PolicyFinding] = []
        self._counts = Counter[tuple[bool, bool]]()  # by what `add` is told

    @property
    def full(self) -> bool:
        """Whether no more faults that forbid the file are taken."""
        return self._counts[False, False] >= _MOST

    def line(self, at: int) -> int:
        """Give the line of an offset."""
        return bisect_right(self._lines, at)

    def add(self, at: int, what: Text, *, remark: bool = False, idle: bool = False) -> None:
        """Note a fault at this offset, or a remark."""
        line = self.line(at)
        column = at - self._lines[line - 1] + 1
        if self._counts[remark, idle] < _MOST:
            self._counts[remark, idle] += 1
            self._list.append(PolicyFinding(line=line, column=column, what=what, remark=remark, idle=idle))

    def all(self) -> tuple[PolicyFinding, ...]:
        """Everything that was found, in the order of the file."""
        return tuple(sorted(self._list, key=lambda finding: (finding.line, finding.column)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The whole text, from the file or (`exists` False) of the default policy.

    `trouble`: the file cannot be read as text at all; `source` is then empty.
    """

    source: str
    path: str
    exists: bool
    trouble: TrayAppError | None = None

    @property
    def version(self) -> str:
        """Equal for equal texts alone; a missing file is no version of a present one."""
        known = f"{self.exists}:{self.trouble is None}:{self.source}"
        return sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class PolicyChanged(TrayAppError):
    """`policy.json` is no longer what somebody read before they changed it; nothing was written."""
