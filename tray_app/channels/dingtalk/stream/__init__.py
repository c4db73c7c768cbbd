"""DingTalk's Stream mode: an app robot hears people over a connection that this computer opens."""

from tray_app.channels.dingtalk.stream import frames, gateway
from tray_app.core.hearing.stream import NotOpened, Opened, StreamFrame, StreamKey
from tray_app.core.messages.channel import NoReply, Reply, Request


class DingTalkStream:
    """Implements `core.hearing.stream.StreamService`."""

    def ask(self, key: StreamKey) -> Request:
        """Ask for messages to the robot, and nothing else."""
        return gateway.ask(key)

    def read(self, reply: Reply | NoReply, key: StreamKey, *, now_ms: int) -> Opened | NotOpened:
        """Read `{endpoint, ticket}`; what DingTalk refuses has its words and what mends it."""
        return gateway.read(reply, key, now_ms=now_ms)

    def refused(self, reply: Reply | NoReply, *, now_ms: int) -> NotOpened:
        """Read what the WebSocket's door said: `systemError` where Stream mode is not chosen."""
        return gateway.refused(reply, now_ms=now_ms)

    def frame(self, text: str) -> StreamFrame:
        """Read one frame and write its acknowledgement."""
        return frames.read(text)
