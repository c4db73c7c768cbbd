"""`questions`: what agents ask in the terminal; one in full; answer it by a word and the first characters of its id."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, WrongUsage, clock_time
from tray_app.cli.table import columns, terminal_width
from tray_app.cli.waiting import LEAST, found_by, show_field
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.kernel.words import fit
from tray_app.core.questions.answers import DENY


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask the running app, or give it the owner's answer."""
    if asked.verb == "list" and asked.id is not None:
        raise WrongUsage(text("waiting.cli_no_id"), text("questions.cli_no_id_hint"))
    if asked.verb != "list" and len(asked.id or "") < LEAST:
        raise WrongUsage(text("questions.cli_which"), text("questions.cli_which_hint", verb=asked.verb, least=LEAST))
    if (asked.verb == "answer") != (asked.word is not None):
        raise WrongUsage(text("questions.cli_no_word"), text("questions.cli_no_word_hint"))
    remote = Remote.find(paths, console.words.language)
    waiting: Sequence[Mapping[str, Any]] = remote.get("questions")["questions"]
    if asked.verb == "list":
        return _list(waiting, console)
    unknown = TrayAppError(text("questions.over_unknown"), text("questions.over_hint"))
    if asked.verb == "show":
        return _show(found_by(asked.id, waiting, unknown=unknown), console)
    none = not any(one["id"].startswith(asked.id) for one in waiting)  # the app knows whether somebody was first
    question_id = asked.id if none else found_by(asked.id, waiting, unknown=unknown)["id"]
    answered = remote.post("questions/answer", {"id": question_id, "word": asked.word, "own": asked.words})
    if console.as_json:
        console.give(answered)
    else:
        over = "denied" if asked.word == DENY else "allowed"
        console.say(text(f"questions.answered_{over}", title=fit(answered["project"]) or "-"))
    return OK


def _list(waiting: Sequence[Mapping[str, Any]], console: Console) -> int:
    if console.as_json:
        console.give({"questions": waiting})
    elif not waiting:
        console.say(text("questions.cli_none"))
    asked = () if console.as_json else waiting
    cells = [(one["id"][:8], one["project"] or "-", one["tool"], fit(_first(one), 80)) for one in asked]
    for one, line in zip(asked, columns(cells, room=terminal_width(console.out)), strict=True):
        console.say(line)
        console.say(f"    {', '.join(answer['word'] for answer in one['answers'])}")
    return OK


def _first(one: Mapping[str, Any]) -> str:
    """Give what it asks about."""
    return next((detail["value"] for detail in one["details"]), "")


def _show(one: Mapping[str, Any], console: Console) -> int:
    if console.as_json:
        console.give(one)
        return OK
    words = console.words
    facts = {"project": one["project"], "session": one["session"], "sub_agent": one["sub_agent"], "tool": one["tool"]}
    for name, value in facts.items():
        if value:
            show_field(words(f"questions.{name}"), value, console)
    show_field(words("questions.since"), clock_time(one["asked_ms"]), console)
    for detail in one["details"]:
        show_field(detail["label"], detail["value"], console)
    for answer in one["answers"]:
        show_field(answer["word"], answer["label"], console)
    return OK
