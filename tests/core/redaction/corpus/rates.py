"""How many secrets are masked and how many texts are changed for nothing, over the spellings: tuned and unseen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.core.redaction.corpus.spelled import Spelling, leaked, quiet
from tray_app.core.redaction.redact import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many texts."""

    hits: int
    texts: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.hits / self.texts

    def __str__(self) -> str:
        """Say it as the documentation does."""
        return f"{self.share:.1%} ({self.hits} of {self.texts})" if self.texts else "-"


def is_masked(case: Spelling) -> bool:
    """Whether nothing of its secrets is left."""
    return not case.shows_in(_cleaned(case))


def is_changed(case: Spelling) -> bool:
    """Whether a text without secrets comes out otherwise than it went in."""
    return _cleaned(case) != case.text


def masked(*, unseen: bool) -> Rate:
    """Of the texts with a secret."""
    return _rate(leaked(), is_masked, unseen=unseen)


def false_alarms(*, unseen: bool) -> Rate:
    """Of the texts without any."""
    return _rate(quiet(), is_changed, unseen=unseen)


def report() -> str:
    """Both figures for both halves, and what is masked by kind and language in the unseen one."""
    lines = [f"{'':<24}{'tuned':>24}{'unseen':>24}"]
    for name, of in (("masked", masked), ("false alarms", false_alarms)):
        lines.append(f"{name:<24}{of(unseen=False)!s:>24}{of(unseen=True)!s:>24}")
    for language in ("en", "zh"):
        cases = [case for case in leaked() if case.language == language]
        lines.append(
            f"{'masked, ' + language:<24}"
            + "".join(f"{_rate(cases, is_masked, unseen=half)!s:>24}" for half in (False, True))
        )
    for kind in dict.fromkeys(case.kind for case in leaked()):
        cases = [case for case in leaked() if case.kind == kind]
        lines.append(f"{kind:<24}" + "".join(f"{_rate(cases, is_masked, unseen=half)!s:>24}" for half in (False, True)))
    return "\n".join(lines)


def _rate(cases: Iterable[Spelling], is_hit: Callable[[Spelling], bool], *, unseen: bool) -> Rate:
    half = [case for case in cases if case.unseen is unseen]
    return Rate(hits=sum(map(is_hit, half)), texts=len(half))


def _cleaned(case: Spelling) -> str:
    return redact(case.text, mask=lambda kind: f"【{kind} hidden】").text
