"""`policy.json` on disk, read and written whole; the schema for editors beside it; a copy of the last good one."""

import os
from pathlib import Path

from tray_app.assets import asset
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.file.findings import InvalidPolicy, PolicyFinding
from tray_app.core.policy.file.reader import MAX_CHARS
from tray_app.plain_files import read_plain
from tray_app.whole_files import hint, move, why, write_whole

_SCHEMA = "policy.schema.json"
_MOST_BYTES = 4 * MAX_CHARS
_MOST_KEPT = 64 << 20  # of what a reset sets aside, policy or not
_MOST_BACKUPS = 10_000


def default_policy() -> str:
    """Text of the policy that holds where there is no file."""
    return asset("policy/default.json").read_text("utf-8")


class PolicyFile:
    """Implements `services.policy.active_policy.PolicySource`. The file is never watched here."""

    def __init__(self, path: Path, *, last_good: Path) -> None:
        """Touch nothing yet; `last_good` is where the copy lies."""
        self._path = path
        self._last_good = last_good

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._path

    def read(self) -> str | None:
        """Read the text as it is written, line ends too; None without a file.

        Raises InvalidPolicy where it is no UTF-8, TrayAppError where it cannot be read or is a link to nothing.
        """
        return self._read(self._path)

    def last_good(self) -> str | None:
        """Read the kept copy; None where nothing was ever kept. Raises TrayAppError where it cannot be read."""
        return self._read(self._last_good)

    def keep_good(self, source: str) -> None:
        """Keep a copy, whole and synced. Raises TrayAppError."""
        try:
            self._last_good.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._last_good, source.encode())
        except (OSError, UnicodeEncodeError) as error:
            raise self._unwritable(error) from error

    def _read(self, path: Path) -> str | None:
        try:
            raw = read_plain(path, most=_MOST_BYTES)
        except FileNotFoundError as error:
            if path.is_symlink():  # the owner has a policy, elsewhere: the default one would be another
                raise self._unreadable(text("policy.dangling")) from error
            return None
        except OSError as error:
            raise self._unreadable(text("policy.unreadable", why=why(error))) from error
        try:
            return raw[:_MOST_BYTES].decode("utf-8")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            raise InvalidPolicy([PolicyFinding(line=line, column=column, what=text("policy.not_text"))]) from None

    def write(self, source: str) -> None:
        """Put this text in place of the last, whole at every instant. Raises TrayAppError; the file is then as before.

        A link is followed, so that a policy kept in a dot-files folder stays there.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(Path(os.path.realpath(self._path)), source.encode())
            self.ensure_schema()
        except (OSError, UnicodeEncodeError) as error:
            raise self._unwritable(error) from error

    def ensure_schema(self) -> None:
        """Lay this version's schema beside the file, where `$schema` finds it. Raises OSError."""
        beside, content = self._path.with_name(_SCHEMA), asset(f"policy/{_SCHEMA}").read_bytes()
        try:
            there = read_plain(beside, most=len(content))
        except OSError:  # none yet, another version's, or something else altogether
            there = b""
        if there != content:
            write_whole(beside, content)

    def put(self, source: str) -> Path | None:
        """Write this text; gives the copy of the old file, None where there was none. Raises TrayAppError."""
        try:
            backup = self._backup() if self._path.exists() else None
        except OSError as error:
            raise self._unwritable(error) from error
        self.write(source)
        return backup

    def reset(self) -> Path | None:
        """Write the default policy; gives the copy of the old file, None where there was none. Raises TrayAppError."""
        backup = self.put(default_policy())
        self.keep_good(default_policy())  # else a policy that was given up would hold again once this file is deleted
        return backup

    def _backup(self) -> Path:
        """Copy the file to the first free `policy.json.bak-N`; what is no file, or endless, moves there itself."""
        try:
            content = read_plain(self._path, most=_MOST_KEPT)
        except OSError:
            content = None
        for number in range(1, _MOST_BACKUPS):
            beside = self._path.with_name(f"{self._path.name}.bak-{number}")
            try:
                handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            with os.fdopen(handle, "wb") as file:
                file.write(content or b"")
            if content is None:
                beside.unlink()
                move(self._path, beside)
            return beside
        raise FileExistsError(str(self._path))

    def _unreadable(self, reason: Text) -> TrayAppError:
        return TrayAppError(reason, text("policy.unreadable_hint", path=str(self._path)))

    def _unwritable(self, error: Exception) -> TrayAppError:
        return TrayAppError(text("policy.unwritable", why=why(error)), hint(error, self._path))
