"""A process that Wine ends is run once more; a test that fails is not, and nothing is waited for longer than said."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
from tests.windows.__main__ import CODE_PAGE, PARTS
from tests.windows.desk import ROOT
from tests.windows.parts import End, Part, Runner, judge, marked
from tests.windows.record import VARIABLE

if sys.platform == "win32":
    pytest.skip("the parts are started from Linux", allow_module_level=True)
PASSES, FAILS = "begun t\\nended 0\\n", "begun t\\nfailed t\\n"
DIES = "begun t\\n"


@dataclass
class Run:
    """Parts as small scripts, which note in `starts` that they began."""

    folder: Path
    said: list[str] = field(default_factory=list)
    renewed: int = 0

    def part(self, name: str, *recorded: str, code: int = 0, then: str = ":") -> Part:
        """One that writes this into its record, each time the next one (the last again and again), and ends."""
        tries = self.folder / f"{name}.tries"
        cases = "".join(
            f"{number}) printf '{words}' >>\"${VARIABLE}\" ;;\n" for number, words in enumerate(recorded[:-1])
        )
        script = (
            f"n=$(cat {tries} 2>/dev/null || echo 0); echo $((n + 1)) >{tries}; case $n in\n{cases}"
            f"*) printf '{recorded[-1]}' >>\"${VARIABLE}\" ;;\nesac\n{then}\nexit {code}"
        )
        return Part(name, ("sh", "-c", script))

    def starts(self, name: str) -> int:
        """How often it was started."""
        return int((self.folder / f"{name}.tries").read_text("utf-8"))

    def all(self, *parts: Part, patience_s: float = 60, until_s: float = 300) -> bool:
        """Run them."""
        runner = Runner(
            folder=self.folder / "logs",
            at_once=2,
            patience_s=patience_s,
            until_s=time.monotonic() + until_s,
            anew=self._renew,
            say=self.said.append,
        )
        return runner.run(parts)

    def _renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_all_pass_and_each_is_run_once(run: Run) -> None:
    assert run.all(run.part("one", PASSES), run.part("two", PASSES))
    assert (run.starts("one"), run.starts("two"), run.renewed) == (1, 1, 0)


def test_one_that_was_lost_is_run_once_more_and_that_is_said(run: Run) -> None:
    assert run.all(run.part("one", PASSES), run.part("two", DIES, PASSES))
    assert (run.starts("one"), run.starts("two"), run.renewed) == (1, 2, 1)
    assert [line.partition(" (")[0] for line in run.said if line.startswith("two")] == [
        "two: LOST, the process ended with 0 without a test that failed, in t",
        "two",
    ]


def test_one_that_is_lost_twice_is_not_passed(run: Run) -> None:
    assert not run.all(run.part("one", PASSES), run.part("two", DIES))
    assert run.starts("two") == 2


@pytest.mark.parametrize("code", [0, 1, 5])
def test_one_with_a_test_that_failed_is_not_run_again_however_it_ended(run: Run, code: int) -> None:
    assert not run.all(run.part("one", FAILS, PASSES, code=code), run.part("two", DIES, PASSES))
    assert (run.starts("one"), run.starts("two")) == (1, 2)


def test_one_that_fails_after_it_was_lost_is_not_passed(run: Run) -> None:
    assert not run.all(run.part("one", DIES, FAILS))


def test_one_that_hangs_is_ended_with_all_that_it_started(run: Run, tmp_path: Path) -> None:
    hangs = run.part("one", DIES, then="sleep 600 & wait")
    assert not run.all(hangs, patience_s=1)
    deadline = time.monotonic() + PATIENCE_S  # killed is not yet gone
    while list(marked(f"{VARIABLE}={tmp_path}/logs/one.record")):
        assert time.monotonic() < deadline
    assert run.starts("one") == 2


def test_nothing_is_waited_for_when_the_time_of_all_is_over(run: Run) -> None:
    assert not run.all(run.part("one", DIES, then="sleep 600 & wait"), until_s=0)


@pytest.mark.parametrize(
    ("record", "printed", "code", "end"),
    [
        ("begun t\nended 0\n", "= 1 passed =", 0, End.PASSED),
        ("begun t\nended 0\n", "= 1 passed =", 5, End.LOST),  # 0xC0000005, of which Linux sees the last byte
        ("begun t\nended 0\n", "", None, End.LOST),
        ("begun t\n", "", 0, End.LOST),
        ("begun t\n", "", None, End.LOST),
        ("", "", 1, End.LOST),
        ("begun t\nfailed t\n", "", 0, End.FAILED),
        ("begun t\nfailed t\nended 0\n", "", 0, End.FAILED),
        ("begun t\nended 1\n", "", 1, End.FAILED),
        ("ended 5\n", "no tests ran", 5, End.FAILED),
        ("begun t\n", "before\n++++++ Timeout ++++++\n", 1, End.FAILED),
    ],
)
def test_only_who_passed_everything_and_said_so_has_passed(
    record: str, printed: str, code: int | None, end: End
) -> None:
    assert judge(record, printed, code)[0] is end


def test_pytest_keeps_the_record_up_to_the_end_of_its_process(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import os\ndef test_a(): pass\ndef test_b(): assert 0\ndef test_c(): os._exit(5)\ndef test_d(): pass\n",
        "utf-8",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    record = tmp_path / "record"
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.windows.record",
        "-p",
        "no:randomly",
        "--rootdir",
        str(tmp_path),
    ]
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), VARIABLE: str(record)}
    done = subprocess.run([*words, str(tmp_path)], env=environ, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 5, done.stdout
    assert record.read_text("utf-8").splitlines() == [
        "begun test_it.py::test_a",
        "begun test_it.py::test_b",
        "failed test_it.py::test_b",
        "begun test_it.py::test_c",
    ]


def test_what_is_tried_on_windows_is_there_and_in_one_part_only() -> None:
    paths = [path for part in PARTS.values() for path in part]
    assert [path for path in (*paths, *CODE_PAGE) if not (ROOT / path).exists()] == []
    assert [
        (one, other) for one in paths for other in paths if one != other and (ROOT / one).is_relative_to(ROOT / other)
    ] == []
    assert len(set(paths)) == len(paths)
