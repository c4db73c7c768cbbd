"""The access token of an app: asked for with its id and secret, shown with each request, refused when it is too old."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tray_app.channels.dingtalk.app.errors import failed, is_stale, no_reply
from tray_app.channels.dingtalk.app.send import posted
from tray_app.channels.dingtalk.reply import read_object
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import (
    AccessToken,
    AttemptReach,
    Credentials,
    NoReply,
    Outcome,
    Reply,
    Request,
    TryAgain,
)
from tray_app.core.robots.app_robot import AppRobot

PATH = "/v1.0/oauth2/accessToken"
HEADER = "x-acs-dingtalk-access-token"
_USUAL_S = 7_200
_MOST_CHARS = 2_000


class AppTokens:
    """Implements `core.messages.channel.TokenService`."""

    def ask(self, credentials: Credentials) -> Request:
        """As JSON, since DingTalk reads no form here, and never in an address."""
        robot = AppRobot.of(credentials)
        return posted(robot, PATH, {"appKey": robot.client_id, "appSecret": credentials.secret.reveal()})

    def read(self, reply: Reply | NoReply, *, now_ms: int) -> AccessToken | Outcome:
        """Read `{accessToken, expireIn}`, in seconds; nothing has been sent whatever else came."""
        if isinstance(reply, NoReply):
            return _not_sent(no_reply(reply.trouble))
        said = read_object(reply)
        token = said.get("accessToken")
        success = 200 <= reply.status < 300  # noqa: PLR2004 - HTTP's own class
        if (
            success
            and isinstance(token, str)
            and 0 < len(token) <= _MOST_CHARS
            and token.isascii()
            and token.isprintable()
        ):
            return AccessToken(value=Secret(token), lasts_ms=1_000 * _seconds(said))
        return _not_sent(failed(reply, said, now_ms=now_ms))

    def shown(self, request: Request, token: AccessToken) -> Request:
        """In a header."""
        return replace(request, headers={**request.headers, HEADER: token.value.reveal()})

    def is_refused(self, reply: Reply | NoReply) -> bool:
        """Whether it is HTTP 400 `InvalidAuthentication`, or 401: DingTalk has done nothing then."""
        return isinstance(reply, Reply) and is_stale(reply, read_object(reply))


def _seconds(said: Mapping[str, Any]) -> int:
    lasts = said.get("expireIn")
    if isinstance(lasts, int) and not isinstance(lasts, bool) and 0 < lasts <= _USUAL_S:
        return lasts
    return _USUAL_S


def _not_sent(outcome: Outcome) -> Outcome:
    """The message itself had not been on its way."""
    if isinstance(outcome, TryAgain) and outcome.reach in {AttemptReach.LOST, AttemptReach.DOUBTFUL}:
        return replace(
            outcome, reach=AttemptReach.REFUSED, reason=text("app_robot.no_token"), hint=text("app_robot.wait_hint")
        )
    return outcome
