"""Where each command is: nothing but running it would notice one that is nowhere."""

from importlib import import_module

from tests.support.catalogs import catalogs
from tray_app.cli.commands import PLACES
from tray_app.cli.parser import build_parser
from tray_app.core.kernel.texts import Language


def test_every_command_of_the_help_has_a_function() -> None:
    usage = build_parser(catalogs()[Language.EN], version="1").format_help()
    listed = [line.split()[0] for line in usage.splitlines() if line.startswith("    ") and line[4] not in " C"]
    assert sorted(listed) == sorted(PLACES)
    for module, function in PLACES.values():
        assert callable(getattr(import_module(f"tray_app.cli.commands.{module}"), function))
