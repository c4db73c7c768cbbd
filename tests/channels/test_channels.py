"""The table of channels."""

from tray_app.channels import CHANNELS


def test_dingtalk_is_the_channel_there_is() -> None:
    assert list(CHANNELS) == ["dingtalk"]
