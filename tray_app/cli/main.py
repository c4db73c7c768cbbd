"""Reads the command line and hands it to one command."""

import contextlib
import errno
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TextIO

from tray_app import __version__
from tray_app.adapters.files.texts import catalog_of_few, language_of, written_language
from tray_app.adapters.system.paths import Paths
from tray_app.cli.commands import PLACES
from tray_app.cli.console import (
    DID_NOT_HAPPEN,
    INTERRUPTED,
    OK,
    USAGE,
    Console,
    hang_up,
    shows_colours,
    tolerant_streams,
)
from tray_app.cli.parser import build_parser, nearest
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

_ACTS = frozenset(  # commands of which it is not known what they did once nobody reads what they say
    {
        *("run", "demo", "setup", "send", "pause", "resume", "connect", "disconnect", "clients", "stdio", "restart"),
        *("quit", "uninstall"),
    }
)
_UNPRINTABLE = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG})  # a full disk behind `>`, a terminal that is gone


def main(
    argv: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    given: TextIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run one command. Returns 0 (done), 1 (did not happen), 2 (wrong usage) or 130 (Ctrl+C)."""
    environ = os.environ if environ is None else environ
    tolerant_streams()
    with contextlib.ExitStack() as opened:
        nowhere = opened.enter_context(Path(os.devnull).open("r+", encoding="utf-8"))  # for windowed programs
        given, out, err = given or sys.stdin or nowhere, out or sys.stdout or nowhere, err or sys.stderr or nowhere
        return _main(argv, environ, given, out, err)


def _main(argv: Sequence[str] | None, environ: Mapping[str, str], given: TextIO, out: TextIO, err: TextIO) -> int:
    paths = Paths.of(environ)
    words = catalog_of_few(language_of(written_language(paths.settings), environ)).for_owner()
    command = _asked_for(argv)
    if meant := nearest(command):
        console = Console(words=words, out=out, err=err, given=given)
        console.note(text("cli.did_you_mean", command=command, meant=meant))
        return USAGE
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):  # argparse knows only those
            asked = build_parser(words, version=__version__, only=command).parse_args(argv)
    except SystemExit as exit_:  # argparse's way to say that it printed help or a usage error
        with contextlib.suppress(OSError):
            out.flush()
            return exit_.code if isinstance(exit_.code, int) else USAGE
        hang_up(out)
        return OK
    console = Console(
        words=words,
        out=out,
        err=err,
        given=given,
        as_json=getattr(asked, "json", False),
        coloured=shows_colours(out, environ),
    )
    code = DID_NOT_HAPPEN  # as far as is known when nobody reads the answer any more
    try:
        code = _run(asked, console, paths, environ)
        out.flush()
    except OSError as error:
        if _nobody_reads(error):  # a command that only shows did all it had to
            hang_up(out)
            return code if asked.command in _ACTS else OK
        if error.errno not in _UNPRINTABLE:
            raise
        hang_up(out)
        try:
            console.note(text("cli.unprinted", why=error.strerror or type(error).__name__))
        except OSError:  # the terminal that is gone was there for both
            hang_up(err)
        code = DID_NOT_HAPPEN
    return code


def _nobody_reads(error: OSError) -> bool:
    """`history | head -1`. Windows calls a pipe that is closed an invalid argument, and that of no file."""
    closed = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return closed or isinstance(error, BrokenPipeError)


def _asked_for(argv: Sequence[str] | None) -> str:
    """The command: none of the options before it has a value."""
    return next((word for word in (sys.argv[1:] if argv is None else argv) if not word.startswith("-")), "")


def _run(asked: Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    try:
        module, function = PLACES[asked.command]
        command = getattr(import_module(f"tray_app.cli.commands.{module}"), function)
        code: int = command(asked, console, paths, environ)
    except TrayAppError as error:
        return console.trouble(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code
