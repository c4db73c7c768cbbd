"""Run a Windows program under Wine with pipes for its three streams: `python3 -I pipes.py PROGRAM ARGS...`.

Of a stream that is a file Wine 8 gives Python a handle that it refuses ("init_sys_streams ... Invalid handle"). Ends
with the program and its exit code, not with what it has left running.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def pump(source: int, sink: int) -> None:
    """Copy until one of both ends; then the reader of the sink sees the end too."""
    try:
        while chunk := os.read(source, 65536):
            while chunk:
                chunk = chunk[os.write(sink, chunk) :]
    except OSError:
        pass
    if source == 0:
        os.close(sink)


def main(words: list[str]) -> int:
    """Run it; the result is its exit code."""
    pipe = subprocess.PIPE
    run = subprocess.Popen(["wine", *words], stdin=pipe, stdout=pipe, stderr=pipe)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: run.kill())
    assert run.stdin and run.stdout and run.stderr  # noqa: PT018, S101 - asked for above
    pairs = [(0, os.dup(run.stdin.fileno())), (run.stdout.fileno(), 1), (run.stderr.fileno(), 2)]
    run.stdin.close()
    pumps = [threading.Thread(target=pump, args=pair, daemon=True) for pair in pairs]
    for each in pumps:
        each.start()
    code = run.wait()
    for each in pumps[1:]:
        each.join(1)  # what it has left running may hold them open
    return code & 0xFF


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
