"""What the form of a robot makes of pasted text, and of receipts and keyring states."""

import pytest

from tests.support.catalogs import catalogs
from tests.support.screenshots import key, webhook
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_test
from tray_app.adapters.web.pages.robots.forms import Typed, sort_out
from tray_app.channels import CHANNELS
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, text

DINGTALK = CHANNELS["dingtalk"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (webhook(), key()),
        (key(), webhook()),
        (f"{webhook()}\n{key()}", ""),
        (f"{key()} {webhook()}", ""),
        ("", f"webhook: {webhook()}, secret: {key()}"),
        (f"  {webhook()}\n", f"“{key()}”"),
    ],
)
def test_a_pair_is_found_wherever_it_was_pasted(first: str, second: str) -> None:
    typed = sort_out(DINGTALK, webhook=first, secret=second, keywords="")
    assert typed == Typed(webhook=Secret(webhook()), secret=Secret(key()), keywords=())


def test_what_is_neither_stays_in_its_field_to_be_refused_there() -> None:
    typed = sort_out(DINGTALK, webhook="garbage", secret=" nonsense ", keywords="")
    assert typed == Typed(webhook=Secret("garbage"), secret=Secret("nonsense"), keywords=())


def test_a_key_alone_in_the_first_box_leaves_the_webhook_empty() -> None:
    typed = sort_out(DINGTALK, webhook=key(), secret="", keywords="")
    assert typed == Typed(webhook=Secret(""), secret=Secret(key()), keywords=())


def test_the_webhooks_of_several_robots_are_asked_about_without_repeating_them() -> None:
    other = webhook()[:-4] + "beef"
    with pytest.raises(InvalidCredentials) as caught:
        sort_out(DINGTALK, webhook=f"A：{webhook()}，B：{other}", secret=key(), keywords="")
    assert caught.value.field == "webhook"
    for language in Language:
        said = catalogs()[language](caught.value.reason)
        assert f"…{webhook()[-4:]}, …beef" in said
        assert webhook()[-8:] not in said


def test_typed_keywords_win_over_pasted_ones() -> None:
    pasted = f"{webhook()}\n关键词：报警"
    assert sort_out(DINGTALK, webhook=pasted, secret="", keywords="").keywords == ("报警",)
    assert sort_out(DINGTALK, webhook=pasted, secret="", keywords="通知").keywords == ("通知",)


@pytest.mark.parametrize(
    ("receipt", "note"),
    [
        (Receipt(status=Status.SENT), Flash(tone="good", said=text("pages.test_sent"), robot="team")),
        (
            Receipt(status=Status.QUEUED),
            Flash(tone="wait", said=text("pages.test_waits"), hint=text("pages.test_waits_hint"), robot="team"),
        ),
        (
            Receipt(status=Status.PAUSED, reason=text("pages.paused"), hint=text("pages.lost")),
            Flash(tone="bad", said=text("pages.test_paused"), hint=text("pages.test_paused_hint"), robot="team"),
        ),
        (
            Receipt(status=Status.FAILED, reason=text("pages.busy"), hint=text("pages.slow"), errcode=310000),
            Flash(tone="bad", said=text("pages.busy"), hint=text("pages.slow"), errcode=310000, robot="team"),
        ),
        (Receipt(status=Status.FAILED), Flash(tone="bad", said=text("pages.test_failed"), robot="team")),
    ],
)
def test_a_receipt_is_told_as_it_is(receipt: Receipt, note: Flash) -> None:
    assert flash_of_test(receipt, robot="team") == note
