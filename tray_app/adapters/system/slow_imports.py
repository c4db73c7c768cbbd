"""Importing what takes most of a second, without stopping the loop."""

import asyncio
import gc
import importlib
import importlib.util
import sys
from collections.abc import Sequence


async def load(*modules: str, postponed: Sequence[str] = ()) -> None:
    """Import `modules` on a worker thread. The collector is off meanwhile: it finds nothing there, and costs 15 %.

    What a `postponed` package imports by itself comes when something of the package's own is asked for.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        await asyncio.to_thread(_import_all, modules, postponed)
    finally:
        if was_on:
            gc.enable()


def _import_all(modules: Sequence[str], postponed: Sequence[str]) -> None:
    for name in postponed:
        _postpone(name)
    for name in modules:
        importlib.import_module(name)


def _postpone(name: str) -> None:
    """Put a package in place without running its `__init__`, so that its modules can be imported without the rest."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return  # the import will say so
    package, loader = importlib.util.module_from_spec(spec), spec.loader

    def missing(attribute: str) -> object:
        if attribute.startswith("__"):  # whoever looks through all modules for one
            raise AttributeError(attribute)
        vars(package).pop("__getattr__", None)
        loader.exec_module(package)
        return getattr(package, attribute)

    vars(package)["__getattr__"] = missing
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)
