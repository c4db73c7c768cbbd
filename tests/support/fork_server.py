"""The process that `forks` starts: it has imported the whole program, and copies of it become commands and the app.

It has one thread and opens nothing, so that a copy is whole. What `python -m MODULE` takes from its environment when it
starts is set anew in the copy (`_become`); modules that look at the environment while they are imported (`keyring`,
`pystray`) are left to the copy, as they are left to the first use in the app. It ends, and kills what still runs, when
the other end of its socket is closed, however that process has ended.
"""

import atexit
import gc
import importlib
import json
import locale
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any, NoReturn

import tray_app
from tray_app.adapters.files.texts import catalog
from tray_app.adapters.web.pages.framework.templates import compile_all
from tray_app.core.kernel.texts import Language

assert sys.platform != "win32"  # it is started on Linux alone
_MOST_ASKED = 1_000_000  # bytes; a request is an environment and some words
_LOADED_BY_NAME = ("anyio._backends._asyncio", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl")
_OF_OTHER_SYSTEMS = (
    "tray_app.adapters.tray.pystray.mac",
    "tray_app.adapters.tray.pystray.windows",
    "tray_app.adapters.tray.pystray.menu",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A process to be: `python -m MODULE ARGUMENTS` with three streams, in a folder, in an environment."""

    module: str
    arguments: list[str]
    folder: str
    environ: dict[str, str]
    streams: tuple[int, int, int]


@dataclass(slots=True)
class Server:
    """`copies`: of each that runs, by the handle that tells of its end, the process id and where to report."""

    control: socket.socket
    copies: dict[int, tuple[int, int]] = field(default_factory=dict)
    ready: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def serve(self) -> Asked | None:
        """Make copies until the other end is closed. Returns None then, and in each copy what it shall be."""
        self.ready.register(self.control, selectors.EVENT_READ)
        while True:
            for key, _ in self.ready.select():
                if key.fd != self.control.fileno():
                    self._ended(key.fd)
                    continue
                data, handles, _, _ = socket.recv_fds(self.control, _MOST_ASKED, 4)
                if not data:
                    self._kill_all()
                    return None
                asked = self._copy(json.loads(data), handles)
                if asked is not None:
                    return asked

    def _copy(self, wanted: dict[str, Any], handles: list[int]) -> Asked | None:
        report, *streams = handles
        pid = os.fork()
        if not pid:
            self._close()
            os.close(report)
            return Asked(**wanted, streams=(streams[0], streams[1], streams[2]))
        for handle in streams:
            os.close(handle)
        end = os.pidfd_open(pid)
        self.copies[end] = (pid, report)
        self.ready.register(end, selectors.EVENT_READ)
        _report(report, pid)
        return None

    def _ended(self, end: int) -> None:
        self.ready.unregister(end)
        pid, report = self.copies.pop(end)
        _report(report, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os.close(end)
        os.close(report)

    def _close(self) -> None:
        """Give back what a copy must not have."""
        self.ready.close()
        self.control.close()
        for end, (_, report) in self.copies.items():
            os.close(end)
            os.close(report)

    def _kill_all(self) -> None:
        for pid, _ in self.copies.values():
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Serve on the socket whose number is the first argument; a copy comes out of here, and is another program."""
    on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for who asked, and for the copies
    server = Server(socket.socket(fileno=int(sys.argv[1])))
    _load_all()
    asked = server.serve()
    if asked is None:
        return
    signal.signal(signal.SIGINT, on_interrupt)
    _become(asked)
    code = _run(asked)
    _leave(code)


def _load_all() -> None:
    for module in pkgutil.walk_packages(tray_app.__path__, "tray_app."):
        if not module.name.endswith("__main__") and module.name not in _OF_OTHER_SYSTEMS:
            importlib.import_module(module.name)
    for name in _LOADED_BY_NAME:
        importlib.import_module(name)
    for language in Language:
        catalog(language)
    compile_all()
    gc.collect()
    gc.freeze()  # a collection in a copy would write to every page, which would then be copied


def _become(asked: Asked) -> None:
    """Set what the interpreter sets when it starts."""
    for number, handle in enumerate(asked.streams):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environ)
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:  # this system does not have it
        locale.setlocale(locale.LC_CTYPE, "C")
    time.tzset()
    sys.argv = [sys.argv[0], *asked.arguments]
    sys.path[0] = asked.folder
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        stream = _stream(number, mode, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(number: int, mode: str, before: Any) -> Any:
    fresh: Any = open(number, mode, encoding=before.encoding, errors=before.errors, closefd=False)  # noqa: SIM115 - open to the end
    fresh.reconfigure(line_buffering=before.line_buffering, write_through=before.write_through)
    return fresh


def _run(asked: Asked) -> int:
    """Run the module as `-m` does. What it raises but SystemExit goes up to the interpreter, which knows what to do."""
    try:
        runpy.run_module(asked.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    """End as the interpreter does, but for taking all modules to pieces: that takes longer than most commands."""
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing does
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _report(handle: int, number: int) -> None:
    try:
        os.write(handle, number.to_bytes(4, "little", signed=True))
    except BrokenPipeError:  # nobody waits for it
        return


if __name__ == "__main__":
    main()
