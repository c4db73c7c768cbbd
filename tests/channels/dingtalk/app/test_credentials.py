"""Client ID and Client Secret: found in what was pasted, refused with their field, never repeated."""

import pytest

from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.robots.app_robot import AppRobot

APP = CHANNELS["dingtalk-app"]
ID, SECRET = "dingabc123def456ghi7", "aB3-_" * 13
ADDRESS = AppRobot(base="https://api.dingtalk.com", client_id=ID, robot_code=ID).address().reveal()


@pytest.mark.parametrize(
    "chunks",
    [
        (ID, SECRET),
        (SECRET, ID),
        (f"Client ID\n{ID}\nClient Secret\n{SECRET}",),
        (f"AppKey：{ID}，AppSecret：{SECRET}",),
        (f'{{"appKey":"{ID}","appSecret":"{SECRET}"}}', ""),
        (f"\u200b{ID} ", f" {SECRET}\n"),
        (ADDRESS, SECRET),
    ],
)
def test_both_are_found_in_any_order_with_words_around_them(chunks: tuple[str, ...]) -> None:
    found = APP.read_pasted(*chunks)
    assert (found.webhook.reveal(), found.secret.reveal()) == (ADDRESS, SECRET)
    checked = APP.check(webhook=found.webhook.reveal(), secret=found.secret.reveal())
    assert AppRobot.of(checked) == AppRobot(base="https://api.dingtalk.com", client_id=ID, robot_code=ID)


def test_an_id_of_another_form_is_taken_where_it_stands_alone() -> None:
    found = APP.read_pasted("myapp-0001", SECRET)
    assert AppRobot.read(found.webhook.reveal()).client_id == "myapp-0001"


@pytest.mark.parametrize(
    ("webhook", "secret", "field", "key"),
    [
        ("", SECRET, "webhook", "no_client_id"),
        (ID, "", "secret", "no_client_secret"),
        (ID, "short", "secret", "bad_client_secret"),
        (ID, f"{SECRET} x", "secret", "bad_client_secret"),
        ("ding a b", SECRET, "webhook", "bad_client_id"),
        ("https://[::1", SECRET, "webhook", "bad_client_id"),
        ("https://api.dingtalk.com/v1.0/robot/oToMessages/batchSend", SECRET, "webhook", "bad_client_id"),
        (ADDRESS.replace("dingtalk.com", "dingtalk.com.evil.example"), SECRET, "webhook", "unknown_host"),
        (ADDRESS.replace("https://", "https://u@"), SECRET, "webhook", "bad_client_id"),
        (ADDRESS.replace("https", "http"), SECRET, "webhook", "not_https"),
        (ADDRESS.replace("batchSend", "other"), SECRET, "webhook", "bad_client_id"),
        (f"{ADDRESS}&staffId=%0A&corpId=c", SECRET, "webhook", "bad_recipient"),
        (f"{ADDRESS}&staffId={'x' * 129}&corpId=c", SECRET, "webhook", "bad_recipient"),
        ("https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32, SECRET, "webhook", "bad_client_id"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_not_repeated(
    webhook: str, secret: str, field: str, key: str
) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        APP.check(webhook=webhook, secret=secret)
    assert (caught.value.field, caught.value.reason.key) == (field, f"app_robot.{key}")
    assert caught.value.reason.args == {}


@pytest.mark.parametrize(
    ("host", "extra"),
    [("api.dingtalk.io", ()), ("127.0.0.1:8080", ()), ("ding.example.com", ("Ding.example.com",))],
)
def test_these_hosts_are_spoken_to(host: str, extra: tuple[str, ...]) -> None:
    scheme = "http" if host.startswith("127.") else "https"
    address = AppRobot(base=f"{scheme}://{host}", client_id=ID, robot_code="r0bot").address().reveal()
    checked = APP.check(webhook=address, secret=SECRET, extra_hosts=extra)
    assert (AppRobot.of(checked).base, AppRobot.of(checked).robot_code) == (f"{scheme}://{host}", "r0bot")
