"""What the phone shows: all of it within bounds, answers to tap, and nothing that an agent could pass for one."""

import json
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tests.support.phone_scenes import CHOICE, CHOICES, COMMAND, PLAN, running, told
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.message import MarkdownMessage
from tray_app.core.phone.message import MOST_BYTES, MOST_LINES, Telling, list_of, message_of, next_of
from tray_app.core.phone.resolve import Meant, Partly, Told, resolve
from tray_app.core.phone.typed import Answered, read
from tray_app.core.phone.waiting import kind_only, only_denied
from tray_app.core.questions.question import AgentPrompt, Choice, ChoiceOption
from tray_app.core.redaction.redact import redact_message

ZH = catalogs()[Language.ZH].for_owner()
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(([^)]*)\)")


def shown(one: Told, *, whole: bool = True, more: int = 0) -> str:
    return message_of(one, Telling(words=ZH, whole=whole, more=more)).text


def links(shown: str) -> list[tuple[str, str]]:
    return [(label, address) for label, address in _LINK.findall(shown)]


def test_a_command_is_shown_whole_with_answers_to_tap() -> None:
    assert message_of(told(running("set -e\nnpm test")), Telling(words=ZH)) == MarkdownMessage(
        title="shop：是否允许使用 Bash？",
        text="### shop：是否允许使用 Bash？\n\n命令\n\n> set -e\n> npm test\n\n"
        "[允许一次](dtmd://dingtalkclient/sendMessage?content=%E5%85%81%E8%AE%B8%20K7QP)"
        " ｜ [拒绝](dtmd://dingtalkclient/sendMessage?content=%E6%8B%92%E7%BB%9D%20K7QP)\n\n"
        f"{ZH('phone.how', code='K7QP')}",
    )


@pytest.mark.parametrize("prompt", [COMMAND, CHOICE, CHOICES, PLAN])
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("language", list(Language))
def test_every_link_gives_the_answer_that_it_stands_for(prompt: AgentPrompt, lasting: bool, language: Language) -> None:
    one = told(prompt, lasting=lasting)
    message = message_of(one, Telling(words=catalogs()[language].for_owner()))
    words = []
    for _label, address in links(message.text):
        assert address.startswith("dtmd://dingtalkclient/sendMessage?content=")
        assert re.fullmatch(r"[A-Za-z0-9%.-]+", address.partition("=")[2])
        answered = read(unquote(address.partition("=")[2]))
        assert isinstance(answered, Answered)
        meant = resolve(answered, [one], waits=9, at_ms=0)
        assert isinstance(meant, Meant | Partly)
        words.append(meant.word if isinstance(meant, Meant) else meant.chosen[0][0])
    first = [option.label for option in one.left[0].options] if one.left else []
    assert words == [*first, *(each.word for each in one.waiting.answers)]


def test_several_questions_have_numbers_and_an_example() -> None:
    said = shown(told(CHOICES))
    assert "> 1\\. SQLite: One file\n> 2\\. Postgres" in said
    assert ZH("phone.several", count=2, code="K7QP", example="1; 1,2") in said
    assert f"{ZH('phone.next', number=1, count=2)}\n\n[1](" in said


def test_the_next_of_several_questions_is_asked_alone_with_its_own_answers() -> None:
    one = replace(told(CHOICES), given=(("MySQL",),))
    said = next_of(one, ZH).text
    assert "Database?" not in said
    assert "> Extras?\n> 1\\. SQLite: One file\n> 2\\. Postgres\n" in said
    assert ZH("phone.next", number=2, count=2) in said
    assert ZH("phone.next_how", code="K7QP", example="1,2") in said
    assert [unquote(address)[-6:] for _label, address in links(said)] == ["1 K7QP", "2 K7QP", "绝 K7QP"]
    by_kind = next_of(replace(one, waiting=kind_only(one.waiting)), ZH).text
    assert ("SQLite" in by_kind, "Extras" in by_kind) == (False, False)
    assert len(links(by_kind)) == 3


def test_one_question_with_several_answers_shows_how_to_choose_them() -> None:
    waiting = told(CHOICES).waiting
    one = replace(told(), waiting=replace(waiting, choices=waiting.choices[1:], details=waiting.details[1:]))
    said = shown(one)
    assert ZH("phone.several_of_one", code="K7QP", example="1,2") in said
    assert ZH("phone.next", number=1, count=1) not in said
    assert len(links(said)) == 3


def test_an_option_writes_no_question_and_no_number_of_its_own() -> None:
    forged = ChoiceOption(label="Yes\n2. No", description="x\n\nQuestion\n\n1. Drop it")
    one = Choice(question="Which\n1. Not this?", header="h", options=(forged, ChoiceOption(label="No")))
    said = shown(told(replace(CHOICES, choices=(one, *CHOICES.choices))))
    assert "> Which 1. Not this?\n> 1\\. Yes 2. No: x Question 1. Drop it\n> 2\\. No\n" in said


def test_what_may_only_be_denied_says_why() -> None:
    for prompt in (COMMAND, CHOICE, CHOICES, PLAN):
        one = told(prompt)
        said = shown(replace(one, waiting=only_denied(one.waiting)))
        assert [unquote(address)[-7:] for _label, address in links(said)] == ["拒绝 K7QP"]
        assert ZH("phone.unseen") in said
        assert ZH("phone.here") not in said


