"""argparse in the reader's language: headings, help and the frame of usage errors.

What is wrong in detail stays in argparse's own English: it builds those sentences itself, and they name the argument.
"""

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn

from tray_app.cli.console import USAGE
from tray_app.core.kernel.texts import Catalog


class Grammar(argparse.ArgumentParser):
    """A parser that speaks; `add_parser` of its sub-commands needs `words=` too."""

    def __init__(self, *, words: Catalog, **options: Any) -> None:  # noqa: ANN401 - whatever argparse hands on
        """`words` say headings and errors."""
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_formatter(words), **options)
        self._words = words
        self._positionals.title = words("cli.heading_arguments")
        self._optionals.title = words("cli.heading_options")
        self.add_argument("-h", "--help", action="help", help=words("cli.help_help"))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is; ends with 2. A secret given as an argument is not repeated."""
        from tray_app.adapters.system.logs import Redactor

        said = self._words("cli.wrong_usage", fault=Redactor().scrub(message), command=self.prog)
        self.exit(USAGE, f"{said}\n")


def _formatter(words: Catalog) -> type[argparse.HelpFormatter]:
    class Formatter(argparse.HelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[Any],
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage, actions, groups, words("cli.heading_usage") if prefix is None else prefix)

    return Formatter
