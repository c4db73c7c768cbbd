"""`python dev.py test --windows`: the tests that have to hold on Windows, with the Windows Python under Wine.

A process that Wine ends takes no other with it: the list runs in parts, two at a time; then a few tests once more on a
Chinese Windows, and those that sit before a Windows desktop. With arguments: pytest with these, in one run.
"""

import os
import subprocess
import sys
import time

from tests.windows.desk import ROOT, WINDOWS
from tests.windows.parts import Part, Runner

DESKTOP = "tests/windows"
PYTHON = str(WINDOWS / "python")
# what takes longest first
PARTS = {
    "commands": ("tests/cli/commands",),
    "claude-code": (
        "tests/adapters/agent_clients",
        "tests/adapters/claude_code/connect",
        *(f"tests/adapters/claude_code/test_{each}.py" for each in ("detour", "kept", "registry", "transcripts")),
    ),
    "delivery": ("tests/services/delivery", "tests/services/submit", "tests/services/robots"),
    "store": ("tests/adapters/store",),
    "services": (
        *(
            f"tests/services/{each}"
            for each in ("approvals", "calls", "hearing", "history", "notices", "owner", "policy")
        ),
        *(f"tests/services/{each}" for each in ("questions", "sessions", "state", "test_clients.py")),
    ),
    "system": (
        *("tests/adapters/autostart", "tests/adapters/files", "tests/adapters/system", "tests/adapters/tray"),
        *("tests/adapters/keyring", "tests/test_hook_cli.py", "tests/test_processes.py", "tests/test_whole_files.py"),
    ),
    "web": tuple(f"tests/adapters/web/test_{each}.py" for each in ("access", "guard", "hook_routes", "server")),
    "core": ("tests/core",),
    "cli": ("tests/cli/test_main.py", "tests/cli/test_streams.py", "tests/cli/test_escaped.py"),
    "app": (
        *("tests/app/agents/claude_code", "tests/app/desktop", "tests/app/test_detached.py", "tests/adapters/mcp"),
        *("tests/app/engine", "tests/app/resident/test_update_watch.py"),
    ),
    "network": ("tests/adapters/http", "tests/adapters/test_sandbox_app.py", "tests/adapters/test_sandbox_robot.py"),
    "channels": ("tests/channels", "tests/tools", "tests/sandbox"),
}
CODE_PAGE = ("tests/cli/test_streams.py",)  # once more on a Chinese Windows, whose code page is 936
CHINESE = ("WINE_LANG", "zh_CN.UTF-8")
# A computer that does much else is no fault of a test, and each look at a file is a word with Wine's one server.
_TEST_S = 240
_PART_S = 1200.0
_LIST_S = 2400.0  # the list, also where parts of it are run again
_END_S = 60.0


def main(args: list[str]) -> int:
    """Run what was asked for; the result is the exit code."""
    os.environ["DINGTALK_TRAY_ON_WINDOWS"] = "1"
    try:
        if not args:
            return 0 if everything() else 1
        at_desk = any(word.startswith(DESKTOP) for word in args)
        return subprocess.call(
            [*(before_it() if at_desk else [PYTHON, "-m", "pytest", "-n", "0", f"--timeout={_TEST_S}"]), *args]
        )
    except KeyboardInterrupt:
        return 130
    finally:
        end()


def everything() -> bool:
    """Run the whole list; say if all of it passed."""
    began = time.monotonic()
    runner = Runner(
        folder=ROOT / "build" / "windows", at_once=2, patience_s=_PART_S, until_s=began + _LIST_S, anew=end, say=say
    )
    passed = [
        runner.run([Part(name, inside(paths)) for name, paths in PARTS.items()]),
        runner.run([Part("code page 936", inside(CODE_PAGE), (CHINESE,))]),
        subprocess.call([*before_it(), DESKTOP]) == 0,
    ]
    say(f"On Windows: {'all passed' if all(passed) else 'NOT all passed'} ({time.monotonic() - began:.0f} s)")
    return all(passed)


def inside(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words that run tests in that Windows, in one process: of another's end nobody would be told."""
    return (PYTHON, "-m", "pytest", "-n", "0", f"--timeout={_TEST_S}", "-p", "tests.windows.record", *paths)


def before_it() -> list[str]:
    """Give the words for tests that sit on Linux, before the Windows desktop."""
    return [sys.executable, "-m", "pytest", "-n", "0"]


def end() -> None:
    """End what still runs in that Windows."""
    try:
        subprocess.run([str(WINDOWS / "end")], check=False, timeout=_END_S)
    except subprocess.TimeoutExpired:
        say("Wine's server does not end.")


def say(words: str) -> None:
    """Print at once."""
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
