"""The manual page, written from the parser: every command and option with the words of its help, in both languages."""

import argparse
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping

from steps.project import NAME, epoch, version
from tray_app.adapters.files.texts import catalog
from tray_app.cli.parser import build_parser
from tray_app.core.kernel.texts import Language

SHELLS = ("bash", "zsh", "fish")
_HEADINGS: Mapping[Language, tuple[str, str, str, str, str]] = {  # as the other pages of a system say them
    Language.EN: ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS"),
    Language.ZH: ("名称", "总览", "描述", "选项", "命令"),
}
_COLUMNS = "500"  # usage is one line: the reader's terminal breaks it


def parser(language: Language = Language.EN) -> argparse.ArgumentParser:
    """Build the whole grammar of the command line."""
    return build_parser(catalog(language).for_owner(), version=version())


def completion(shell: str) -> str:
    """Write the completion for `bash`, `zsh` or `fish`."""
    import shtab

    return str(shtab.complete(parser(), shell)).rstrip() + "\n"


def man_page(language: Language) -> str:
    """Write dingtalk-tray(1) as roff."""
    top = parser(language)
    name, synopsis, description, options, commands = _HEADINGS[language]
    day = dt.datetime.fromtimestamp(epoch(), dt.UTC).date().isoformat()
    lines = [
        f'.TH {NAME.upper()} 1 {day} "{NAME} {version()}" ""',
        ".ad l",  # Chinese has no spaces to widen
        f".SH {name}",
        f"{_text(NAME)} \\- {_text(top.description or '').rstrip('.。')}",
        f".SH {synopsis}",
        *_usage(top),
        f".SH {description}",
        _text(top.description or ""),
        ".PP",
        _text(top.epilog or ""),
        f".SH {options}",
        *_options(top),
        f".SH {commands}",
        *_commands(top, ""),
    ]
    return "\n".join(lines) + "\n"


def sub_parsers(of: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give the commands below a parser, by name."""
    for action in of._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            yield from action.choices.items()


def _commands(of: argparse.ArgumentParser, before: str) -> Iterator[str]:
    for name, command in sub_parsers(of):
        yield f".SS {_text(f'{before}{name}')}"
        yield _text(command.description or "")
        yield ".PP"
        yield from _usage(command)
        yield from _options(command)
        if command.epilog:
            yield ".PP"
            yield _text(command.epilog)
        yield from _commands(command, f"{before}{name} ")


def _usage(of: argparse.ArgumentParser) -> Iterator[str]:
    os.environ.update(COLUMNS=_COLUMNS, NO_COLOR="1")
    said = re.split(r"[:：]", of.format_usage(), maxsplit=1)[1]
    yield f"\\fB{_text(' '.join(said.split()))}\\fR"


def _options(of: argparse.ArgumentParser) -> Iterator[str]:
    for action in of._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            continue
        names = ", ".join(action.option_strings) or _value(action)
        value = _value(action) if action.option_strings and action.nargs != 0 else ""
        yield ".TP"
        yield f"\\fB{_text(names)}\\fR" + (f" \\fI{_text(value)}\\fR" if value else "")
        yield _text((action.help or "").replace("%%", "%"))


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.choices is not None:
        return "|".join(str(choice) for choice in action.choices)
    return action.metavar or action.dest.upper()


def _text(words: str) -> str:
    r"""Write words so that roff shows them as they are: `-` is no hyphen, `\`, `.` and `'` mean nothing."""
    shown = words.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown
