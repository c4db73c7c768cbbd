"""Reads the command line and hands it to one command."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TextIO

from tray_app import __version__
from tray_app.adapters.paths import Paths
from tray_app.adapters.settings_file import SettingsFile
from tray_app.adapters.texts_file import catalog, language_of
from tray_app.cli.console import USAGE, Console, tolerant_streams
from tray_app.cli.parser import build_parser
from tray_app.core.errors import InvalidSettings, TrayAppError


def main(
    argv: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run one command. Returns 0 (done), 1 (did not happen) or 2 (wrong usage)."""
    environ = os.environ if environ is None else environ
    tolerant_streams()
    out, err = out or sys.stdout or _nowhere(), err or sys.stderr or _nowhere()
    paths = Paths.of(environ)
    settings = SettingsFile(paths.settings)
    with suppress(InvalidSettings):  # the command that needs them says what is wrong
        settings.load()
    words = catalog(language_of(settings.current.language, environ))
    parser = build_parser(words, version=__version__)
    try:
        asked = parser.parse_args(argv)
    except SystemExit as exit_:  # argparse's way to say that it printed help or a usage error
        return exit_.code if isinstance(exit_.code, int) else USAGE
    console = Console(words=words, out=out, err=err, as_json=getattr(asked, "json", False))
    try:
        command = import_module(f"tray_app.cli.{asked.command.replace('-', '_')}_command")
        code: int = command.run(asked, console, paths, environ)
    except TrayAppError as error:
        return console.trouble(error)
    except KeyboardInterrupt:
        return 130
    return code


def _nowhere() -> TextIO:
    """Windowed programs have no standard streams."""
    return open(os.devnull, "w", encoding="utf-8")
