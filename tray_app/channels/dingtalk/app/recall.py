"""Taking a message back that the person has already: `otoMessages/batchRecall`, with a small t there."""

from collections.abc import Sequence

from tray_app.channels.dingtalk.app.errors import failed, no_reply
from tray_app.channels.dingtalk.app.send import posted
from tray_app.channels.dingtalk.reply import cleaned, read_object
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import Credentials, NoReply, Reply, Request
from tray_app.core.robots.app_robot import AppRobot

PATH = "/v1.0/robot/otoMessages/batchRecall"


class AppRecalls:
    """Implements `core.messages.channel.RecallService`."""

    def ask(self, taken_as: Sequence[str], credentials: Credentials) -> Request:
        """Name the messages by their keys."""
        robot = AppRobot.of(credentials)
        return posted(robot, PATH, {"robotCode": robot.robot_code, "processQueryKeys": list(taken_as)})

    def read(self, reply: Reply | NoReply, *, now_ms: int) -> Text | None:
        """Read `{successResult: [key], failedResult: {key: reason}}`."""
        if isinstance(reply, NoReply):
            return no_reply(reply.trouble).reason
        said = read_object(reply)
        refused = said.get("failedResult")
        if isinstance(refused, dict) and refused:
            return text("app_robot.not_recalled", said=cleaned(str(next(iter(refused.values())))) or "—")
        done = said.get("successResult")
        if 200 <= reply.status < 300 and isinstance(done, list) and done:  # noqa: PLR2004 - HTTP's own class
            return None
        return failed(reply, said, now_ms=now_ms).reason
