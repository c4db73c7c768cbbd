"""The request of one attempt, built by its chat service, or why there is none; and how the reply is read."""

import logging
from dataclasses import dataclass

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.errors import UnknownRobot, VaultUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    AttemptReach,
    Channel,
    Credentials,
    NoReply,
    Outcome,
    Reply,
    Request,
    TryAgain,
)
from tray_app.services.ports import Robots

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRequest:
    """What is posted, with whose credentials, and who reads the answer."""

    channel: Channel
    request: Request
    credentials: Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """The row waits: the keyring is locked, or no robot at all is set up just now."""

    reason: Text
    hint: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """The row cannot be sent."""

    reason: Text
    hint: Text


async def built(row: Delivery, robots: Robots, *, now_ms: int) -> BuiltRequest | NotYet | Never:
    """Build the request, signed with `now_ms`. Never raises."""
    if row.message is None:
        return _internal()
    try:
        credentials = await robots.credentials(row.robot)
        channel = robots.channel(row.robot)
        request = channel.encode(row.message, credentials, delivery_id=row.known_as, now_ms=now_ms)
        return BuiltRequest(channel=channel, request=request, credentials=credentials)
    except UnknownRobot as trouble:
        names = robots.names()
        if not names:  # a settings file with a slip in it, or a start without the environment's robot
            return NotYet(reason=trouble.reason, hint=trouble.hint)
        if row.robot in names:
            return Never(reason=trouble.reason, hint=trouble.hint)
        return Never(reason=text("outbox.robot_gone", robot=row.robot), hint=text("outbox.robot_gone_hint"))
    except VaultUnavailable as trouble:
        return NotYet(reason=trouble.reason, hint=trouble.hint)
    except Exception:
        log.exception("message %s could not be built", row.id)
        return _internal()


def _internal() -> Never:
    return Never(reason=text("outbox.internal"), hint=text("outbox.internal_hint"))


def outcome_of(reply: Reply | NoReply, channel: Channel, *, now_ms: int) -> Outcome:
    """Read a reply; why nobody was reached says the same of every chat service."""
    return unreached(reply) or channel.decode(reply, now_ms=now_ms)


def unreached(reply: Reply | NoReply) -> TryAgain | None:
    """Say why nobody was reached, where that is known."""
    if not isinstance(reply, NoReply) or reply.why is None:
        return None
    return TryAgain(reason=reply.why.reason, hint=reply.why.hint, reach=AttemptReach.NOBODY, set_up=reply.why.set_up)
