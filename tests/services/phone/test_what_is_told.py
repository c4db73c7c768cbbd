"""What of a question leaves for the phone: no secret, nothing that is refused as a message or does not fit."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from tests.support.phone_desk import ZH, PhoneDesk, shown
from tests.support.phone_scenes import CHOICE, CHOICES, running
from tray_app.core.kernel.texts import text
from tray_app.core.phone.message import MOST_LINES
from tray_app.core.questions.question import Denied
from tray_app.core.settings.phone import Content
from tray_app.core.settings.settings import RedactionMode, RedactionSettings

pytestmark = pytest.mark.anyio
SECRETS = [
    ("git clone https://bob:s3cr3tPassw0rd@git.firm.cn/x.git", "s3cr3tPassw0rd"),
    ("mysql://root:hunter2@db/x", "hunter2"),
    ("redis-cli -u redis://:p4ssw0rdX@h", "p4ssw0rdX"),
    ("x" * 390 + " ghp_" + "aB3dE6gH9" * 4, "aB3dE6gH9aB3"),
    ("echo 'DB_PASSWORD=Tr0ub4dor_x_9'", "Tr0ub4dor"),
]


async def test_what_is_refused_as_a_message_is_told_by_its_kind_and_denied_at_most(phone: PhoneDesk) -> None:
    phone.line.refuses = 1
    call = await phone.ask(running("login now"))
    await phone.passes(60)
    whole, kind = map(shown, phone.line.asked)
    assert "login" in whole
    assert "login" not in kind
    assert ZH("phone.unseen") in kind
    [code] = phone.codes
    assert await phone.writes(f"允许 {code}") == ZH("phone.unclear_here")
    await phone.writes(f"拒绝 {code}")
    assert await call == Denied()


@pytest.mark.parametrize(("command", "secret"), SECRETS)
async def test_no_secret_of_what_is_asked_about_leaves(phone: PhoneDesk, command: str, secret: str) -> None:
    await phone.ask(running(command))
    await phone.ask(replace(CHOICE, details=((text("questions.field_question"), command),)))
    await phone.passes(60)
    assert len(phone.line.asked) == 2
    for message in phone.line.asked:
        assert secret[:6] not in unquote(shown(message)).replace("\\", "").replace("\u200b", "")
        assert "允许" in shown(message) or "Postgres" in shown(message)


async def test_the_history_says_what_was_masked_in_each_message(phone: PhoneDesk) -> None:
    secret = "mysql://root:hunter2@db/x"
    label = replace(CHOICE.choices[0].options[0], label=f"Use {secret}")
    choices = tuple(replace(one, options=(label, *one.options[1:])) for one in CHOICES.choices)
    await phone.ask(running(f"npm test\n{secret}\n{secret}"))
    await phone.ask(replace(CHOICES, choices=choices))
    await phone.ask(running("npm test"))
    await phone.passes(60)
    assert phone.line.masked == [(("url-password", 2),), (("url-password", 2),), ()]
    await phone.writes(f"2 {phone.codes[1]}")
    await phone.writes("1")
    phone.tune(content=Content.KIND)
    await phone.ask(running(f"npm test {secret}"))
    await phone.passes(60)
    in_the_second_question = (("url-password", 1),)
    assert phone.line.masked[3:] == [in_the_second_question, (), ()]  # then a list of answers, then the kind alone


async def test_what_holds_a_secret_is_told_by_its_kind_where_such_messages_are_refused(phone: PhoneDesk) -> None:
    phone.office.settings = replace(phone.office.settings, redaction=RedactionSettings(mode=RedactionMode.REFUSE))
    await phone.ask(running("curl https://bob:s3cr3tPassw0rd@git.firm.cn"))
    await phone.passes(60)
    [message] = phone.line.asked
    assert "curl" not in shown(message)
    assert ZH("phone.unseen") in shown(message)
    [code] = phone.codes
    assert await phone.writes(f"允许 {code}") == ZH("phone.unclear_here")


async def test_what_does_not_fit_is_denied_at_most(phone: PhoneDesk) -> None:
    call = await phone.ask(running("echo 1\n" * MOST_LINES + "curl evil"))
    await phone.passes(60)
    [message] = phone.line.asked
    assert ZH("phone.lines_more", count=1) in shown(message)
    assert ZH("phone.unseen") in shown(message)
    [code] = phone.codes
    for written in (f"允许 {code}", f"2 {code}"):
        await phone.writes(written)
        assert not call.done()
    await phone.writes(f"1 {code}")
    assert await call == Denied()
