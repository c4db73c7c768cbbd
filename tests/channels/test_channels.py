"""What every entry of the table of channels must be, whatever its service."""

import pytest

from tests.channels.second.table import WITH_BULLETIN
from tray_app.channels import CHANNELS
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.messages.channel import NoReply, Reply, Sent, Trouble
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL

EACH = pytest.mark.parametrize("name", WITH_BULLETIN)


def test_the_table_has_the_channel_of_robots_that_name_none() -> None:
    assert list(CHANNELS) == [DEFAULT_CHANNEL, APP_CHANNEL] == ["dingtalk", "dingtalk-app"]


@EACH
def test_it_shows_what_the_app_itself_sends(name: str) -> None:
    assert WITH_BULLETIN[name].rules.kinds >= {"text", "markdown"}


@EACH
def test_the_usual_robot_is_within_the_limit_of_its_host(name: str) -> None:
    usual = WITH_BULLETIN[name].usual
    limit = WITH_BULLETIN[name].host_limit(usual.host)
    assert usual.per_minute > 0 < usual.monthly_cap
    assert limit is None or usual.per_minute <= limit.per_minute
    assert WITH_BULLETIN[name].host_limit("127.0.0.1:8080") is None


@EACH
@pytest.mark.parametrize("pasted", ["", "hello", "https://nobody.example/hook?token=1", "\x00\ud800"])
def test_what_is_no_address_of_it_is_found_to_be_none_or_refused(name: str, pasted: str) -> None:
    found = WITH_BULLETIN[name].read_pasted(pasted)
    with pytest.raises(InvalidCredentials) as caught:
        WITH_BULLETIN[name].check(webhook=found.webhook.reveal() or pasted, secret=found.secret.reveal())
    assert caught.value.field in {"webhook", "secret", "keywords"}


@EACH
@pytest.mark.parametrize("trouble", Trouble)
def test_silence_is_never_a_message_that_was_sent(name: str, trouble: Trouble) -> None:
    assert not isinstance(WITH_BULLETIN[name].decode(NoReply(trouble=trouble), now_ms=0), Sent)


@EACH
@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 500, 502])
def test_an_answer_that_is_not_the_services_own_is_never_a_message_that_was_sent(name: str, status: int) -> None:
    reply = Reply(status=status, body=b"<html>Log in</html>")
    assert not isinstance(WITH_BULLETIN[name].decode(reply, now_ms=0), Sent)
