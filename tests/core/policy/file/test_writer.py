"""Whatever policy is written is read as the same one; whatever is read never breaks the reader."""

import json
import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.policies import TOOLS, fuzzed, policies
from tray_app.adapters.files.texts import catalog
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.file.writer import to_json
from tray_app.core.policy.model import Policy

WORDS = catalog(Language.EN)
POLICY = Path(__file__).parents[4] / "assets" / "policy"


def read(source: str) -> Policy:
    return read_policy(source, tools=TOOLS)


@settings(max_examples=40, deadline=None)
@given(policies())
def test_what_is_written_is_read_as_the_same_policy(policy: Policy) -> None:
    assert read(json.dumps(to_json(policy))) == policy


def only_invalid_policy(source: str) -> None:
    for finding in findings_in(source, tools=TOOLS):
        assert finding.line >= 1
        assert finding.column >= 1
        assert "⟨" not in WORDS(finding.what)
    try:
        read(source)
    except InvalidPolicy as fault:
        assert fault.findings == findings_in(source, tools=TOOLS)  # noqa: PT017 - no fault is as good


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**64))
def test_any_damage_to_a_policy_is_named_and_never_a_crash(seed: int) -> None:
    only_invalid_policy(fuzzed(random.Random(seed)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.integers(0, 1_400), st.integers(0, 40))
def test_any_text_in_a_file_is_named_and_never_a_crash(words: str, at: int, gone: int) -> None:
    only_invalid_policy(words)
    whole = (POLICY / "default.json").read_text("utf-8")
    only_invalid_policy(whole[:at] + words + whole[at + gone :])
