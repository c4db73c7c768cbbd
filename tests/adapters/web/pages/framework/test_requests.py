"""The way in, as a browser's network layer sees it: links, cookies, headers, requests that other sites cause."""

import httpx
import pytest

from tests.support.forms import token_in
from tests.support.page_server import PageServer
from tray_app.adapters.web.pages.framework.login import LINK_MS, MAX_GUESSES, SESSION_MS


def enter(client: httpx.Client, server: PageServer) -> str:
    """Use a link; give the form's token."""
    assert client.get(server.link()).status_code == 303
    page = client.get("/ui/robots")
    assert page.status_code == 200
    return token_in(page.text)


def test_a_link_is_exchanged_for_a_strict_cookie_and_leads_to_its_page(
    client: httpx.Client, server: PageServer
) -> None:
    answer = client.get(server.link())
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/robots")
    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"dingtalk_tray_{server.port}=")
    assert sorted(flags) == ["HttpOnly", "Max-Age=43200", "Path=/ui", "SameSite=strict"]


def test_a_link_works_once(client: httpx.Client, server: PageServer) -> None:
    link = server.link()
    client.get(link)
    client.cookies.clear()
    again = client.get(link)
    assert again.status_code == 410
    assert "set-cookie" not in again.headers
    assert "This link no longer works" in again.text
    assert "dingtalk-tray open" in again.text


def test_a_link_is_too_old_after_two_minutes(client: httpx.Client, server: PageServer) -> None:
    link = server.link()
    server.clock.now_ms += LINK_MS
    assert client.get(link).status_code == 410


def test_somebody_who_guesses_is_told_to_wait(client: httpx.Client) -> None:
    assert {client.get(f"/ui/open?t=guess{n}").status_code for n in range(MAX_GUESSES)} == {410}
    assert client.get("/ui/open").status_code == 429


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 405),
        ("GET", {"sec-purpose": "prefetch;prerender"}, 503),
        ("GET", {"purpose": "prefetch"}, 503),
        ("GET", {"sec-fetch-dest": "image", "sec-fetch-site": "cross-site"}, 405),
        ("GET", {"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}, 405),
    ],
)
def test_nobody_but_a_person_uses_a_link_up(
    client: httpx.Client, server: PageServer, method: str, headers: dict[str, str], status: int
) -> None:
    link = server.link()
    assert client.request(method, link, headers=headers).status_code == status
    assert client.get(link).status_code == 303


