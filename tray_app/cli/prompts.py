"""Questions to a person at a terminal; what is secret is not shown while it is typed."""

import getpass
import warnings

from tray_app.cli.console import Console
from tray_app.core.errors import TrayAppError
from tray_app.core.texts import Text, text


class GaveUp(TrayAppError):
    """The person ended the input instead of answering."""

    def __init__(self) -> None:
        super().__init__(text("cli.nothing_stored"), text("cli.nothing_stored_hint"))


def ask_secret(question: Text, console: Console) -> str:
    """Read one line without echo. Raises GaveUp, or TrayAppError where the terminal cannot hide it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would go on and show every letter
            return getpass.getpass(console.words(question))
    except getpass.GetPassWarning:
        raise TrayAppError(text("cli.cannot_hide"), text("cli.cannot_hide_hint")) from None
    except EOFError:
        raise GaveUp from None


def ask(question: Text, console: Console) -> str:
    """Read one line. Raises GaveUp."""
    print(console.words(question), end="", file=console.err, flush=True)
    line = console.given.readline()
    if not line:
        raise GaveUp
    return line.strip()


def agrees(question: Text, console: Console) -> bool:
    """Ask a question whose usual answer is yes."""
    return not ask(question, console).lower().startswith(("n", "否", "不"))
