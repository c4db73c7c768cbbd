"""A plugin of pytest that writes down, line by line, what a run has come to: a process that is gone tells no more.

`-p tests.windows.record` with `DINGTALK_TRAY_TESTS_RECORD` naming the file. A line is a word and what it is about:
`begun TEST`, `failed TEST`, and `ended CODE` as the last one of a run that came to its end.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "DINGTALK_TRAY_TESTS_RECORD"
BEGUN, FAILED, ENDED = "begun", "failed", "ended"


class Recorder:
    """Writes each line at once into the system's hands."""

    def __init__(self, file: Path) -> None:
        self._lines = file.open("a", encoding="utf-8", buffering=1)

    def _say(self, word: str, about: object) -> None:
        self._lines.write(f"{word} {about}\n".replace("\r", "\\r"))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Name the test that would be blamed for the end of the process."""
        self._say(BEGUN, nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a failure, whatever comes after it."""
        if report.failed:
            self._say(FAILED, report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep that a file could not be read."""
        if report.failed:
            self._say(FAILED, report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Say that all were run."""
        self._say(ENDED, int(exitstatus))


def pytest_configure(config: pytest.Config) -> None:
    """Begin the record."""
    config.pluginmanager.register(Recorder(Path(os.environ[VARIABLE])))