def test_a_link_clicked_on_another_site_goes_on_from_a_page_of_ours(client: httpx.Client, server: PageServer) -> None:
    answer = client.get(server.link(), headers={"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/ui/robots">' in answer.text
    assert client.get("/ui/robots").status_code == 200


def test_without_a_session_a_page_says_how_to_get_in(client: httpx.Client) -> None:
    for answer in (client.get("/ui/robots"), client.post("/ui/robots", data={"do": "retry"})):
        assert answer.status_code == 401
        assert "Please open this page anew" in answer.text
        assert "csrf" not in answer.text


def test_a_session_ends_after_twelve_hours(client: httpx.Client, server: PageServer) -> None:
    token = enter(client, server)
    server.clock.now_ms += SESSION_MS
    assert client.get("/ui/robots").status_code == 401
    assert client.post("/ui/robots", data={"csrf": token, "do": "retry"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://127.0.0.1:{port}", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_form_of_ours_changes_something(client: httpx.Client, server: PageServer, headers: dict[str, str]) -> None:
    token = enter(client, server)
    sent = {name: value.format(port=server.port) for name, value in headers.items()}
    answer = client.post("/ui/robots", data={"csrf": token, "do": "retry"}, headers=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/robots")
    assert "The keyring works" in client.get("/ui/robots").text
    assert "The keyring works" not in client.get("/ui/robots").text


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_a_form_without_the_right_token_changes_nothing(client: httpx.Client, server: PageServer, token: str) -> None:
    enter(client, server)
    answer = client.post("/ui/robots", data={"csrf": token, "do": "retry"})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert "The keyring works" not in client.get("/ui/robots").text


def test_the_token_of_another_session_is_refused(client: httpx.Client, server: PageServer) -> None:
    stranger = enter(client, server)
    client.cookies.clear()
    enter(client, server)
    assert client.post("/ui/robots", data={"csrf": stranger, "do": "retry"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"host": "evil.example"},
    ],
)
def test_a_post_from_elsewhere_changes_nothing_even_with_cookie_and_token(
    client: httpx.Client, server: PageServer, headers: dict[str, str]
) -> None:
    token = enter(client, server)
    answer = client.post("/ui/robots", data={"csrf": token, "do": "retry"}, headers=headers)
    assert answer.status_code in {403, 421}
    assert "The keyring works" not in client.get("/ui/robots").text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"csrf": "%s", "do": "retry"}', "application/json"),
        (b"csrf=%s&do=retry", "text/plain"),
        (b"csrf=%s&do=retry&x=" + b"y" * 70_000, "application/x-www-form-urlencoded"),
        (b"csrf=%s&do=retry" + b"&x=y" * 200, "application/x-www-form-urlencoded"),
        (b"csrf=%s&do=retry&x=\xff", "application/x-www-form-urlencoded"),
    ],
)
def test_only_a_plain_small_form_is_read(client: httpx.Client, server: PageServer, body: bytes, kind: str) -> None:
    token = enter(client, server).encode()
    answer = client.post("/ui/robots", content=body % token, headers={"content-type": kind})
    assert answer.status_code == 403


def test_an_unknown_wish_changes_nothing(client: httpx.Client, server: PageServer) -> None:
    assert client.post("/ui/robots", data={"csrf": enter(client, server), "do": "format"}).status_code == 403


@pytest.mark.parametrize("path", ["/ui/robots", "/ui/open?t=x", "/ui/static/style.css", "/ui/static/nothing"])
def test_every_answer_is_locked_down(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = {part.strip() for part in headers["content-security-policy"].split(";")}
    assert {"default-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ui/nothing", 401),
        ("GET", "/ui/robots/", 401),
        ("GET", "/ui//robots", 401),
        ("PUT", "/ui/robots", 405),
        ("POST", "/ui/nothing", 405),
        ("TRACE", "/ui", 405),
        ("GET", "/", 404),
        ("GET", "/api/status", 401),
        ("GET", "/mcp", 401),
    ],
)
def test_also_what_no_page_answers_is_locked_down(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith("default-src ")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_address_leads_back_to_the_pages(client: httpx.Client, server: PageServer) -> None:
    enter(client, server)
    answer = client.get("/ui/robotts?lang=fr")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert 'href="/ui/overview"' in answer.text


def test_a_form_of_an_open_tab_is_still_good_after_another_link(client: httpx.Client, server: PageServer) -> None:
    token = enter(client, server)
    client.get("/ui/robots?lang=zh")
    assert client.get(server.link()).status_code == 303
    assert client.post("/ui/robots", data={"csrf": token, "do": "retry"}).status_code == 303
    assert 'lang="zh-CN"' in client.get("/ui/robots").text


@pytest.mark.parametrize("name", ["..%2f..%2fpyproject.toml", "robots.html", "%2e%2e/base.html", "app.js%00"])
def test_only_the_listed_files_are_given_out(client: httpx.Client, name: str) -> None:
    assert client.get(f"/ui/static/{name}").status_code == 404


def test_a_search_is_kept_when_the_language_is_switched(client: httpx.Client, server: PageServer) -> None:
    enter(client, server)
    here = f"{server.origin}/ui/connect"

    def switched_language(came_from: str) -> str:
        return client.get("/ui/connect?lang=zh", headers={"Referer": came_from}).headers["location"]

    assert switched_language(f"{here}?q=a%26b&step=2") == "/ui/connect?q=a%26b&step=2"
    assert switched_language(f"{here}?lang=en&q=1") == "/ui/connect"
    assert switched_language(f"{server.origin}/ui/other?q=1") == "/ui/connect"
    assert switched_language("http://evil.example/ui/connect?q=1") == "/ui/connect"


def test_the_language_chosen_on_the_page_stays(client: httpx.Client, server: PageServer) -> None:
    enter(client, server)
    answer = client.get("/ui/robots?lang=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/robots")
    assert "<h1>机器人与分发规则</h1>" in client.get("/ui/robots").text
    assert client.get("/ui/robots?lang=xx").status_code == 200
