"""`policy`: check the file, show what holds for each tool, try a call, start anew with the default."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from tray_app.adapters.files.policy import PolicyFile, default_policy
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.web.responses import plain
from tray_app.app.client.remote import AppNotRunning, Remote
from tray_app.cli.commands.decisions.policy_import import import_pasted
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, agrees
from tray_app.cli.table import columns
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.policy.evaluate import decide
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.file.writer import to_json, tool_to_json
from tray_app.core.policy.model import Policy, ToolPolicy
from tray_app.core.policy.own_words import own_words
from tray_app.core.policy.words import limit_words, risk_words, rules_words, stance_words, to_data
from tray_app.tools.facts import facts
from tray_app.tools.trial import call_of


def show(policy: Policy, console: Console, *, path: Path, exists: bool) -> None:
    """Show the policy that holds, from the file at `path` or the default."""
    if console.as_json:
        tools = {name: {"risk": tool.risk.value, **_effective(policy, name)} for name, tool in facts().items()}
        console.give({"file": str(path), "exists": exists, "policy": to_json(policy), "tools": tools})
        return
    console.say(text("policy.holds_file" if exists else "policy.holds_default", path=str(path)))
    console.say(text(f"policy.mode_{policy.mode.value}"))
    console.say(text(f"policy.others_{policy.default.value}"))
    for limit in policy.limits:
        console.say(text("policy.all_limit", limit=limit_words(limit)))
    console.say()
    words = console.words
    rules = {name: policy.rules_of(name) for name in facts()}
    cells = [
        (name, words(stance_words(rules[name].stance, hidden=policy.hides(name))), words(risk_words(tool.risk)))
        for name, tool in facts().items()
    ]
    for (name, *_), shown in zip(cells, columns(cells, room=None), strict=True):
        console.say(shown)
        for line in _lines(rules[name]):
            console.say(f"  {words(line)}")


def _effective(policy: Policy, name: str) -> dict[str, object]:
    return {"hidden": policy.hides(name), **tool_to_json(policy.rules_of(name))}


def _lines(rules: ToolPolicy) -> Iterator[Text]:
    if rules.reason:
        yield text("policy.with_reason", reason=own_words(rules.reason))
    yield from (limit_words(limit) for limit in rules.limits)
    yield from rules_words(rules)


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Do what `verb` says; no app needs to run."""
    if asked.verb == "check":
        return _check(_file(paths, asked.file), console, given=bool(asked.file))
    file = _file(paths)
    if asked.verb == "reset":
        return _reset(file, asked, console, paths)
    if asked.verb == "import":
        return import_pasted(file, asked, console, paths)
    if asked.verb == "test":
        return _test(file, asked, console, paths)
    source = file.read()
    show(_policy(file, source), console, path=file.path, exists=source is not None)
    return OK


def _file(paths: Paths, path: str | None = None) -> PolicyFile:
    return PolicyFile(Path(path) if path else paths.policy, last_good=paths.last_policy)


def _policy(file: PolicyFile, source: str | None) -> Policy:
    """What holds: of a file that held before, or beside which none is known, whatever it says."""
    held = file.last_good() in {None, source}
    return read_policy(default_policy() if source is None else source, tools=facts(), held=held)


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
        idle = all(finding.remark or finding.idle for finding in found)
        console.note(text(f"policy.check_{'remarks' if usable else 'idle' if idle else 'faults'}"))
        return DID_NOT_HAPPEN
    console.say(text("policy.holds_default" if source is None else "policy.check_ok", path=str(file.path)))
    return OK


def _test(file: PolicyFile, asked: argparse.Namespace, console: Console, paths: Paths) -> int:
    """Say what would happen to a call: the running app knows its counters, else they have counted nothing yet."""
    arguments = console.read_all() if asked.args == "-" else asked.args
    call = call_of(asked.tool, arguments, client=asked.client, session=asked.session)
    question = {"tool": call.tool, "args": arguments, "client": call.grant, "session": call.session}
    try:
        found = Remote.find(paths, console.words.language).post("policy/test", question)
    except AppNotRunning:
        tried = to_data(call, decide(_policy(file, file.read()), call, {}, now_ms=0), live=False)
        found = {name: plain(value, console.words) for name, value in tried.items()}
    if console.as_json:
        console.give(found)
    else:
        console.say(found["words"])
        console.note(text("policy.test_live" if found["live"] else "policy.test_empty"))
    return OK if found["verdict"] == DecisionKind.ALLOW else DID_NOT_HAPPEN


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
