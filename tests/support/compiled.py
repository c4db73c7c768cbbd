"""In a new clone every test process would compile the whole program and rewrite every test: they share that work.

Rewriting the tests takes 9 s of processor time, and all processes begin with the same file at the same moment. So each
begins at a place of its own, and writes what it finds missing; when it comes to another one's part, that is there.
"""

import contextlib
import importlib.util
import py_compile
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

_TESTS = Path(__file__).parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Do this process's part, where all tests are asked for."""
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None or sys.dont_write_bytecode or _TESTS not in {Path(word).absolute() for word in config.args}:
        return
    files = [*sorted(_TESTS.rglob("test_*.py")), *sorted((_TESTS.parent / "tray_app").rglob("*.py"))]
    number = int(worker["workerid"].removeprefix("gw"))
    for file in files[number :: worker["workercount"]] + files:
        with contextlib.suppress(Exception):  # what is wrong with it is said when it is imported
            _compile(file, config)


def _compile(file: Path, config: pytest.Config) -> None:
    if not file.is_relative_to(_TESTS):
        if not Path(importlib.util.cache_from_source(file)).exists():
            py_compile.compile(str(file), doraise=True)
        return
    folder = rewrite.get_cache_dir(file)
    cache = folder / (file.stem + rewrite.PYC_TAIL)
    if not cache.exists() and rewrite.try_makedirs(folder):
        found, code = rewrite._rewrite_test(file, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, found, cache)
