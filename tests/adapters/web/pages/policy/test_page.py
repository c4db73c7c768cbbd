"""The policy's addresses as a program sees them."""

from dataclasses import replace

import httpx

from tests.support.forms import token_in
from tests.support.page_server import page_server
from tests.support.patience import PATIENCE_S
from tests.support.policy_scenes import StillPolicy, desk_of, refusal
from tray_app.assets import asset
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page


def test_what_a_script_asks_by_itself_takes_no_note_away() -> None:
    policy = StillPolicy(refused=(refusal(),))
    with (
        page_server(desk_of(policy), more=policy.places) as server,
        httpx.Client(base_url=server.origin, trust_env=False, timeout=PATIENCE_S, headers={"x-live": "1"}) as script,
    ):
        script.get(server.link(Page.POLICY))
        with httpx.Client(
            base_url=server.origin, trust_env=False, timeout=PATIENCE_S, cookies=script.cookies
        ) as person:
            form = {"csrf": token_in(person.get("/ui/policy").text)}
            assert person.post("/ui/policy", data={**form, "do": "once", "id": "r1"}).status_code == 303
            checked = script.post("/ui/policy/check", data={**form, "do": "save", "text": policy.source})
            for answer in (checked, script.get("/ui/policy")):
                assert answer.status_code == 200
                assert "the message was sent" not in answer.text
            assert "the message was sent" in person.get("/ui/policy").text
            assert "the message was sent" not in person.get("/ui/policy").text


def test_the_built_in_reasons_are_said_in_the_reader_s_language_and_the_owner_s_own_as_written() -> None:
    own = '{"version": "1", "default": "deny", "tools": {"dingtalk_send_text": {"reason": "(我先看)"}}}'
    built_in = asset("policy/default.json").read_text("utf-8")
    for source, there, gone in ((built_in, "会更改之后所有消息的去向", "Mentions everybody"), (own, "(我先看)", "⟨")):
        policy = StillPolicy(source=source)
        desk = replace(desk_of(policy), spoken=Language.ZH)
        with (
            page_server(desk, more=policy.places) as server,
            httpx.Client(base_url=server.origin, trust_env=False, timeout=PATIENCE_S) as person,
        ):
            table = person.get(server.link(Page.POLICY), follow_redirects=True).text.partition("policy.json</h2>")[0]
            assert there in table
            assert gone not in table


def test_a_paste_is_named_and_translated_into_the_box_and_nothing_is_saved() -> None:
    policy = StillPolicy()
    before, pasted = policy.source, "tools:\n  dingtalk_send_text:\n    rules: [{rate_limit: 5/hour}, {transform: x}]\n"
    with (
        page_server(desk_of(policy), more=policy.places) as server,
        httpx.Client(base_url=server.origin, trust_env=False, timeout=PATIENCE_S) as person,
    ):
        form = {"csrf": token_in(person.get(server.link(Page.POLICY), follow_redirects=True).text), "text": pasted}
        checked = person.post("/ui/policy", data={**form, "do": "check"}).text
        assert "this is a policy of Intercept" in checked
        assert 'name="do" value="translate"' in checked
        made = person.post("/ui/policy", data={**form, "do": "translate"}).text
        assert "Translated below, not saved yet" in made
        assert "rules[1].transform cannot be translated, so every call asks you" in made
        assert "&#34;dingtalk_send_text_rate_hour&#34;" in made
        assert 'value="translate"' not in made
        hopeless = person.post("/ui/policy", data={**form, "text": "hello", "do": "translate"}).text
        assert "Translated below" not in hopeless
        assert "hello" in hopeless
    assert policy.source == before
