"""Where the app's files are: the owner's folders of this system, or everything under `DINGTALK_TRAY_HOME`."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

HOME_VARIABLE = "DINGTALK_TRAY_HOME"
APP_NAME = "dingtalk-tray"
_OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Four folders, each readable by the owner alone, and the names of the files in them.

    None of them depends on who is logged in: whoever finds the database finds the app that uses it.
    """

    config: Path
    data: Path
    logs: Path
    run: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read `DINGTALK_TRAY_HOME` from the environment; without it, follow this system's custom."""
        home = moved_home(environ)
        return cls.of_system() if home is None else cls.under(home)

    @classmethod
    def under(cls, home: Path) -> Self:
        """Keep everything below one folder: `config`, `data`, `logs`, `run`."""
        return cls(config=home / "config", data=home / "data", logs=home / "logs", run=home / "run")

    @classmethod
    def of_system(cls) -> Self:
        """Follow XDG on Linux, `~/Library` on macOS, `%LOCALAPPDATA%` on Windows."""
        dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
        data = dirs.user_data_path
        return cls(config=dirs.user_config_path, data=data, logs=dirs.user_log_path, run=data / "run")

    @property
    def settings(self) -> Path:
        """The owner's settings."""
        return self.config / "settings.toml"

    @property
    def policy(self) -> Path:
        """What agents may do."""
        return self.config / "policy.json"

    @property
    def last_policy(self) -> Path:
        """Copy of the last good policy, which holds while `policy.json` cannot be used."""
        return self.data / "policy.last-good.json"

    @property
    def pause(self) -> Path:
        """Whether sends are paused, and until when."""
        return self.data / "pause.json"

    @property
    def spare_pause(self) -> Path:
        """The same once more, for when that file is taken away or written over."""
        return self.data / "pause.spare.json"

    @property
    def history(self) -> Path:
        """The database: queue and history at once."""
        return self.data / "history.sqlite3"

    @property
    def history_log(self) -> Path:
        """What is not yet in the database's own file; SQLite makes it."""
        return self.data / "history.sqlite3-wal"

    @property
    def endpoint(self) -> Path:
        """Where the running app answers, and its tokens."""
        return self.run / "endpoint.json"

    @property
    def client_token(self) -> Path:
        """The token of the built-in client, which outlives a stop."""
        return self.data / "claude-code.token"

    @property
    def question_token(self) -> Path:
        """The token by which agents' clients ask the owner; it stands in their settings, so it outlives a stop."""
        return self.data / "questions.token"

    @property
    def launcher(self) -> Path:
        """The script that agents' settings name; it never moves."""
        return self.data / ("dingtalk-tray-launcher" + (".cmd" if sys.platform == "win32" else ""))

    @property
    def welcomed(self) -> Path:
        """There once the first-run guide was opened by itself."""
        return self.data / "welcomed"

    @property
    def lock(self) -> Path:
        """Held by the one app that uses the database: beside the file itself, whatever links lead there."""
        return Path(os.path.realpath(self.history)).with_suffix(".lock")  # `resolve` fails where a link leads to itself

    @property
    def former_locks(self) -> tuple[Path, ...]:
        """What earlier versions held instead; one of them may still run while it is updated."""
        return tuple(folder / "instance.lock" for folder in (self.run, *_login_folder()))

    def create(self) -> Self:
        """Make the folders, for the owner alone. Raises TrayAppError naming the folder that cannot be made."""
        for folder in (self.config, self.data, self.logs, self.run):
            try:
                folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
                if sys.platform != "win32" and folder.stat().st_mode & 0o077:
                    folder.chmod(_OWNER_ONLY)
            except OSError as error:
                reason = text("settings.no_folder", folder=str(folder), why=error.strerror or type(error).__name__)
                raise TrayAppError(reason, text("settings.no_folder_hint", variable=HOME_VARIABLE)) from error
        return self


def moved_home(environ: Mapping[str, str]) -> Path | None:
    """Give the folder that `DINGTALK_TRAY_HOME` names, whole; None where it names none.

    On Windows as the system reads it: no name ends with a dot or a blank there, and folders below such a one could not
    be made.
    """
    named = environ.get(HOME_VARIABLE, "").strip()
    if not named:
        return None
    home = Path(named).expanduser()
    return Path(os.path.abspath(home)) if sys.platform == "win32" else home.absolute()  # noqa: PTH100 - keeps links


def _login_folder() -> tuple[Path, ...]:
    """The folder of this login on Linux, where lock and endpoint lay before: a service or cron has none."""
    if sys.platform != "linux":
        return ()
    return (Path(os.environ.get("XDG_RUNTIME_DIR", "").strip() or f"/run/user/{os.getuid()}") / APP_NAME,)
