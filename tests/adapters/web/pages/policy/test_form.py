"""The policy page's form: what was changed in the table goes into the text, whatever else the form says."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.support.policies import NAMES, policies
from tray_app.adapters.web.pages.policy.form import choice_of, draft_of, table, typed_into
from tray_app.core.policy.file.writer import to_json
from tray_app.core.policy.model import Policy
from tray_app.tools.facts import facts

SEND = "dingtalk_send_text"
SOURCE = '{"version": "1", "default": "deny", "tools": {"dingtalk_send_text": {"action": "allow"}}}'


def form(policy: Policy, source: str, **changes: str) -> dict[str, str]:
    """Give what a browser sends."""
    fields = table(policy)
    changed = {name.replace("__", ":"): value for name, value in changes.items()}
    return {"text": source, "version": "v", "shown": json.dumps(fields), **fields, **changed}


@given(policies())
def test_an_untouched_table_changes_nothing(policy: Policy) -> None:
    source = json.dumps(to_json(policy), indent=3)
    draft = typed_into(form(policy, source))
    assert (draft.source, draft.edited, draft.bad, draft.policy) == (source, False, {}, policy)


@given(policies(), st.sampled_from(NAMES), st.sampled_from(["allow", "require_approval", "deny", "hide"]))
def test_a_choice_in_the_table_is_in_the_text(policy: Policy, tool: str, choice: str) -> None:
    draft = typed_into(form(policy, json.dumps(to_json(policy)), **{f"stance__{tool}": choice}))
    assert draft.policy is not None
    assert choice_of(draft.policy, tool) == choice


def test_text_and_table_changed_at_once_both_count() -> None:
    policy = draft_of(SOURCE, "").policy
    assert policy is not None
    typed = SOURCE.replace('"deny"', '"allow"')
    draft = typed_into(form(policy, typed, **{f"stance__{SEND}": "deny"}))
    assert draft.source == typed.replace('{"action": "allow"', '{"action": "deny"')


def test_a_faulty_text_stays_as_it_is_and_says_why() -> None:
    policy = draft_of(SOURCE, "").policy
    assert policy is not None
    draft = typed_into(form(policy, SOURCE[:-1], mode="observe"))
    assert (draft.source, draft.policy, draft.usable) == (SOURCE[:-1], None, False)
    assert len(draft.findings) == 1


def test_what_is_no_number_is_told_beside_its_field() -> None:
    policy = draft_of(SOURCE, "").policy
    assert policy is not None
    for value in ("0", "-1", "1.5", "x", "9" * 30, "٣"):
        draft = typed_into(form(policy, SOURCE, **{f"new__{SEND}": value}))
        assert (list(draft.bad), draft.typed, draft.source) == ([f"new:{SEND}"], {f"new:{SEND}": value}, SOURCE)
        assert not draft.usable


@given(st.dictionaries(st.text(), st.text()), st.text(), st.text())
def test_any_form_is_read(fields: dict[str, str], shown: str, source: str) -> None:
    every = {**fields, "shown": shown, "text": source}
    for given_form in (every, {**every, "text": SOURCE, "shown": json.dumps(dict.fromkeys(fields, "!"))}):
        assert typed_into(given_form).version == given_form.get("version", "")


def test_forged_fields_reach_nothing_that_the_table_does_not_have() -> None:
    forged = {"mode": "x", "default": "require_approval", "stance:nobody": "allow", "most:a:b": "1", "new:b": "1"}
    draft = typed_into({"text": SOURCE, "shown": json.dumps(dict.fromkeys(forged, "")), **forged})
    assert (draft.source, draft.policy) == (SOURCE, draft_of(SOURCE, "").policy)
    assert set(facts()) >= set(draft.policy.tools if draft.policy else ())
