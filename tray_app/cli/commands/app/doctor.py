"""`doctor`: looks at everything a message needs on its way, and says what to do. Sends nothing."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from tray_app.adapters.system.paths import Paths
from tray_app.cli.checks import local
from tray_app.cli.checks.connection import connections
from tray_app.cli.checks.finding import CheckResult, Level
from tray_app.cli.checks.online import online
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, Tone
from tray_app.cli.offline import Offline, SeenRobots
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.settings.settings import Settings

_TONES = {Level.OK: Tone.GOOD, Level.NOTE: Tone.WAIT, Level.FAULT: Tone.BAD}
_MARKS = {Level.OK: "✓", Level.NOTE: "!", Level.FAULT: "✖"}


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Look, and say; 1 where a message sent now would not arrive."""
    findings = list(_look(paths, environ, console.words.language, ask_network=asked.online))
    well = all(finding.level is not Level.FAULT for finding in findings)
    if console.as_json:
        console.give({"ok": well, "checks": [_plain(finding, console) for finding in findings]})
    else:
        for finding in findings:
            _show(finding, console)
        if not asked.online:
            console.say(text("doctor.offline"))
        console.say(_last_line(findings))
    return OK if well else DID_NOT_HAPPEN


def _look(paths: Paths, environ: Mapping[str, str], language: Language, *, ask_network: bool) -> Iterator[CheckResult]:
    state = local.state_of_running(paths, language)
    yield local.versions(state)
    yield local.folders(paths)
    yield local.settings(paths)
    seen, read = _robots(paths, environ)
    yield from local.running(state, paths, read)
    if seen is not None:
        yield local.keyring(seen, state)
        yield from local.robots(seen, state)
    yield local.agents(state, read)
    yield local.tray(environ)
    yield local.autostart(environ)
    yield from local.network_variables(environ)
    yield from connections(paths, environ)
    if ask_network and seen is not None:
        yield from online(seen)


def _last_line(findings: Sequence[CheckResult]) -> Text:
    """All is well, or what to do first."""
    for finding in findings:
        if finding.level is Level.FAULT:
            return text("doctor.first", what=finding.found, hint=finding.hint or "")
    return text("doctor.well")


def _robots(paths: Paths, environ: Mapping[str, str]) -> tuple[SeenRobots | None, Settings]:
    """The robots and the settings they stand on; neither where the settings are broken, which is said already."""
    try:
        offline = Offline(paths, environ)
    except InvalidSettings:
        return None, Settings()
    return offline.look(), offline.settings


def _show(finding: CheckResult, console: Console) -> None:
    name = console.words(text(f"doctor.check_{finding.check}", agent=finding.agent))
    mark = console.tinted(_MARKS[finding.level], _TONES[finding.level])
    console.say(f"{mark} {name}{console.words('pages.colon')}{console.words(finding.found)}")
    if finding.hint is not None:
        console.say(f"    {console.words(finding.hint)}")


def _plain(finding: CheckResult, console: Console) -> dict[str, object]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "found": console.words(finding.found),
        "hint": None if finding.hint is None else console.words(finding.hint),
    }
