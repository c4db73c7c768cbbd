"""Scenes of the policy page and of what waits, for the command that takes pictures of all pages."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.support.chromium import window
from tests.support.page_server import page_server
from tests.support.policy_scenes import LIVELY, StillPolicy, busy_policy, desk_of
from tests.support.question_scenes import asking_policy
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

_Bring = Callable[[Tab, StillPolicy], None]


def _as_it_is(_tab: Tab, _policy: StillPolicy) -> None:
    pass


def _faults(tab: Tab, _policy: StillPolicy) -> None:
    tab.locator("#text").fill(LIVELY.replace('"deny",', '"denied",', 1).replace("send_markdown", "send_markdwn"))
    tab.locator(".gutter .bad").first.wait_for()


def _clash(tab: Tab, policy: StillPolicy) -> None:
    tab.locator("#send_text-deny").check()
    tab.locator("#unsaved").wait_for()
    policy.source = LIVELY.replace('"max": 200', '"max": 50')
    tab.locator("#save").click()
    tab.locator("#conflict").wait_for()


def _tested(tab: Tab, _policy: StillPolicy) -> None:
    tab.locator("#args").fill('{"content": "Release 1.4 is out", "atAll": true}')
    tab.locator("#try").click()
    tab.locator(".tested").wait_for()


def _always(tab: Tab, _policy: StillPolicy) -> None:
    tab.locator(".confirm summary").first.click()


SCENES: Mapping[str, tuple[Page, _Bring]] = {
    "policy": (Page.POLICY, _as_it_is),
    "policy-faults": (Page.POLICY, _faults),
    "policy-clash": (Page.POLICY, _clash),
    "policy-tested": (Page.POLICY, _tested),
    "approvals": (Page.APPROVALS, _as_it_is),
    "approvals-always": (Page.APPROVALS, _always),
    "overview-waiting": (Page.OVERVIEW, _as_it_is),
    "questions": (Page.APPROVALS, _as_it_is),
    "overview-questions": (Page.OVERVIEW, _as_it_is),
}


def take_policy(browser: Browser, folder: Path, *, language: Language, width: int, dark: bool) -> None:
    """Take each scene once."""
    for name, (where, bring) in SCENES.items():
        policy = asking_policy() if name.endswith("questions") else busy_policy()
        desk = replace(desk_of(policy), spoken=language)
        with page_server(desk, more=policy.places) as server, window(browser, width=width, dark=dark) as opened:
            opened.page.goto(server.link(where))
            bring(opened.page, policy)
            look = f"{name}-{language}-{'dark' if dark else 'light'}-{width}"
            opened.page.screenshot(path=folder / f"{look}.png", full_page=True)
