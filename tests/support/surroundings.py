"""What the suite was started from makes no difference to its tests: neither signals nor variables for Python itself."""

import os
import signal

_FOR_PYTHON = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONWARNINGS")


def pytest_configure() -> None:
    """Take away, in each test process, what its children would inherit and an owner's app does not have."""
    for name in _FOR_PYTHON:
        os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # `dev.py test &` in a script
        signal.signal(signal.SIGINT, signal.default_int_handler)
