"""`send KIND …`: a message from a script or a person, through the running app, or how the group would see it.

An argument `-` is read from stdin.
"""

import argparse
import contextlib
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.channels import CHANNELS
from tray_app.cli.console import OK, Console, WrongUsage
from tray_app.cli.receipts import show_receipt
from tray_app.core.history.export import words_of
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import text
from tray_app.core.messages import message as messages
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)
from tray_app.core.messages.validation import check
from tray_app.core.settings.settings import DEFAULT_CHANNEL

_FROM_STDIN = "-"


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Send; the exit code says whether the group has it or will have it."""
    _fill_in(asked, console)
    message = check(_message(asked), _rules(asked.robot, paths))
    remote = Remote.find(paths, console.words.language)
    body = {"message": messages.to_json(message), "robot": asked.robot, "client": "cli"}
    if asked.preview:
        return _show_preview(remote.post("send/preview", body), console)
    return show_receipt(remote.post("send", body), console)


def _show_preview(shown: Mapping[str, Any], console: Console) -> int:
    """Print what the group would get, part by part."""
    if console.as_json:
        console.give({"robot": shown["robot"], "parts": [{**part, "text": words_of(part)} for part in shown["parts"]]})
        return OK
    console.say(text("cli.preview", robot=shown["robot"] or "-", count=len(shown["parts"])))
    for part in shown["parts"]:
        console.say("")
        if part.get("title"):
            console.say(part["title"])
        console.say(words_of(part))
    return OK


def _rules(robot: str, paths: Paths) -> MessageRules:
    """What a message to this robot, or to the default one, may be; the app looks again where it routes the message."""
    file = SettingsFile(paths.settings, CHANNELS)
    with contextlib.suppress(InvalidSettings):  # the app has the last good ones
        file.load()
    known = file.current.robots.get(robot or file.current.default_robot() or "")
    return CHANNELS[DEFAULT_CHANNEL if known is None else known.channel].rules


def _fill_in(asked: argparse.Namespace, console: Console) -> None:
    """Put standard input in the place of the one argument that is `-`."""
    names = [name for name in ("content", "title", "text", "url") if getattr(asked, name, None) == _FROM_STDIN]
    if len(names) > 1:
        raise WrongUsage(text("cli.one_dash"), text("cli.one_dash_hint"))
    if names:
        setattr(asked, names[0], console.read_all())


def _message(asked: argparse.Namespace) -> Message:
    match asked.kind:
        case "text":
            return TextMessage(content=asked.content, mentions=_mentions(asked))
        case "markdown":
            return MarkdownMessage(title=asked.title, text=asked.text, mentions=_mentions(asked))
        case "link":
            return LinkMessage(title=asked.title, text=asked.text, message_url=asked.url, pic_url=asked.picture)
        case "card":
            return ActionCard(
                title=asked.title,
                text=asked.text,
                buttons=tuple(Button(title=title, url=url) for title, url in asked.button),
                vertical=not asked.horizontal,
                mentions=_mentions(asked),
            )
        case _:
            items = (FeedItem(title=title, message_url=url, pic_url=picture) for title, url, picture in asked.item)
            return FeedCard(links=tuple(items))


def _mentions(asked: argparse.Namespace) -> Mentions:
    return Mentions(mobiles=tuple(asked.at), user_ids=tuple(asked.at_user), everyone=asked.at_all)
