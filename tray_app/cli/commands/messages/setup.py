"""`setup`: a robot's webhook and signing key into the keyring, from a terminal, standard input, environment or page."""

import argparse
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.commands.app.open import show_page
from tray_app.cli.console import OK, Console, agrees, ask, ask_secret
from tray_app.cli.offline import Offline, tell_running
from tray_app.cli.receipts import exit_code, show_receipt
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.channel import Channel, Credentials
from tray_app.core.robots.credentials import only_one, read_keywords
from tray_app.services.ports import RobotFacts

_TRIES = 3


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Check, store, tell a running app, and send a test message where that is wanted."""
    if asked.page:
        return show_page(Page.SETUP, console, Remote.find(paths, console.words.language), environ)
    offline = Offline(paths, environ)
    asked.robot = asked.robot or offline.name_of(asked.channel)
    offline.look_at_keyring(asked.robot)
    credentials = _credentials(asked, console, offline)
    before = offline.settings.robots.get(asked.robot)
    facts, unasked = offline.save(
        asked.robot, credentials, channel=asked.channel, default=asked.default, robot_code=asked.robot_code.strip()
    )
    remote = tell_running(paths, console)
    _show(facts, credentials, console, running=remote is not None, unasked=unasked)
    if before is not None and before.keywords and not facts.keywords:
        console.note(text("cli.keywords_gone", robot=facts.name, keywords=",".join(before.keywords)))
    if facts.paired is None and environ.get("DINGTALK_WEBHOOK", "").strip():
        console.note(text("cli.env_wins"))
    receipt = None if facts.paired is False else _test(asked, console, paths, environ, remote)
    if console.as_json:
        console.give({"robot": _plain(facts), "running": remote is not None, "test": receipt})
        return OK if receipt is None else exit_code(receipt)
    return OK if receipt is None else show_receipt(receipt, console)


def _credentials(asked: argparse.Namespace, console: Console, offline: Offline) -> Credentials:
    keywords = read_keywords(asked.keywords)
    if asked.from_env:
        found = offline.from_environment()
        return Credentials(webhook=found.webhook, secret=found.secret, keywords=keywords or found.keywords)
    channel = offline.channel(asked.robot, asked.channel)
    if not console.interactive:
        return offline.check(console.read_all(), channel=channel, keywords=keywords)
    console.note(channel.where)
    for left in reversed(range(_TRIES)):
        try:
            return _asked_for(channel, console, offline, keywords)
        except InvalidCredentials as wrong:
            if not left:
                raise
            console.note(wrong.reason)
            console.note(wrong.hint)
    raise AssertionError("the last try returns or raises")


def _asked_for(channel: Channel, console: Console, offline: Offline, keywords: tuple[str, ...]) -> Credentials:
    """Ask for webhook and key; either field takes either of them, and the first one both."""
    if channel.rules.personal:
        client_id = ask(text("app_robot.ask_client_id"), console)
        return offline.check(client_id, ask_secret(text("app_robot.ask_secret"), console), channel=channel, keywords=())
    first = _one_of(ask_secret(text("cli.ask_webhook"), console), channel, console)
    try:
        found: Credentials | None = offline.check(first, channel=channel, keywords=keywords)
    except InvalidCredentials:
        found = None  # it may be the key
    second = "" if found is not None and found.secret else ask_secret(text("cli.ask_secret"), console)
    found = offline.check(first, second, channel=channel, keywords=keywords)
    if found.keywords:
        return found
    return offline.check(first, second, channel=channel, keywords=read_keywords(ask(text("cli.ask_keywords"), console)))


def _one_of(pasted: str, channel: Channel, console: Console) -> str:
    """Ask which robot is meant where the webhooks of several were pasted. Raises InvalidCredentials for no answer."""
    found = channel.read_pasted(pasted)
    choices = found.choices
    if not choices:
        return pasted
    for number, one in enumerate(choices, start=1):
        console.note(text("cli.one_of_several", number=number, ending=one.webhook.last4()))
    said = ask(text("cli.ask_which", count=len(choices)), console)
    if said not in {str(number) for number in range(1, len(choices) + 1)}:
        only_one(found)
    chosen = choices[int(said) - 1]
    return "\n".join([chosen.webhook.reveal(), chosen.secret.reveal(), f"keywords: {', '.join(chosen.keywords)}"])


def _show(
    facts: RobotFacts, credentials: Credentials, console: Console, *, running: bool, unasked: Text | None
) -> None:
    """Say what was found and stored: never a secret, of the key its last four characters."""
    if console.as_json:
        return
    console.say(text("cli.receipt_stored", robot=facts.name))
    console.say(text("cli.stored_host", host=facts.host))
    key = credentials.secret
    if facts.paired is not None:
        console.say(text("app_robot.stored_secret", last4=key.last4()))
        console.say(text("app_robot.checked") if unasked is None else text("app_robot.not_checked", why=unasked))
    else:
        console.say(text("cli.stored_signed", last4=key.last4()) if key else text("cli.stored_unsigned"))
    if facts.keywords:
        console.say(text("cli.stored_keywords", keywords="、".join(facts.keywords)))
    console.say(text("cli.stored_running" if running else "cli.stored_not_running"))
    if facts.paired is False:
        console.say(text("app_robot.next_pair"))


def _plain(facts: RobotFacts) -> dict[str, Any]:
    paired = {} if facts.paired is None else {"paired": facts.paired}
    return {
        "name": facts.name,
        "channel": facts.channel,
        "host": facts.host,
        "signed": facts.signed,
        "keywords": list(facts.keywords),
        "default": facts.default,
        **paired,
    }


def _test(
    asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str], remote: Remote | None
) -> Mapping[str, Any] | None:
    """Send the test message if it is wanted; a person who said nothing is asked."""
    wanted = asked.test
    if wanted is None:
        wanted = console.interactive and not asked.from_env and agrees(text("cli.ask_test"), console)
    if not wanted:
        return None
    if remote is not None:
        receipt: Mapping[str, Any] = remote.post("test", {"robot": asked.robot})
        return receipt
    from tray_app.adapters.web.responses import plain
    from tray_app.app.engine.one_shot import send_test_once  # the whole engine: half a second

    sent = plain(send_test_once(paths, environ, console.words.language, robot=asked.robot), console.words)
    return sent if isinstance(sent, dict) else {}
