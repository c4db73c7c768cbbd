"""The grammar of the command line, with its help in the reader's language."""

import argparse
from collections.abc import Callable

from tray_app.core.texts import Catalog

_PAUSES = ("30m", "1h", "tomorrow", "open")


def build_parser(words: Catalog, *, version: str) -> argparse.ArgumentParser:
    """Build the parser; `command` names the command that was asked for."""
    parser = argparse.ArgumentParser(prog="dingtalk-tray", description=words("cli.about"), epilog=words("cli.epilog"))
    parser.add_argument("--version", action="version", version=f"dingtalk-tray {version}", help=words("cli.help_version"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title=words("cli.commands"))

    def command(name: str) -> argparse.ArgumentParser:
        about = words(f"cli.about_{name.replace('-', '_')}")
        return commands.add_parser(name, help=about, description=about)

    def with_json(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument("--json", action="store_true", help=words("cli.help_json"))
        return sub

    run = command("run")
    run.add_argument("--headless", action="store_true", help=words("cli.help_headless"))
    run.add_argument("--port", type=_port, metavar="N", help=words("cli.help_port"))
    command("demo")
    _setup(with_json(command("setup")), words)
    robots = with_json(command("robots"))
    chosen = robots.add_mutually_exclusive_group()
    for option in ("test", "default", "remove"):
        chosen.add_argument(f"--{option}", metavar="NAME", help=words(f"cli.help_robots_{option}"))
    _send(command("send"), words, with_json)
    with_json(command("status"))
    history = with_json(command("history"))
    history.add_argument("--limit", type=_count, default=20, metavar="N", help=words("cli.help_limit"))
    history.add_argument("--resend", metavar="ID", help=words("cli.help_resend"))
    pause = with_json(command("pause"))
    pause.add_argument("length", nargs="?", choices=_PAUSES, default="open", help=words("cli.help_pause"))
    with_json(command("resume"))
    with_json(command("doctor"))
    command("mcp-headers")
    command("quit")
    return parser


def _setup(setup: argparse.ArgumentParser, words: Catalog) -> None:
    setup.add_argument("--robot", default="default", metavar="NAME", help=words("cli.help_robot"))
    setup.add_argument("--keywords", default="", metavar="WORDS", help=words("cli.help_keywords"))
    setup.add_argument("--default", action="store_true", help=words("cli.help_default"))
    test = setup.add_mutually_exclusive_group()
    test.add_argument("--test", action="store_true", default=None, help=words("cli.help_test"))
    test.add_argument("--no-test", dest="test", action="store_false", help=words("cli.help_no_test"))


def _send(
    send: argparse.ArgumentParser,
    words: Catalog,
    with_json: Callable[[argparse.ArgumentParser], argparse.ArgumentParser],
) -> None:
    kinds = send.add_subparsers(dest="kind", required=True, metavar="KIND")
    positional = {
        "text": ("content",),
        "markdown": ("title", "text"),
        "link": ("title", "text", "url"),
        "card": ("title", "text"),
        "feed": (),
    }
    for kind, names in positional.items():
        sub = with_json(kinds.add_parser(kind, help=words(f"cli.about_send_{kind}")))
        for name in names:
            sub.add_argument(name, help=words(f"cli.help_{name}"))
        sub.add_argument("--robot", default="", metavar="NAME", help=words("cli.help_robot_send"))
        if kind in {"text", "markdown", "card"}:
            sub.add_argument("--at", action="append", default=[], metavar="MOBILE", help=words("cli.help_at"))
            sub.add_argument("--at-user", action="append", default=[], metavar="ID", help=words("cli.help_at_user"))
            sub.add_argument("--at-all", action="store_true", help=words("cli.help_at_all"))
        if kind == "link":
            sub.add_argument("--picture", default="", metavar="URL", help=words("cli.help_picture"))
        if kind == "card":
            button = {"action": "append", "nargs": 2, "default": [], "metavar": ("TITLE", "URL")}
            sub.add_argument("--button", required=True, help=words("cli.help_button"), **button)
            sub.add_argument("--horizontal", action="store_true", help=words("cli.help_horizontal"))
        if kind == "feed":
            item = {"action": "append", "nargs": 3, "default": [], "metavar": ("TITLE", "URL", "PICTURE")}
            sub.add_argument("--item", required=True, help=words("cli.help_item"), **item)


def _port(value: str) -> int:
    port = int(value)
    if not 0 <= port <= 65_535:
        raise ValueError
    return port


def _count(value: str) -> int:
    count = int(value)
    if count < 0:
        raise ValueError
    return count
