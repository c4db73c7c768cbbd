"""`open`: a page of the running app in the browser, or its one-time link."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Open it. Raises AppNotRunning, which says how to start the app."""
    remote = Remote.find(paths, console.words.language)
    return show_page(Page(asked.page), console, remote, environ, only_print=asked.print)


def show_page(
    page: Page, console: Console, remote: Remote, environ: Mapping[str, str], *, only_print: bool = False
) -> int:
    """Open a page, or print its link: it works once and for two minutes. With `--json` nothing is opened."""
    url: str = remote.post("link", {"page": page.value})["url"]
    if console.as_json:
        console.give({"page": page.value, "url": url})
    elif only_print:
        console.say(url)
    elif Desktop(environ).open_page(url):
        console.say(text("cli.page_opened"))
    else:
        console.say(text("cli.page_link"))
        console.say(url)
    return OK
