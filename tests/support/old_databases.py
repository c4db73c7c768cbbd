"""History files as older versions of the app, crashes and bad disks leave them."""

import contextlib
import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tray_app.adapters.store.file.migrations import migrate

_CAPABILITIES_V3 = 0x2008_0522
_OVERRIDES_MODES = 0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: of this thread alone
_V1_COLUMNS = {
    "id": "old-1",
    "group_id": "old-1",
    "part": 1,
    "parts": 1,
    "stage": "queued",
    "robot": "team",
    "source": "mcp",
    "tool": "dingtalk_send_text",
    "client": "claude-code",
    "session": "s",
    "project": "api",
    "title": "from the old version",
    "message": '{"kind":"text","content":"from the old version",'
    '"mentions":{"mobiles":[],"user_ids":[],"everyone":false}}',
    "decision": "allow",
    "rule": "",
    "attempts": 0,
}


def of_schema(path: Path, version: int, *, now_ms: int) -> None:
    """Write a file as the version of the app did that knew `version` steps, with one message that waits."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, to=version)
    row = {**_V1_COLUMNS, "created_ms": now_ms, "updated_ms": now_ms, "due_ms": now_ms}
    marks = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO deliveries ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
    connection.execute("INSERT INTO months VALUES ('team', '2025-11', 41)")
    connection.close()


def killed_within_step(path: Path, script: str, *, statements: int) -> None:
    """Take the first statements of a step in a process that is then killed, without COMMIT."""
    parts = [part.strip() for part in script.split(";") if part.strip()][:statements]
    program = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA journal_mode = WAL')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "for part in sys.argv[2:]: connection.execute(part)\n"
        "os._exit(9)\n"  # as a kill: nothing is closed
    )
    done = subprocess.run([sys.executable, "-c", program, str(path), *parts], check=False, timeout=30)
    assert done.returncode == 9


@contextlib.contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Another program writes to the file for as long as the block lasts."""
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate(timeout=30)


@contextlib.contextmanager
def without_rights_over(*files: Path) -> Iterator[None]:
    """The files (and folders) cannot be written within the block, not even where root runs the tests."""
    if sys.platform == "win32":
        pytest.skip("rights are a matter of access lists there")
    modes = {file: file.stat().st_mode for file in files}
    for file in files:
        file.chmod(0o555 if file.is_dir() else 0o444)
    try:
        with held_to_modes():
            yield
    finally:
        for file, mode in modes.items():
            file.chmod(mode)


@contextlib.contextmanager
def held_to_modes() -> Iterator[None]:
    """Within the block the modes of files hold for root as for everybody: it stays who it is, and can read its own."""
    if sys.platform != "linux" or os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    before = (ctypes.c_uint32 * 6)()  # twice effective, permitted, inheritable
    assert libc.capget(head, before) == 0, os.strerror(ctypes.get_errno())
    fewer = (ctypes.c_uint32 * 6)(before[0] & ~_OVERRIDES_MODES, *before[1:])
    assert libc.capset(head, fewer) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        assert libc.capset(head, before) == 0, os.strerror(ctypes.get_errno())


def mount(*words: str) -> None:
    """Mount, or skip the test with the reason that the system gives."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip() if sys.platform != "win32" and os.geteuid() == 0 else "only root may"
        pytest.skip(f"a file system cannot be mounted here: {why}")


@contextlib.contextmanager
def read_only_disk(folder: Path) -> Iterator[None]:
    """Nobody can write below a folder within the block, root neither; skips where this process may not mount."""
    mount("--bind", str(folder), str(folder))
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Path]:
    """A file system of its own (tmpfs) of so many bytes; skips where this process may not mount one."""
    mount("-t", "tmpfs", "-o", f"size={size},mode=0777", "none", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
