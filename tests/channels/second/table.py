"""The table of channels with one entry more, as `tray_app/channels/__init__.py` would have it."""

from collections.abc import Mapping

from tests.channels.second.channel import Bulletin
from tray_app.channels import CHANNELS
from tray_app.core.messages.channel import Channel

WITH_BULLETIN: Mapping[str, Channel] = {**CHANNELS, "bulletin": Bulletin()}
