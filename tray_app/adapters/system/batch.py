"""The launcher as Windows has it: a batch file in ASCII, whatever the folders are called.

cmd.exe reads such a file in the code page of its console, which differs between two terminals of one computer. So a
folder with other letters is written by a variable that leads there, or by its short name.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath

# the deepest first: what is written out after one must be ASCII
_FOLDERS = ("LOCALAPPDATA", "APPDATA", "USERPROFILE", "ProgramData", "ProgramFiles")
_TAKEN_APART = re.compile(r'[&<>()@^|%!",;=]')  # by cmd.exe, in a word that nobody has put in quotation marks
_HEAD = """\
@echo off
rem Agents' settings name this file, so that they outlive updates of dingtalk-tray, which writes it anew at each start.
rem Where the program is gone it does nothing and says nothing.
setlocal DisableDelayedExpansion
"""
_PROGRAM = """\
if "%~1"=="hook" goto hook
set "rest=REST"
set "program=PROGRAM"
if exist "%program%" goto run
set "rest="
for %%I in (dingtalk-tray.exe) do set "program=%%~$PATH:I"
if not defined program exit /b 0
:run
"%program%" %rest% %* HOME
exit /b %errorlevel%
:hook
"""
_HOOK = """\
set "python=PYTHON"
set "script=SCRIPT"
if not exist "%python%" exit /b 0
if not exist "%script%" exit /b 0
"%python%" -I -S "%script%" HOME %2
exit /b %errorlevel%
"""
_FROZEN_HOOK = """\
set "program=PROGRAM"
if not exist "%program%" exit /b 0
"%program%" hook HOME %2
exit /b %errorlevel%
"""


def hook_command(path: str, environ: Mapping[str, str]) -> list[str] | None:
    """Give the command that runs the file at `path` without a shell of the agent's; None where none can.

    Silent where the file is gone. Beginning with `if` it leaves alone the quotation marks that the agent may put.
    """
    if _TAKEN_APART.search(path):
        return None
    cmd = environ.get("COMSPEC") or environ.get("ComSpec") or "cmd.exe"
    return [cmd, "/d", "/c", "if", "exist", path, path, "hook"]


def batch_text(
    program: Sequence[str], hook: Sequence[str], home: Sequence[str], environ: Mapping[str, str]
) -> str | None:
    """Write the file. `program` starts this one (its path, then words), `hook` is Python and the script, or empty.

    None where a folder cannot be named in ASCII.
    """
    words = {
        "PROGRAM": in_ascii(program[0], environ),
        "REST": " ".join(program[1:]),
        "PYTHON": in_ascii(hook[0], environ) if hook else "",
        "SCRIPT": in_ascii(hook[-1], environ) if hook else "",
        "HOME": _home(home, environ),
    }
    if None in words.values():
        return None
    text = _PROGRAM + (_HOOK if hook else _FROZEN_HOOK)
    filled = re.sub(r"\b(PROGRAM|REST|PYTHON|SCRIPT|HOME)\b", lambda found: str(words[found[1]]), text)
    return (_HEAD + filled).replace("\n", "\r\n")


def in_ascii(path: str, environ: Mapping[str, str]) -> str | None:
    """Write a path so that a batch file in ASCII finds it; None where it cannot be written."""
    if '"' in path:
        return None
    if path.isascii():
        return path.replace("%", "%%")
    place = PureWindowsPath(path)
    for name in _FOLDERS:
        folder = environ.get(name) or environ.get(name.upper()) or ""
        if folder and place.is_relative_to(folder):
            rest = str(place.relative_to(folder))
            if rest.isascii():
                return f"%{name}%\\" + rest.replace("%", "%%")
    short = _short(path)
    return short.replace("%", "%%") if short.isascii() and short else None


def _home(home: Sequence[str], environ: Mapping[str, str]) -> str | None:
    if not home:
        return ""
    option, folder = home
    written = in_ascii(folder, environ)
    if written is None:
        return None
    end = "\\" if written.endswith("\\") else ""  # of a drive: one alone would take the quotation mark with it
    return f'{option} "{written}{end}"'


def _short(path: str) -> str:
    """Ask Windows for the short name of what is there; empty where it has none."""
    if sys.platform != "win32":
        return ""
    import ctypes

    room = ctypes.create_unicode_buffer(32_768)
    return room.value if ctypes.WinDLL("kernel32").GetShortPathNameW(path, room, len(room)) else ""
