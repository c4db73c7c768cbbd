"""The launcher: a small script in the app's own folder that agents' settings name, wherever an update puts the program.

It has the paths of this installation in it and is written anew at each start. Its name and place never change, and
where the program is gone it says nothing and succeeds: an agent must not be disturbed by what was removed.
On Windows it is a batch file, which only a shell or `cmd.exe` starts.
"""

import os
import shlex
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.system.batch import batch_text, hook_command
from tray_app.adapters.system.program import OwnProgram
from tray_app.plain_files import read_plain
from tray_app.store_python import is_store_python
from tray_app.whole_files import write_whole

_MOST_BYTES = 64 << 10
# Sourced: one shell less, and silent where the file itself is gone. Where it is no script any more (cut off, or
# changed by hand), dash would end with 2, with which a hook stops its agent or wakes a session: so it is read first.
_QUIET = 'if [ -f "$0" ] && /bin/sh -n "$0" 2>/dev/null; then . "$0"; fi'
_HEAD = """\
#!/bin/sh
# Agents' settings name this file, so that they outlive updates of dingtalk-tray, which writes it anew at each start.
# Where the program is gone it does nothing and says nothing.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """`path` is the script, `program` what it starts, `home` the app's folder where the person has moved it."""

    path: Path
    program: OwnProgram
    home: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there can be one. Where Windows hides it, cannot call it or name the program, agents call that."""
        if sys.platform != "win32":
            return True
        return not is_store_python() and None not in (hook_command(str(self.path), os.environ), self._batch())

    def hook(self, *mode: str) -> list[str]:
        """The command of an agent's hooks; `mode` is a word to it, which an older program does not heed."""
        if not self.usable:
            return [*self.program.hook(), *self.home, *mode]
        if sys.platform == "win32":
            return [*(hook_command(str(self.path), os.environ) or []), *mode]
        return ["/bin/sh", "-c", _QUIET, str(self.path), "hook", *mode]

    def command(self, *arguments: str) -> list[str]:
        """A command of ours as a program and its arguments; a batch file is no program."""
        if self.usable and sys.platform != "win32":
            return [str(self.path), *arguments]
        return self.program.command(*arguments, *self.home)

    def shell_line(self, *arguments: str) -> str:
        """The same as one line for the shell of this system."""
        words = [str(self.path), *arguments] if self.usable else self.command(*arguments)
        return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)

    def is_current(self) -> bool:
        """Whether the script is there, can be started, and leads to this program."""
        if not self.usable:
            return True
        with suppress(OSError):
            return os.access(self.path, os.X_OK) and read_plain(self.path, most=_MOST_BYTES) == self.text().encode()
        return False

    def heal(self) -> bool:
        """Write it where it does not lead here; whether it did. Raises OSError."""
        if self.is_current():
            return False
        write_whole(self.path, self.text().encode(), synced=False, last=lambda written: written.chmod(0o700))
        return True

    def text(self) -> str:
        """The script. `hook` takes the short way: Python without its packages starts in 10 ms."""
        if sys.platform == "win32":
            return self._batch() or ""
        first, *rest = self.program.command()
        home = shlex.join(self.home)
        lines = (
            f"program={shlex.quote(first)}",
            'case "$1" in',
            "hook)",
            *(f"    {line}" for line in self._hook(home)),
            "*)",
            '    [ -x "$program" ] || program=$(command -v dingtalk-tray) || exit 0',
            "    " + _spaced('exec "$program"', shlex.join(rest), '"$@"', home),
            "    ;;",
            "esac",
        )
        return _HEAD + "\n".join(lines) + "\n"

    def _batch(self) -> str | None:
        hook = [] if self.program.frozen else self.program.hook()
        return batch_text(self.program.command(), hook, self.home, os.environ)

    def _hook(self, home: str) -> tuple[str, ...]:
        if self.program.frozen:
            return "shift", '[ -x "$program" ] || exit 0', _spaced('exec "$program" hook', home, '"$@"'), ";;"
        python, script = self.program.hook()[0], Path(self.program.hook()[-1])
        return (
            "shift",
            f"python={shlex.quote(python)} script={shlex.quote(str(script))}",
            *_look_beside(script),
            '[ -x "$python" ] && [ -f "$script" ] && [ -r "$script" ] || exit 0',  # Python's own 2 would wake a session
            _spaced('exec "$python" -I -S "$script"', home, '"$@"'),
            ";;",
        )


def _spaced(*words: str) -> str:
    return " ".join(word for word in words if word)


def _look_beside(script: Path) -> tuple[str, ...]:
    """Find the package below another minor version of Python: an update may have moved it since the last start."""
    minor = next((part for part in script.parents if part.name.startswith("python3.")), None)
    if minor is None:
        return ()
    rest = shlex.quote(str(script.relative_to(minor)))
    pattern = f"{shlex.quote(str(minor.parent))}/python3.*/{rest}"
    return (f'[ -f "$script" ] || for script in {pattern}; do [ -f "$script" ] && break; done',)
