"""Published figures hold: of secrets spelled in many ways at least 97 % are masked, of look-alikes 1 % changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.redaction.corpus.rates import false_alarms, is_changed, is_masked, masked
from tests.core.redaction.corpus.spelled import Spelling, leaked, quiet
from tray_app.core.redaction.redact import Redacted, redact

_HALVES = pytest.mark.parametrize("unseen", [False, True], ids=["tuned", "unseen"])


@_HALVES
def test_at_least_97_of_100_secrets_are_masked(*, unseen: bool) -> None:
    assert masked(unseen=unseen).share >= 0.97, _tuned([case.text for case in leaked() if not is_masked(case)], unseen)


@_HALVES
def test_at_most_1_of_100_texts_without_secrets_is_changed(*, unseen: bool) -> None:
    changed = [case.text for case in quiet() if is_changed(case)]
    assert false_alarms(unseen=unseen).share <= 0.01, _tuned(changed, unseen)


def test_every_kind_has_spellings_in_both_halves_and_there_are_as_many_texts_without_secrets() -> None:
    assert len(quiet()) >= 2_000
    for cases in (leaked(), quiet()):
        tuned = {case.kind for case in cases if not case.unseen and not case.kind.startswith("more/")}
        assert {case.kind for case in cases if case.unseen} == tuned
        assert len({case.spelled for case in cases}) == len(cases) // 2
    assert all(case.secrets for case in leaked())


@pytest.mark.parametrize("cases", [leaked(), quiet()], ids=["leaked", "quiet"])
def test_a_cleaned_text_is_clean(cases: tuple[Spelling, ...]) -> None:
    once = [redact(case.text, mask=lambda kind: f"【{kind} hidden】").text for case in cases]
    assert [redact(text, mask=lambda kind: f"【{kind} hidden】").text for text in once] == once


def _tuned(texts: list[str], unseen: bool) -> str:
    """Show what failed, but never of the half that no rule is made for."""
    return "" if unseen else "\n".join(texts)


@given(st.lists(st.sampled_from((*leaked(), *quiet())), min_size=2, max_size=4))
def test_masking_texts_together_twice_is_masking_them_once(cases: list[Spelling]) -> None:
    once = redact("\n".join(case.text for case in cases), mask=lambda kind: f"【{kind} hidden】").text
    assert redact(once, mask=lambda kind: f"【{kind} hidden】") == Redacted(text=once)


@given(st.sampled_from(leaked()), st.sampled_from(quiet()))
def test_a_secret_goes_between_lines_that_hold_none(leak: Spelling, around: Spelling) -> None:
    if is_masked(leak):
        text = f"{around.text}\n\n{leak.text}\n\n{around.text}"
        assert not leak.shows_in(redact(text, mask=lambda kind: f"【{kind} hidden】").text.replace(around.text, ""))
