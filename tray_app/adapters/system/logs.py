"""The log: one rotating file for its owner alone, warnings on a terminal, and no secret in either.

Install it before `mcp` is used: its `MCPServer` calls `logging.basicConfig` at INFO, and from then on httpx would print
every webhook with its token. A root logger that has handlers makes that call do nothing.
"""

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, quote, urlsplit

from tray_app.adapters.system.log_file import LogFile
from tray_app.core.kernel.secret import Secret

FILE_NAME = "dingtalk-tray.log"
LEVEL_VARIABLE = "DINGTALK_TRAY_LOG"
_SHORTEST = 6  # shorter "secrets" would blank ordinary words
_QUIET = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "mcp",
    "uvicorn",
    "asyncio",
    "keyring",
    "PIL",
    "urllib3",
    "jeepney",
)
_HIDDEN = "[hidden]"
_PATTERNS = (
    re.compile(r"(?<=/robot/send\?)[^\s\"'<>]+"),
    re.compile(r"(?i)(?<=access_token=)[^&\s\"'<>]+"),
    re.compile(r"(?i)(?<=access_token%3D)[^&\s\"'<>]+"),
    re.compile(r"(?<=\bsign=)[^&\s\"'<>]+"),
    re.compile(r"(?i)(?<=bearer )[^\s\"',;<>]+"),
    re.compile(r"(?i)SEC[0-9a-f]{20,}"),
    re.compile(r"(?i)(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"),  # a robot's token by itself
)


def level_of(environ: Mapping[str, str]) -> int:
    """Read `DINGTALK_TRAY_LOG`: `debug`, `info`, `warning` or `error`; anything else is `info`."""
    levels = {"debug": logging.DEBUG, "warning": logging.WARNING, "error": logging.ERROR}
    return levels.get(environ.get(LEVEL_VARIABLE, "").strip().lower(), logging.INFO)


class Redactor(logging.Filter):
    """Takes secrets out of a record: message, arguments, traceback and stack, by shape and by registered value."""

    def __init__(self) -> None:
        """Know the shapes; values come with `add`."""
        super().__init__()
        self._values: frozenset[str] = frozenset()

    def add(self, *secrets: Secret) -> None:
        """Blank these values from now on, also percent-encoded, and the token inside a webhook."""
        forms: set[str] = set()
        for secret in secrets:
            value = secret.reveal()
            inside = [part for _, part in parse_qsl(urlsplit(value).query)] if "://" in value else []
            for part in (value, *inside):
                forms |= {part, quote(part, safe=""), quote(part)}
        self._values |= {form for form in forms if len(form) >= _SHORTEST}

    def scrub(self, words: str) -> str:
        """Blank every secret in a text."""
        for value in sorted(self._values, key=len, reverse=True):
            words = words.replace(value, _HIDDEN)
        for pattern in _PATTERNS:
            words = pattern.sub(_HIDDEN, words)
        return words

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place, so that handlers of other libraries that come later see no secret either."""
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001 - a wrong format string must not print its arguments
            said = f"(a log message of {record.pathname}:{record.lineno} does not fit its arguments)"
        record.msg, record.args = self.scrub(said), ()
        if record.exc_info:
            record.exc_text = self.scrub(logging.Formatter().formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = self.scrub(record.stack_info)
        return True


class Logs:
    """The installed log. `redactor.add(...)` whatever must never show; `close()` undoes the installation."""

    def __init__(self, folder: Path, *, level: int = logging.INFO, terminal: TextIO | None = None) -> None:
        """Log to a file in `folder`, and warnings to `terminal` (`sys.stderr`, which is None in windowed builds)."""
        self.redactor = Redactor()
        self.file = folder / FILE_NAME
        self._in_file = _file_handler(self.file)
        handlers: list[logging.Handler] = [self._in_file]
        if terminal is not None and terminal.isatty():
            handlers.append(_terminal_handler(terminal))
        for handler in handlers:
            handler.addFilter(self.redactor)
        self._undo = ExitStack()
        _attach(handlers, level, self._undo)
        _catch_uncaught(self._undo)

    def close(self) -> None:
        """Give the root logger and the hooks back as they were."""
        self._undo.close()

    def tell(self, trouble: Callable[[str], None]) -> None:
        """Call `trouble` when the file can no longer be written (why) and when it can again (empty), on any thread."""
        self._in_file.trouble = trouble

    def look(self) -> None:
        """Make folder and file anew where they were taken away, and say so in them."""
        if self._in_file.begun and not self.file.exists():
            logging.getLogger(__name__).error("the log was taken away, and is begun anew")


class _Brief(logging.Formatter):
    """A sentence for a person; the traceback is in the file."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


def _file_handler(file: Path) -> LogFile:
    handler = LogFile(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


def _terminal_handler(terminal: TextIO) -> logging.Handler:
    handler = logging.StreamHandler(terminal)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Brief())
    return handler


def _attach(handlers: Iterable[logging.Handler], level: int, undo: ExitStack) -> None:
    """Our own modules log from `level` on, everybody else warnings; the noisy ones stay quiet at debug too."""
    root = logging.getLogger()
    for handler in handlers:
        root.addHandler(handler)
        undo.callback(handler.close)
        undo.callback(root.removeHandler, handler)
    levels = {"": level if level <= logging.DEBUG else logging.WARNING, "tray_app": level}
    for name, least in (levels | dict.fromkeys(_QUIET, logging.WARNING)).items():
        logger = logging.getLogger(name)
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(least)


def _catch_uncaught(undo: ExitStack) -> None:
    """Send exceptions nobody caught to the log: standard error is seen by everybody, and missing in windowed builds."""
    log = logging.getLogger("tray_app")
    before, thread_before = sys.excepthook, threading.excepthook

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)
            return
        log.critical("this is a bug in dingtalk-tray", exc_info=(kind, error, trace))

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "?"
            trace = (args.exc_type, args.exc_value, args.exc_traceback)
            log.critical("this is a bug in dingtalk-tray, in thread %s", name, exc_info=trace)

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
    undo.callback(setattr, sys, "excepthook", before)
    undo.callback(setattr, threading, "excepthook", thread_before)
