"""The MCP SDK without its client half, and a package whose own imports are put off."""

import asyncio
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.adapters.system.slow_imports import load

_SCRIPT = """
import asyncio, sys
from tray_app.adapters.system.slow_imports import load
asyncio.run(load("tray_app.app.engine.engine", "tray_app.adapters.mcp.server", postponed=("mcp", "mcp.server")))
print(*sys.modules)
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer, Server
from mcp.server.lowlevel import Server as Same
import mcp.shared.exceptions
assert Server is Same and mcp.shared.exceptions.MCPError and mcp.server.lowlevel.Server is Same
print(Client.__name__, MCPServer("x").name)
"""


def test_what_a_start_needs_is_loaded_without_the_sdks_client_and_what_pages_and_calls_need() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    loaded, asked = done.stdout.splitlines()
    assert "mcp.server.lowlevel" in loaded.split()
    of_pages_and_calls = ("jinja2", "markdown_it", "nh3", "jsonschema")
    unwanted = ("mcp.client", "mcp.server.mcpserver", "cryptography", "httpx2", *of_pages_and_calls)
    assert [name for name in loaded.split() if name.startswith(unwanted)] == []
    assert asked == "Client x"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("putoff", "putoff.inner", "putoff.inner.leaf"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    folder = tmp_path / "putoff" / "inner"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("from .inner import leaf\nfrom .inner.leaf import VALUE as WIDE\n")
    (folder / "__init__.py").write_text("from .leaf import VALUE\nRUN = []\nRUN.append(1)\n")
    (folder / "leaf.py").write_text("VALUE = object()\n")
    return folder


@pytest.mark.usefixtures("package")
def test_a_packages_own_imports_wait_until_something_of_it_is_asked_for() -> None:
    asyncio.run(load("putoff.inner.leaf", postponed=("putoff", "putoff.inner")))
    leaf, inner = sys.modules["putoff.inner.leaf"], sys.modules["putoff.inner"]
    assert not {"VALUE", "RUN"} & set(vars(inner))
    assert not hasattr(inner, "__warningregistry__")  # as libraries ask of every module
    assert not {"VALUE", "RUN"} & set(vars(inner))
    assert inner.VALUE is leaf.VALUE
    assert inner.RUN == [1]
    assert importlib.import_module("putoff").WIDE is leaf.VALUE
    with pytest.raises(AttributeError):
        _ = inner.NOTHING


@pytest.mark.usefixtures("package")
def test_a_package_that_is_there_already_stays_as_it_is_and_one_that_is_not_there_is_missed_by_its_import() -> None:
    before = importlib.import_module("putoff")
    asyncio.run(load("putoff.inner.leaf", postponed=("putoff", "putoff.inner")))
    assert sys.modules["putoff"] is before
    with pytest.raises(ModuleNotFoundError):
        asyncio.run(load("nowhere.at.all", postponed=("nowhere",)))
