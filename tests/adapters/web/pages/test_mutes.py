"""The page of what is muted, over plain HTTP: mute by a form of another page, see it, undo it."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.clock import StepClock
from tests.support.page_server import page_server
from tests.support.patience import PATIENCE_S
from tests.support.session_stage import session_stage, whole_session
from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.web.pages.mutes import MutesPage
from tray_app.core.menu.actions import Page
from tray_app.services.notices.mutes import Mutes


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mutes, httpx.Client]]:
    """The mutes, and a browser that follows what it is told."""
    folder = tmp_path_factory.mktemp("mutes")
    store, ids = SqliteStore(folder / "state.sqlite3"), iter("abcdefgh")
    mutes = Mutes(store, StepClock(), new_id=lambda: next(ids), changed=lambda: None)
    with session_stage(folder) as stage:
        stage.keep(whole_session())
        with (
            page_server(more=lambda site: (*MutesPage(site, mutes).places(), *stage.places(site))) as server,
            httpx.Client(base_url=server.origin, trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as client,
        ):
            client.get(server.link(Page.SESSIONS))
            yield mutes, client
    store.close()


def post(client: httpx.Client, **form: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(f"/ui/sessions/{whole_session().session_id}").text)
    assert found
    return client.post("/ui/mutes", data={"csrf": found[1], **form}).text


def test_a_session_is_muted_by_the_form_of_its_page_and_told_of_again(side: tuple[Mutes, httpx.Client]) -> None:
    mutes, client = side
    page = client.get(f"/ui/sessions/{whole_session().session_id}").text
    assert "Mute this session" in page
    assert f"Mute project {whole_session().project}" in page
    said = post(client, do="mute", session="s1", name="<b>Refunds</b>", length="1h", kind="waiting")
    assert "&lt;b&gt;Refunds&lt;/b&gt; is muted." in said
    assert "waits · until" in said
    (mute,) = mutes.current()
    assert (mute.session, mute.kind, mute.until_ms) == ("s1", "waiting", mute.since_ms + 3_600_000)
    assert "is told of again" in post(client, do="unmute", mute=mute.id)
    assert "not muted any more" in post(client, do="unmute", mute=mute.id)
    assert mutes.current() == ()


@pytest.mark.parametrize(
    "form",
    [
        {"project": "shop", "length": "3 years"},
        {"project": "shop", "length": "1h", "kind": "everything"},
        {"session": " ", "project": "", "length": "1h"},
    ],
)
def test_what_no_form_of_ours_says_mutes_nothing(side: tuple[Mutes, httpx.Client], form: dict[str, str]) -> None:
    mutes, client = side
    assert "What was to be muted is not known." in post(client, do="mute", **form)
    assert mutes.current() == ()
