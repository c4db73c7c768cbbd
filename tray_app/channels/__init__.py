"""One package per chat service, sans-I/O: message in, request out; reply in, outcome out."""

from collections.abc import Mapping
from types import MappingProxyType

from tray_app.channels.dingtalk import DingTalk
from tray_app.channels.dingtalk.app import DingTalkApp
from tray_app.core.messages.channel import Channel
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL

CHANNELS: Mapping[str, Channel] = MappingProxyType({DEFAULT_CHANNEL: DingTalk(), APP_CHANNEL: DingTalkApp()})
