"""`policy`: check the file, show what holds for each tool, try a call against it, start anew with the default."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.paths import Paths
from tray_app.adapters.policy_file import PolicyFile, default_policy
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console
from tray_app.cli.policy_table import show
from tray_app.cli.prompts import agrees
from tray_app.core.audit import Decision
from tray_app.core.decide import decide
from tray_app.core.errors import TrayAppError
from tray_app.core.policy import Policy
from tray_app.core.policy_faults import InvalidPolicy
from tray_app.core.policy_reader import findings_in, read_policy
from tray_app.core.policy_words import verdict_words
from tray_app.core.texts import text
from tray_app.core.verdict import Allow, Ask, Deny, Throttle, Verdict
from tray_app.tools.facts import facts
from tray_app.tools.trial import call_of


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Do what `wish` says; no app needs to run."""
    if asked.wish == "check":
        return _check(PolicyFile(Path(asked.file) if asked.file else paths.policy), console, given=bool(asked.file))
    file = PolicyFile(paths.policy)
    if asked.wish == "reset":
        return _reset(file, asked, console, paths)
    source = file.read()
    policy = read_policy(default_policy() if source is None else source, tools=facts())
    if asked.wish == "test":
        return _test(policy, asked, console)
    show(policy, console, path=file.path, exists=source is not None)
    return OK


def _check(file: PolicyFile, console: Console, *, given: bool) -> int:
    try:
        source = file.read()
        found = () if source is None else findings_in(source, tools=facts())
    except InvalidPolicy as fault:  # no text at all
        source, found = "", fault.findings
    if source is None and given:
        raise TrayAppError(text("policy.no_file", path=str(file.path)), text("policy.no_file_hint"))
    usable = all(finding.remark for finding in found)
    if console.as_json:
        listed = [
            {
                "line": finding.line,
                "column": finding.column,
                "what": console.words(finding.what),
                "fault": not finding.remark,
            }
            for finding in found
        ]
        there = source is not None
        console.give({"file": str(file.path), "exists": there, "ok": not found, "usable": usable, "findings": listed})
        return DID_NOT_HAPPEN if found else OK
    for finding in found:
        console.say(f"{file.path}:{finding.line}:{finding.column}: {console.words(finding.what)}")
    if found:
        console.note(text("policy.check_remarks") if usable else text("policy.check_faults"))
        return DID_NOT_HAPPEN
    console.say(text("policy.holds_default" if source is None else "policy.check_ok", path=str(file.path)))
    return OK


def _test(policy: Policy, asked: argparse.Namespace, console: Console) -> int:
    """Say what would happen to a call, with counters that have counted nothing yet."""
    arguments = console.read_all() if asked.args == "-" else asked.args
    call = call_of(asked.tool, arguments, client=asked.client, session=asked.session)
    verdict = decide(policy, call, {}, now_ms=0).verdict
    if console.as_json:
        console.give({"tool": call.tool, "risk": call.risk.value, **_as_json(verdict, console)})
    else:
        console.say(verdict_words(verdict))
    return OK if isinstance(verdict, Allow) else DID_NOT_HAPPEN


def _as_json(verdict: Verdict, console: Console) -> dict[str, object]:
    counted = verdict.counted if isinstance(verdict, Allow | Ask) else ()
    return {
        "verdict": _DECISIONS[type(verdict)].value,
        "rule": verdict.rule,
        "reason": console.words(verdict.reason) if isinstance(verdict, Deny | Ask) else None,
        "would": _as_json(verdict.would, console) if isinstance(verdict, Allow) and verdict.would else None,
        "counters": [
            {"counter": tally.counter, "scope": tally.scope.value, "window_s": tally.window_ms // 1_000}
            for tally in counted
        ],
    }


_DECISIONS = {Allow: Decision.ALLOW, Deny: Decision.DENY, Throttle: Decision.THROTTLE, Ask: Decision.ASK}


def _reset(file: PolicyFile, asked: argparse.Namespace, console: Console, paths: Paths) -> int:
    if not asked.yes:
        if not console.interactive:
            raise TrayAppError(text("policy.nobody_asked"), text("policy.nobody_asked_hint"))
        if not agrees(text("policy.ask_reset", path=str(file.path)), console):
            console.say(text("policy.not_reset"))
            return DID_NOT_HAPPEN
    paths.create()
    backup = file.reset()
    if console.as_json:
        console.give({"file": str(file.path), "backup": None if backup is None else str(backup)})
        return OK
    console.say(text("policy.was_reset", path=str(file.path)))
    if backup is not None:
        console.say(text("policy.backup", path=str(backup)))
    return OK
