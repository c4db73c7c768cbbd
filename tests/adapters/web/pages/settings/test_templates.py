"""The page of message templates as a browser's forms use it, with a real settings.toml below."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.page_server import PageServer, page_server
from tests.support.patience import PATIENCE_S
from tests.support.settings_side import SettingsSide
from tray_app.core.menu.actions import Page

PATH = "/ui/settings/templates/waiting"
_OWN = '[templates.waiting]\ntitle = "{project} asks"\n'


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> SettingsSide:
    return SettingsSide(tmp_path_factory.mktemp("config") / "settings.toml")


@pytest.fixture(scope="module")
def server(side: SettingsSide) -> Iterator[PageServer]:
    with page_server(settings=side) as running:
        yield running


@contextmanager
def browser(server: PageServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.origin, trust_env=False, follow_redirects=True, timeout=20) as one:
        one.get(server.link(Page.SETTINGS))
        yield one


def post(client: httpx.Client, do: str, **words: str) -> httpx.Response:
    page = client.get(PATH).text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf", "version")}
    return client.post(PATH, data={**fields, "do": do, **words})


def test_words_are_tried_saved_and_reset(server: PageServer, side: SettingsSide) -> None:
    side.write("# mine\n")
    with browser(server) as client:
        tried = post(client, "preview", title="{project} asks: {asks}", body="")
        assert tried.status_code == 200
        assert "shop asks: allow it to run kubectl" in tried.text
        assert "— Ann · Agent · main · 09:05 · 值班" in tried.text
        assert side.words() == "# mine\n"
        saved = post(client, "save", title="{project} asks", body="{details}\r\n{lines}")
        assert "Saved. The next message uses it." in saved.text
        assert side.file.current.templates.waiting.body == "{details}\n{lines}"
        assert 'value="{project} asks"' in saved.text
        again = post(client, "reset", title="anything", body="{at all}")
        assert "built-in words are used again" in again.text
        assert side.file.current.templates.waiting.title == ""
        assert side.words().startswith("# mine\n")


def test_a_fault_is_shown_at_its_field_and_not_saved(server: PageServer, side: SettingsSide) -> None:
    side.write(_OWN)
    with browser(server) as client:
        refused = post(client, "save", title="{projct}", body="{")
        assert refused.status_code == 422
        assert "did you mean project?" in refused.text
        assert "braces do not pair" in refused.text
        assert side.words() == _OWN
        side.write('[templates.waiting]\ntitle = "{nobody}"\n')
        assert "there is no field nobody" in client.get(PATH).text


def test_other_kinds_and_strangers_have_no_page(server: PageServer) -> None:
    with browser(server) as client:
        assert client.get("/ui/settings/templates").status_code == 200
        assert client.get("/ui/settings/templates/nothing").status_code == 403
        assert client.post(PATH, data={"do": "save", "title": "x"}).status_code == 403
    assert httpx.get(f"{server.origin}{PATH}", trust_env=False, timeout=PATIENCE_S).status_code == 401
