"""`approvals`: what waits for the owner; one in full; approve or deny it by the first characters of its id."""

import argparse
from collections.abc import Mapping, Sequence

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, WrongUsage, clock_time
from tray_app.cli.headline import ApprovalRow, headline
from tray_app.cli.receipts import exit_code, show_receipt
from tray_app.cli.table import columns, terminal_width
from tray_app.cli.waiting import LEAST, found_by, show_field
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.kernel.words import fit, short_name


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask the running app, or tell it what the owner has decided."""
    _check(asked)
    remote = Remote.find(paths, console.words.language)
    waiting: Sequence[ApprovalRow] = remote.get("approvals")["approvals"]
    match asked.verb:
        case "list":
            return _list(waiting, console)
        case "show":
            return _show(_found(asked.id, waiting), console)
        case _:
            answer = Answer.DENY if asked.verb == "deny" else Answer(asked.answer or Answer.ONCE)
            return _settle(asked.id, answer, waiting, remote, console)


def _check(asked: argparse.Namespace) -> None:
    if asked.verb == "list" and asked.id is not None:
        raise WrongUsage(text("waiting.cli_no_id"), text("waiting.cli_no_id_hint"))
    if asked.verb != "list" and len(asked.id or "") < LEAST:
        raise WrongUsage(text("waiting.cli_which"), text("waiting.cli_which_hint", verb=asked.verb, least=LEAST))
    if asked.verb != "approve" and asked.answer is not None:
        raise WrongUsage(text("waiting.cli_no_for"), text("waiting.cli_no_for_hint"))


def _list(waiting: Sequence[ApprovalRow], console: Console) -> int:
    if console.as_json:
        console.give({"approvals": waiting})
    elif not waiting:
        console.say(text("waiting.cli_none"))
    else:
        lines = columns([headline(one, console) for one in waiting], room=terminal_width(console.out))
        for approval, line in zip(waiting, lines, strict=True):
            console.say(line)
            console.say(
                text(
                    "waiting.cli_line",
                    risk=console.words(f"policy.risk_{approval['risk']}"),
                    who=" · ".join(
                        fit(part) for part in (approval["grant"] or approval["client"], approval["project"]) if part
                    )
                    or "-",
                    since=clock_time(approval["created_ms"]),
                    until=clock_time(approval["expires_ms"]),
                )
            )
    return OK


def _show(approval: ApprovalRow, console: Console) -> int:
    if console.as_json:
        console.give(approval)
        return OK
    words = console.words
    risk = words(f"policy.risk_{approval['risk']}")
    facts = {
        "id": approval["id"],
        "tool": f"{approval['tool']} ({risk})",
        "client": approval["grant"] or approval["client"],
        "project": approval["project"],
        "session": approval["session"],
        "why": approval["reason"],
        "rule": approval["rule"],
        "since": clock_time(approval["created_ms"]),
        "until": clock_time(approval["expires_ms"]),
    }
    for name, value in facts.items():
        if value:
            show_field(words(f"waiting.field_{name}"), value, console)
    for detail in approval["details"]:
        show_field(detail["label"], detail["value"], console)
    return OK


def _found(begin: str, waiting: Sequence[ApprovalRow]) -> ApprovalRow:
    unknown = TrayAppError(text("approvals.unknown"), text("approvals.unknown_hint"))
    return found_by(begin, waiting, unknown=unknown)


def _settle(begin: str, answer: Answer, waiting: Sequence[ApprovalRow], remote: Remote, console: Console) -> int:
    """What no longer waits is asked for all the same: the app knows whether somebody was first."""
    none = not any(approval["id"].startswith(begin) for approval in waiting)
    approval_id = begin if none else _found(begin, waiting)["id"]
    settled = remote.post("approvals/settle", {"id": approval_id, "answer": answer.value})
    receipt = settled["receipt"]
    if console.as_json:
        console.give(settled)
    else:
        console.say(text(f"clicks.settled_{answer}", tool=short_name(settled["tool"])))
        if answer is not Answer.DENY and receipt is not None:
            show_receipt(receipt, console)
    if answer is Answer.DENY or receipt is None or receipt["status"] == Status.STORED:
        return OK
    return exit_code(receipt)
