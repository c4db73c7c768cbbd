"""What a process asks of the operating system for itself, in one that may ask it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither limit")
_ASK = """
import ctypes, resource, sys
from tray_app.adapters.system.process import allow_open_files, keep_memory_private
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
keep_memory_private(); allow_open_files()
print(*resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)[0], hard,
      ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0)
"""


def test_it_leaves_no_core_dump_and_may_open_enough_files() -> None:
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    soft, most, files, hard, dumpable = map(int, done.stdout.split())
    assert (soft, most, dumpable) == (0, 0, 0)
    assert files == 4_096 or files == hard < 4_096
