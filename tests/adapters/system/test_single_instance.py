"""One app per owner, however the first one ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.system import make_pipe, wine_cannot
from tray_app.adapters.system.single_instance import SingleInstance
from tray_app.core.kernel.errors import TrayAppError

HOLD = """
import sys
from pathlib import Path
from tray_app.adapters.system.single_instance import SingleInstance
lock = SingleInstance(Path(sys.argv[1]))
print("mine" if lock.acquire() else "taken", flush=True)
sys.stdin.read()
"""


def _holder(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _answer(holder: "subprocess.Popen[str]") -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


@wine_cannot
def test_a_second_start_is_refused_until_the_first_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "instance.lock"
    lock = SingleInstance(path)
    with _holder(path) as first:
        assert _answer(first) == "mine"
        assert not lock.acquire()
        first.kill()
        first.wait()
    assert lock.acquire()
    assert lock.acquire()


@wine_cannot
def test_of_many_starters_at_once_exactly_one_wins(tmp_path: Path) -> None:
    holders = [_holder(tmp_path / "instance.lock") for _ in range(6)]
    assert sorted(map(_answer, holders)) == ["mine", *["taken"] * 5]
    for holder in holders:
        holder.communicate("")


@wine_cannot
def test_released_is_free_for_the_next(tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path / "lock"), SingleInstance(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    first.release()
    assert second.acquire()
    second.release()


@wine_cannot
def test_an_app_of_an_earlier_version_has_its_lock_elsewhere_and_keeps_it(tmp_path: Path) -> None:
    former = tmp_path / "run" / "instance.lock"
    lock = SingleInstance(tmp_path / "lock", former=[former])
    assert lock.acquire()
    lock.release()
    assert not former.exists()
    former.parent.mkdir()
    with _holder(former) as earlier:
        assert _answer(earlier) == "mine"
        assert not lock.acquire()
        earlier.communicate("")
    assert lock.acquire()
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_a_lock_whose_file_is_removed_is_taken_anew_unless_somebody_was_first(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = SingleInstance(path)
    assert lock.acquire()
    assert lock.renew()
    path.unlink()
    assert lock.renew()
    with _holder(path) as other:
        assert _answer(other) == "taken"
        other.communicate("")
    path.unlink()
    with _holder(path) as other:
        assert _answer(other) == "mine"
        assert not lock.renew()
        other.communicate("")
    lock.release()


def test_a_pipe_in_the_place_of_the_lock_is_not_waited_for(tmp_path: Path) -> None:
    make_pipe(tmp_path / "lock")
    lock = SingleInstance(tmp_path / "lock")
    assert lock.acquire()
    lock.release()


def test_where_no_lock_file_can_be_the_reason_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrayAppError) as caught:
        SingleInstance(tmp_path / "gone" / "lock").acquire()
    assert caught.value.reason.key == "settings.no_lock"
