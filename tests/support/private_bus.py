"""A D-Bus session bus of the test's own: no service is started by it, and nothing of the real desktop is on it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="false"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>
"""


@contextmanager
def private_bus(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start dbus-daemon in `folder`; give its address and its process, and end it afterwards."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the Debian package dbus: there is no dbus-daemon here")
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=folder / "bus.sock"), encoding="utf-8")
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            address = daemon.stdout.readline().strip()
            assert address, "dbus-daemon did not start"
            yield address, daemon
        finally:
            daemon.kill()
