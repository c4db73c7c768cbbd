"""A program that says what it was started with, or ends in the way it is told to."""

import atexit
import gc
import json
import locale
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from typing import Any

assert sys.platform != "win32"  # it is started on Linux alone


def _streams() -> list[list[Any]]:
    streams: list[Any] = [sys.stdin, sys.stdout, sys.stderr]
    originals: list[Any] = [sys.__stdin__, sys.__stdout__, sys.__stderr__]
    facts = [[each.fileno(), each.encoding, each.errors, each.line_buffering, each.isatty()] for each in streams]
    return [[*fact, stream is original] for fact, stream, original in zip(facts, streams, originals, strict=True)]


def _handles() -> list[str]:
    """Open files."""
    return [str(handle) for handle in range(64) if os.path.lexists(f"/proc/self/fd/{handle}")]


def _facts() -> dict[str, Any]:
    before = os.umask(0)
    os.umask(before)
    return {
        "umask": before,
        "environ": dict(os.environ),
        "environ of its programs": sorted(subprocess.check_output(["env"], text=True).splitlines()),
        "folder": os.getcwd(),  # noqa: PTH109
        "argv": sys.argv,
        "path": sys.path,
        "name": [__name__, __package__, sys.modules["__main__"].__file__],
        "flags": str(sys.flags),
        "warnings": [str(each) for each in warnings.filters],
        "signals": {number: str(signal.getsignal(number)).split(" at ")[0] for number in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "wake-up": signal.set_wakeup_fd(-1),
        "streams": _streams(),
        "handles": _handles(),
        "threads": [thread.name for thread in threading.enumerate()],
        "locale": [locale.setlocale(category) for category in (locale.LC_CTYPE, locale.LC_TIME)],
        "zone": [time.tzname, time.localtime(0).tm_hour],
        "collector": gc.isenabled(),
        "group": [os.getpgid(0) == os.getpgid(os.getppid()), os.getsid(0)],
        "chosen at import": [name for name in ("keyring", "pystray") if name in sys.modules],
        "temporary files": tempfile.tempdir,
        "given": sys.stdin.read(),
    }


def main(wish: str) -> None:
    """Do it."""
    match wish.split():
        case ["facts"]:
            json.dump(_facts(), sys.stdout)
        case ["exit", number]:
            sys.exit(int(number))
        case ["complain"]:
            sys.exit("it did not work")
        case ["raise"]:
            raise ValueError("not caught")
        case ["interrupt"]:
            raise KeyboardInterrupt
        case ["signal", name]:
            os.kill(os.getpid(), signal.Signals[name])
        case ["slowly"]:
            atexit.register(print, "at the end")
            threading.Timer(0.05, print, ["from a thread"]).start()
            sys.stdout.write("without a line end")
        case ["chance"]:
            import random
            import secrets

            print(random.random(), secrets.token_hex(8))  # noqa: T201 - the answer
        case ["wait"]:
            print("here", flush=True)  # noqa: T201 - the answer
            time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1])