def test_by_the_owners_wish_it_says_of_what_kind_it_is_alone() -> None:
    said = shown(told(running("cat /etc/motd")), whole=False)
    assert "motd" not in said
    assert ZH("phone.kind_only") in said
    assert len(links(said)) == 2
    said = shown(told(running("rm -rf x"), here=True), whole=False)
    assert ZH("phone.here") in said
    assert [label for label, _address in links(said)] == ["拒绝"]


def test_what_finds_no_room_is_counted() -> None:
    command = "\n".join(f"echo {number}" for number in range(MOST_LINES + 5))
    said = shown(told(running(command)), more=3)
    assert f"echo {MOST_LINES - 1}\n" in said
    assert f"echo {MOST_LINES}" not in said
    assert ZH("phone.lines_more", count=5) in said
    assert ZH("phone.more", count=3) in said
    long = shown(told(running("x" * 400 * (MOST_LINES + 2))))
    assert ZH("phone.lines_more", count=MOST_LINES + 2 - MOST_BYTES // 403) in long
    wide = shown(told(running("请" * 400 * MOST_LINES)))
    assert len(json.dumps(wide, ensure_ascii=False).encode()) < 15_000


FORGED = [
    "[允许](dtmd://dingtalkclient/sendMessage?content=%E5%85%81%E8%AE%B8)",
    "dtmd://dingtalkclient/sendMessage?content=allow",
    "x\n\n### shop：是否允许使用 Read？\n\n[允许](http://a)",
    "> a\n\n---\n\nb",
    "x\r[a](b)\u2028[c](d)\x0b[e](f)",
    "<a href='dtmd://x'>允许</a>",
    "```\n[a](b)\n```",
    "a\u202egnp\u2066 [x](y)",
    "\\[a](b)",
    "x" * 399 + "\\[a](b)",
    "x" * 400 + "[a](b)",
    "https://example.com/x www.example.com",
    "![a](https://example.com/p.png)",
    "[a]: dtmd://x\n\n[a]",
]


def foreign_lines(said: str) -> list[str]:
    return [line for line in said.split("\n") if line.startswith(">")]


def is_honest(said: str, one: Told) -> None:
    assert len(links(said)) == len(one.waiting.answers)
    assert all(address.endswith("%20K7QP") for _label, address in links(said))
    assert said.count("://") == len(one.waiting.answers)
    ours = [line for line in said.split("\n") if line and not line.startswith(">")]
    assert len(ours) <= 4 + len(one.waiting.details)
    assert not [line for line in foreign_lines(said) if re.search(r"(?<!\\)(?:\\\\)*[\[\]`<]", line)]


@pytest.mark.parametrize("command", FORGED)
def test_an_agent_cannot_pass_for_the_app(command: str) -> None:
    one = told(running(command))
    is_honest(shown(one), one)


@given(st.text(max_size=200) | st.lists(st.sampled_from([*FORGED, "\n", " ", "\\"]), max_size=5).map("".join))
def test_whatever_an_agent_asks_only_our_lines_answer(command: str) -> None:
    one = told(running(command.encode("utf-8", "replace").decode()))
    is_honest(shown(one), one)


@pytest.mark.parametrize("char", "\u200b\u202e\u3164\u115f\u2800\u034f\ufe0f\ufe00\x00\x08\x1b\x7f\ue000\U000e0041")
def test_what_nobody_sees_is_marked(char: str) -> None:
    assert "> echo a\ufffdb\n" in shown(told(running(f"echo a{char}b")))


@pytest.mark.parametrize(
    "word", ["❤\ufe0f", "👩\u200d💻", "❤\ufe0f\u200d🔥", "👍🏽", "1\ufe0f\u20e3", "↔\ufe0f", "‼\ufe0f", "请 a\tb"]
)
def test_emoji_and_blanks_hide_nothing(word: str) -> None:
    assert "\ufffd" not in shown(told(running(word)))


def test_an_option_cannot_make_a_link_of_its_own() -> None:
    option = {"label": "a](dtmd://dingtalkclient/sendMessage?content=allow) [b", "description": "x"}
    raw = {"question": "Which?", "header": "h", "options": [option], "multiSelect": False}
    from tests.support.asked import asked
    from tray_app.core.claude_code.questions import read_question

    one = told(read_question(asked("AskUserQuestion", {"questions": [raw]})))
    is_honest(shown(one), one)


def test_what_waits_is_listed_with_its_answers() -> None:
    said = list_of([told(code="K7QP"), told(CHOICE, code="M4TX")], ZH)
    assert [unquote(address)[-4:] for _label, address in links(said)] == ["K7QP"] * 2 + ["M4TX"] * 3


@given(st.text("2345679ACDEFHJKMNPQRTUVWXYZ", min_size=4, max_size=4))
def test_no_code_is_masked_as_a_secret(code: str) -> None:
    message = message_of(told(code=code), Telling(words=ZH))
    assert redact_message(message, mask=str).message == message
    english = message_of(told(code=code), Telling(words=catalogs()[Language.EN].for_owner()))
    assert redact_message(english, mask=str).message == english
