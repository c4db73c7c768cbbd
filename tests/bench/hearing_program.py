"""A program that hears what is written to an app robot, and nothing else; each message is a line.

`python -m tests.bench.hearing_program API CLIENT_ID CLIENT_SECRET` first asks as messages are sent, so that what that
takes is there, and listens once it is told to by a line.
"""

import asyncio
import sys

from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.system.clock import SystemClock
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Request


async def _hear(api: str, client_id: str, client_secret: str) -> None:
    poster = HttpPoster()
    await poster.probe(Request(url=Secret(api), headers={}, body=b""))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    from tray_app.channels.dingtalk.stream import DingTalkStream
    from tray_app.core.hearing.stream import StreamKey
    from tray_app.core.messages.heard import HeardMessage
    from tray_app.services.hearing.listener import StreamListener

    key = StreamKey(base=api, client_id=client_id, client_secret=Secret(client_secret))

    async def find() -> StreamKey:
        return key

    async def heard(message: HeardMessage) -> None:
        print(message.text, flush=True)

    listener = StreamListener(
        service=DingTalkStream(),
        poster=poster,
        sockets=poster,
        clock=SystemClock(),
        chance=lambda: 0.5,
        key=find,
        heard=heard,
    )
    listener.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_hear(*sys.argv[1:]))
