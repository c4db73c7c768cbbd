"""What can be said to a group: five kinds of message as values, and their plain-data form for the database.

Limits that a person or an agent can break are checked once, by `core.messages.validation`, at the door
(`services.submit`). Which kinds a chat service shows, its channel says.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias, assert_never

MAX_MENTIONS = 50  # as many as a tool or a setting takes; what a chat service takes, its channel says
MAX_BODY_CHARS = 100_000  # about 15 parts of a Chinese text; more is a file, not a message
MAX_TITLE_CHARS = 200
MAX_URL_CHARS = 2_000
MAX_BUTTONS = 10
MAX_LINKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Whom to @: phone numbers, the chat service's user ids, or everyone."""

    mobiles: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    everyone: bool = False

    def __bool__(self) -> bool:
        """Say whether anybody is mentioned."""
        return bool(self.mobiles or self.user_ids or self.everyone)


NOBODY = Mentions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button of a card."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One entry of a feed card: title, target, picture."""

    title: str
    message_url: str
    pic_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """Plain text. `full` is what it says in full, for the owner's page, where the group gets less; else empty."""

    content: str
    mentions: Mentions = NOBODY
    full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownMessage:
    """Markdown; the title is what the chat list and the push banner show. `full` as in `TextMessage`."""

    title: str
    text: str
    mentions: Mentions = NOBODY
    full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMessage:
    """A link with a title, a few words and an optional picture. DingTalk knows no mention here."""

    title: str
    text: str
    message_url: str
    pic_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCard:
    """A markdown card with buttons: one button makes the whole card clickable (DingTalk's "single" form).

    `full` as in `TextMessage`.
    """

    title: str
    text: str
    buttons: tuple[Button, ...]
    vertical: bool = True
    mentions: Mentions = NOBODY
    full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """A list of pictures with titles. DingTalk knows no mention here."""

    links: tuple[FeedItem, ...]


Message: TypeAlias = TextMessage | MarkdownMessage | LinkMessage | ActionCard | FeedCard


def kind_of(message: Message) -> str:
    """Name the kind as DingTalk and the database do: `text`, `markdown`, `link`, `actionCard`, `feedCard`."""
    match message:
        case TextMessage():
            return "text"
        case MarkdownMessage():
            return "markdown"
        case LinkMessage():
            return "link"
        case ActionCard():
            return "actionCard"
        case FeedCard():
            return "feedCard"
        case _:
            assert_never(message)


def title_of(message: Message) -> str:
    """One line to recognise the message by, at most 80 characters: its title, or the first line that says something."""
    match message:
        case TextMessage(content=content):
            said = next((line.strip() for line in content.splitlines() if line.strip()), "")
        case FeedCard(links=links):
            said = links[0].title if links else ""
        case MarkdownMessage() | LinkMessage() | ActionCard():
            said = message.title
        case _:
            assert_never(message)
    said = " ".join(said.split())
    return said if len(said) <= 80 else said[:79] + "…"  # noqa: PLR2004 - the history's column width


def mentions_of(message: Message) -> Mentions:
    """Whom the message mentions; nobody where DingTalk knows no mention."""
    return NOBODY if isinstance(message, LinkMessage | FeedCard) else message.mentions


def to_json(message: Message) -> dict[str, Any]:
    """Plain data for the database: the dataclass's fields plus `kind`."""
    fields = {"kind": kind_of(message), **asdict(message)}
    if not fields.get("full", ""):
        fields.pop("full", None)
    return fields


def from_json(data: Mapping[str, Any]) -> Message:
    """Read `to_json`'s form. Raises KeyError or TypeError on anything else (the caller owns the database)."""
    fields = {name: value for name, value in data.items() if name != "kind"}
    if "mentions" in fields:
        said = fields["mentions"]
        fields["mentions"] = Mentions(
            mobiles=tuple(said["mobiles"]), user_ids=tuple(said["user_ids"]), everyone=said["everyone"]
        )
    match data["kind"]:
        case "text":
            return TextMessage(**fields)
        case "markdown":
            return MarkdownMessage(**fields)
        case "link":
            return LinkMessage(**fields)
        case "actionCard":
            fields["buttons"] = tuple(Button(**button) for button in fields["buttons"])
            return ActionCard(**fields)
        case "feedCard":
            return FeedCard(links=tuple(FeedItem(**item) for item in fields["links"]))
        case kind:
            raise KeyError(kind)
