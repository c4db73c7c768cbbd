"""`policy import`: what was pasted, as a policy: said, shown as a difference, asked about, written."""

import argparse
from difflib import unified_diff
from pathlib import Path

from tray_app.adapters.files.policy import PolicyFile, default_policy
from tray_app.adapters.system.paths import Paths
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, agrees
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.file.translate import Translation, translate
from tray_app.plain_files import read_plain
from tray_app.tools.facts import facts

_MOST_BYTES = 1 << 20


def import_pasted(file: PolicyFile, asked: argparse.Namespace, console: Console, paths: Paths) -> int:
    """Translate the file, or standard input; nothing is written without the owner's word."""
    found = translate(_pasted(asked.file, console), tools=facts())
    before = _before(file)
    changed = before != found.source
    if not console.as_json:
        _show(found, before, file, console)
    if changed and not _wanted(asked, console):
        console.say(text("policy.not_reset"))
        return DID_NOT_HAPPEN
    backup = None
    if changed:
        paths.create()
        backup = file.put(found.source)
    if console.as_json:
        notes = [console.words(note) for note in found.notes]
        kept = None if backup is None else str(backup)
        said = {"file": str(file.path), "is": console.words(found.what), "notes": notes}
        console.give({**said, "changed": changed, "backup": kept})
    elif changed:
        console.say(text("policy_import.written", path=str(file.path)))
        if backup is not None:
            console.say(text("policy.backup", path=str(backup)))
    return OK


def _pasted(name: str, console: Console) -> str:
    if name == "-":
        return console.read_all()
    try:
        return read_plain(Path(name), most=_MOST_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        raise TrayAppError(text("policy.no_file", path=name), text("policy_import.no_file_hint")) from None
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise TrayAppError(
            text("policy_import.unreadable", path=name, why=why), text("policy_import.no_file_hint")
        ) from None


def _before(file: PolicyFile) -> str:
    """What is there now; a file that cannot be read is shown as empty, and kept as a copy all the same."""
    try:
        source = file.read()
    except TrayAppError:
        return ""
    return default_policy() if source is None else source


def _show(found: Translation, before: str, file: PolicyFile, console: Console) -> None:
    console.say(text("policy_import.is", what=found.what))
    for note in found.notes:
        console.say(f"  {console.words(note)}")
    lines = list(unified_diff(before.splitlines(), found.source.splitlines(), lineterm="", n=2))[2:]
    console.say(text("policy_import.changes" if lines else "policy_import.same", path=str(file.path)))
    for line in lines:
        console.say(f"  {line}")


def _wanted(asked: argparse.Namespace, console: Console) -> bool:
    if asked.yes:
        return True
    if not console.interactive:
        raise TrayAppError(text("policy.nobody_asked"), text("policy.nobody_asked_hint"))
    return agrees(text("policy_import.ask"), console)
