"""argparse in the reader's language: headings, help, and what it says is wrong."""

import argparse
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NoReturn

from tray_app.adapters.files.texts import catalog_of_few
from tray_app.cli.console import USAGE
from tray_app.core.kernel.texts import Catalog, Language

_NAMES = (
    *("named", "unknown", "required", "one_of", "not_with", "choice", "choice_near", "parser", "type", "ambiguous"),
    *("ignored", "one_value", "at_most_one", "at_least_one", "so_many", "unexpected"),
)


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


def speak(words: Catalog) -> None:
    """Have argparse build its own sentences in these words, for this process.

    It asks gettext by two names of its module, which is the only place to answer at; a sentence that another Python
    has, and we do not know, stays English.
    """
    known = _sentences()
    vars(argparse)["_"] = lambda said: words(known[said]) if said in known else said
    vars(argparse)["ngettext"] = lambda one, many, _count: vars(argparse)["_"](many if many in known else one)


@cache
def _sentences() -> Mapping[str, str]:
    """Our keys by argparse's own English."""
    english = catalog_of_few(Language.EN)
    return {english(f"argparse.{name}"): f"argparse.{name}" for name in _NAMES}


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

        # argparse counts letters, of which a Chinese one takes two places, and breaks names at their hyphens
        def _split_lines(self, text: str, width: int) -> list[str]:
            from tray_app.cli.table import wrapped  # for a help page alone: a command must start in a moment

            return wrapped(" ".join(text.split()), width)

    return Formatter
