"""Why the app that runs cannot be reached: said in a file, for there is nothing else that a command could ask."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tray_app.adapters.files.endpoint import no_endpoint_file
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text
from tray_app.plain_files import read_plain
from tray_app.processes import born, is_same

_MOST_BYTES = 64 << 10


class NotServingFile:
    """Beside `endpoint.json`, in its place as it were: what is wrong, and with which process."""

    def __init__(self, endpoint: Path) -> None:
        """Touch nothing yet."""
        self._endpoint = endpoint
        self._path = endpoint.with_name("not-serving.json")

    def write(self, reason: Text, hint: Text) -> None:
        """Say it; where nothing can be written, `read` sees why by itself."""
        me = os.getpid()
        said = {"pid": me, "born": born(me), "reason": reason.to_json(), "hint": hint.to_json()}
        with suppress(OSError):
            self._path.write_text(json.dumps(said), encoding="utf-8")

    def remove(self) -> None:
        """It serves, or ends."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def read(self) -> TrayAppError | None:
        """Why a running app cannot be reached, or why one that were started now could not; None: nothing is known."""
        return self._said() or self._unwritable()

    def read_left(self, pid: int) -> TrayAppError | None:
        """What a process has said that has ended since; None where it said nothing."""
        return self._said(left_by=pid)

    def _said(self, *, left_by: int | None = None) -> TrayAppError | None:
        try:
            found = json.loads(read_plain(self._path, most=_MOST_BYTES))
            reason, hint = Text.from_json(found["reason"]), Text.from_json(found["hint"])
            meant = found["pid"] == left_by or is_same(found["pid"], str(found.get("born", "")))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return TrayAppError(reason, hint) if meant and reason is not None and hint is not None else None

    def _unwritable(self) -> TrayAppError | None:
        folder = self._endpoint.parent
        if not folder.is_dir():  # it was never started
            return None
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b" " * 1_000)  # about as much as the file is that a start writes
                file.flush()
        except OSError as error:
            return no_endpoint_file(self._endpoint, error)
        return None
