"""What goes out of a message, part by part: its beginning or all of it, as the owner wants long ones sent."""

from collections.abc import Callable, Sequence

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.long import LongMessage, beginning, is_long
from tray_app.core.messages.message import FeedCard, LinkMessage, Message
from tray_app.core.settings.settings import Settings
from tray_app.services.ports import Robots


class Parts:
    """Lives on the engine's loop."""

    def __init__(self, *, robots: Robots, settings: Callable[[], Settings], catalog: Callable[[], Catalog]) -> None:
        """`catalog` is of the language that messages are written in."""
        self._robots = robots
        self._settings = settings
        self._catalog = catalog

    def of(self, message: Message, *, robot: str, keywords: Sequence[str]) -> tuple[Message, ...]:
        """Cut a message for a robot's chat service.

        One that is long is its first lines, and the owner's page has the others; where the owner wants it so, or keeps
        no content, it is all of it in parts. So is what goes to the owner's phone: no page is there, and answers to tap
        stand at the end.
        """
        channel, settings = self._robots.channel(robot), self._settings()
        parts = channel.split(message, keywords=keywords)
        whole = settings.delivery.long_messages == "parts" or not settings.history.store_content
        whole = whole or channel.rules.personal
        if whole or not isinstance(message, LongMessage) or not (len(parts) > 1 or is_long(message)):
            return parts
        return channel.split(beginning(message, more=self._more), keywords=keywords)

    def preview(self, message: Message, *, robot: str) -> tuple[Message, ...]:
        """Give the parts as the group would get them now, with keyword and mentions."""
        keywords = self._keywords(robot)
        return tuple(
            self._robots.channel(robot).as_seen(part, keywords=keywords)
            for part in self.of(message, robot=robot, keywords=keywords)
        )

    def as_seen(self, row: Delivery) -> Message | None:
        """Give a kept part as the group gets it; None where its content is not kept."""
        if row.message is None:
            return None
        return self._robots.channel(row.robot).as_seen(row.message, keywords=self._keywords(row.robot))

    def _keywords(self, robot: str) -> tuple[str, ...]:
        return next((facts.keywords for facts in self._robots.facts() if facts.name == robot), ())

    def _more(self, count: int) -> str:
        return self._catalog()("message.more_on_page", count=count)


def cut_hint(parts: Sequence[Message]) -> Text | None:
    """Say to whoever sent a message that the group gets its beginning; None where it gets all of it."""
    cut = any(not isinstance(part, LinkMessage | FeedCard) and part.full for part in parts)
    return text("message.cut_hint") if cut else None
