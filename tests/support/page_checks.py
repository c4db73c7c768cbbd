"""What must hold for every page of the app, asked of a real browser: `check_page(window)` is all a test needs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest
from _pytest.mark import ParameterSet
from playwright.sync_api import Page

from tests.support.chromium import Window
from tray_app.core.kernel.texts import Language

WIDTHS = (360, 1280)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_CHECKS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_MOST_TABS = 80


def in_both_languages(scenes: Iterable[str]) -> list[ParameterSet]:
    """Every scene in each language; by turns one of the two runs with the slow tests, so that both are seen soon."""
    return [
        pytest.param(name, language, marks=pytest.mark.slow if (number + other) % 2 else ())
        for number, name in enumerate(scenes)
        for other, language in enumerate(Language)
    ]


def check_page(
    window: Window, *, widths: Iterable[int] = WIDTHS, refused: bool = False, words_only: bool = False
) -> None:
    """Check words, names, structure and focus once, overflow and sizes at each width, contrast in each theme.

    The page stays open, at the last width and theme. `refused`: its answer was a 4xx, of which the browser complains.
    Also checked: nothing came from another host, the console stayed silent. `words_only`: only what another language
    can change, words and overflow.
    """
    page = window.page
    page.wait_for_load_state()  # its words may stand there before its style has come
    page.evaluate(f"() => {{ {_CHECKS} }}")
    found = {what: ask(page, what) for what in ("untranslated", "nameless", "structure")}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        found[f"overflow at {width}"] = ask(page, "overflow")
        found[f"small at {width}"] = ask(page, "small")
    for theme in () if words_only else THEMES:
        page.emulate_media(color_scheme=theme)
        found[f"faint in {theme}"] = ask(page, "faint")
    found["focus"] = [] if words_only else focus_faults(page)
    found["console"] = [said for said in window.complaints if not (refused and "status of 4" in said)]
    found["strangers"] = [url for url in window.asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
    faults = {what: told for what, told in found.items() if told}
    assert not faults, f"{page.url}: {faults}"


def ask(page: Page, check: str) -> list[str]:
    """Run one check of page_checks.js in the page."""
    found: list[str] = page.evaluate(f"() => checks.{check}()")
    return found


def focus_faults(page: Page) -> list[str]:
    """Walk with Tab: what can be used is reached in the order of the page, and its focus can be seen."""
    steps = min(page.evaluate("() => checks.expectFocus()"), _MOST_TABS)
    for _ in range(steps):
        page.keyboard.press("Tab")
    faults: list[str] = page.evaluate("(steps) => checks.walked(steps)", steps)
    return faults
