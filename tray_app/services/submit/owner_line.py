"""The line to the paired owner: questions and answers through the one door of all messages, and never to a group."""

from collections.abc import Awaitable, Callable, Sequence

from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import Message
from tray_app.core.redaction.kinds import Masked
from tray_app.services.robots.owner_robot import OwnerRobot
from tray_app.services.submit.submit import Submitter

_LOST = frozenset({Stage.FAILED, Stage.EXPIRED, Stage.DISCARDED})


class OwnerLine:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        robot: OwnerRobot,
        submitter: Submitter,
        recall: Callable[[str], Awaitable[bool]],
        parts: Callable[[str], Sequence[Delivery]],
    ) -> None:
        """`parts` are the rows of one message. May raise StoreUnavailable."""
        self._robot = robot
        self._submitter = submitter
        self._recall = recall
        self._parts = parts

    def paired_with(self) -> str:
        """Tell robot and paired person from any others, by a word of no meaning; empty: nobody is paired, for now."""
        return self._robot.paired_with

    def is_lost(self, delivery_id: str) -> bool:
        """Whether a message that was kept never came and comes no more, as far as is known now."""
        try:
            return any(part.stage in _LOST for part in self._parts(delivery_id))
        except StoreUnavailable:
            return False

    async def ask(self, message: Message, *, project: str = "", session: str = "", masked: Masked = ()) -> Receipt:
        """Speak first; not in a pause. Returns as soon as it is kept. Raises InvalidMessage.

        `masked` are secrets that were taken out of its words before, for its rows.
        """
        origin = Origin(source=Source.QUESTION, tool="question", project=project, session=session)
        return await self._send(message, origin, masked)

    async def reply(self, message: Message, *, masked: Masked = ()) -> Receipt:
        """Answer what was just said, in a pause, too. Returns as soon as it is kept. Raises InvalidMessage."""
        return await self._send(message, Origin(source=Source.REPLY, tool="reply"), masked)

    async def recall(self, delivery_id: str) -> bool:
        """Take a message back: it is not sent any more, or is gone from the chat. False where that cannot be done."""
        return await self._recall(delivery_id)

    async def _send(self, message: Message, origin: Origin, masked: Masked) -> Receipt:
        name = self._robot.name
        if not name:
            return Receipt(status=Status.FAILED, reason=text("app_robot.none"), hint=text("app_robot.none_hint"))
        return await self._submitter.send(message, robot=name, origin=origin, wait_s=0, masked=masked)
