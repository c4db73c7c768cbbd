"""What the phone needs from the chat service: a line to the paired person, and who that is."""

from typing import Protocol

from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import Text
from tray_app.core.messages.message import Message
from tray_app.core.redaction.kinds import Masked
from tray_app.core.robots.app_robot import Recipient

NOT_TOLD = frozenset({Status.PAUSED, Status.FAILED, Status.REFUSED, Status.THROTTLED})  # nothing goes to the phone


class PhoneLine(Protocol):
    """The app robot, one to one with the paired person; everything goes through the queue of all messages."""

    def paired_with(self) -> str:
        """Tell robot and paired person from any others, by a word of no meaning; empty: nobody is paired, for now."""
        ...

    async def ask(self, message: Message, *, project: str = "", masked: Masked = ()) -> Receipt:
        """Speak first; not while paused. Returns as soon as it is kept. Raises TrayAppError.

        `masked` are secrets that were taken out of its words before, for the history.
        """
        ...

    async def reply(self, message: Message, *, masked: Masked = ()) -> Receipt:
        """Answer what was just said, also while paused."""
        ...

    def is_lost(self, delivery_id: str) -> bool:
        """Whether a message that was kept never came and comes no more, as far as is known now."""
        ...

    async def recall(self, delivery_id: str) -> bool:
        """Take a message back: it is not sent any more, or is gone from the chat. False where that cannot be done."""
        ...


class PairedPerson(Protocol):
    """Who is paired, as the keyring keeps it. Both may raise TrayAppError."""

    async def person(self) -> Recipient | None:
        """The one who may answer; None: nobody."""
        ...

    async def pair(self, person: Recipient | None) -> None:
        """Speak to, and listen to, this person alone from now on."""
        ...


class Notify(Protocol):
    """Tells the owner at the computer."""

    def __call__(self, title: Text, body: Text) -> None:
        """Show a notification."""
        ...
