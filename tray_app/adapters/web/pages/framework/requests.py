"""How a browser gets in: a one-time link becomes a cookie; every request shows it, every change also the form's token.

A website in the same browser can make it send requests here. `SameSite=Strict` keeps the cookie off them, and what the
browser says about their origin is checked besides.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from tray_app.adapters.web.pages.framework.login import SESSION_MS, BrowserSession, Entered, LoginRefused
from tray_app.adapters.web.pages.framework.site import HEADERS, ErrorPage, Site, go_to
from tray_app.core.kernel.texts import Language, text

_MAX_FORM_BYTES = 64 * 1024
_MAX_FIELDS = 200  # the settings page has a field for each
_ROOMY_BYTES = 256 * 1024  # as much as the guard lets through
_ROOMY_FIELDS = 2_000
USED_LINK = ErrorPage(status=410, said=text("pages.used_link"), why=text("pages.used_link_why"))
TOO_MANY = ErrorPage(status=429, said=text("pages.too_many"), why=text("pages.too_many_why"))
NO_SESSION = ErrorPage(status=401, said=text("pages.no_session"), why=text("pages.no_session_why"))
NOT_HERE = ErrorPage(status=404, said=text("pages.not_here"), why=text("pages.not_here_why"))
NOT_OURS = ErrorPage(status=403, said=text("pages.not_ours"), why=text("pages.not_ours_why"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """One request of a browser that was let in; `form` is empty unless it asks for a change."""

    request: Request
    session: BrowserSession
    form: Mapping[str, str]


Show: TypeAlias = Callable[[PageRequest], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One address: what a known browser sees there (GET), and what its forms there change (POST), if anything.

    `path` is Starlette's: `/ui/history/{id}`; its parameters are in `visit.request.path_params`. `roomy`: its forms may
    be long, for they carry a whole file.
    """

    path: str
    show: Show
    change: Show | None = None
    roomy: bool = False


def cookie_name(request: Request) -> str:
    """Name the cookie after the port: a browser keeps one jar for all servers of 127.0.0.1."""
    return f"dingtalk_tray_{request.url.port or 80}"


async def enter(site: Site, request: Request) -> Response:
    """Exchange a one-time link for a session."""
    seen = request.headers
    if request.method != "GET" or seen.get("sec-fetch-dest", "document") != "document":
        return Response(status_code=405, headers=HEADERS)  # a picture or frame of some website: not a person
    if "prefetch" in seen.get("sec-purpose", "") or "prefetch" in seen.get("purpose", ""):
        return Response(status_code=503, headers=HEADERS)  # a browser that guesses must not use the link up
    match site.access.enter(request.query_params.get("t", ""), request.cookies.get(cookie_name(request), "")):
        case LoginRefused.UNKNOWN:
            return site.tell(USED_LINK, None)
        case LoginRefused.TOO_MANY:
            return site.tell(TOO_MANY, None)
        case Entered() as entered:
            return _let_in(site, request, entered)
        case other:
            assert_never(other)


def _let_in(site: Site, request: Request, entered: Entered) -> Response:
    path = f"/ui/{entered.page}" + (f"/{quote(entered.item, safe='')}" if entered.item else "")
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        # clicked on another site: a redirect would still count as that site's request and go without the cookie
        response = site.page("opening.html", None, path=path)
    else:
        response = go_to(path)
    response.set_cookie(
        cookie_name(request),
        entered.cookie,
        path="/ui",
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
    )
    return response


async def visit(site: Site, request: Request, place: PageRoute) -> Response:
    """Let a known browser see or change something; tell the others how to get in."""
    session = site.access.session(request.cookies.get(cookie_name(request), ""))
    if session is None:
        return site.tell(NO_SESSION, None)
    if "x-live" in request.headers:
        session = replace(session, note=None)  # a note is for the page that a person's own click leads to
    await site.templates.compiled()
    if request.method == "POST" and place.change is not None:
        form = await _form(request, roomy=place.roomy) if _from_our_page(request) else None
        if form is None or not hmac.compare_digest(form.get("csrf", "").encode(), session.csrf.encode()):
            return site.tell(NOT_OURS, session, back=request.url.path)
        return await place.change(PageRequest(request=request, session=session, form=form))
    wanted = request.query_params.get("lang")
    if wanted in set(Language):
        session.language = Language(wanted)
        return go_to(_same_page(request))
    return await place.show(PageRequest(request=request, session=session, form={}))


def _same_page(request: Request) -> str:
    """Where the language was switched, with what the address asked for there (a search, a step)."""
    came_from = urlsplit(request.headers.get("referer", ""))
    here = (request.headers.get("host", ""), request.url.path)
    query = came_from.query if (came_from.netloc, came_from.path) == here and "lang=" not in came_from.query else ""
    return request.url.path + (f"?{query}" if query else "")


def _from_our_page(request: Request) -> bool:
    """Whether the browser says so. Old ones say nothing; then cookie and form token must do."""
    own = f"http://{request.headers.get('host', '')}"
    return (
        request.headers.get("origin", own) == own
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )


async def _form(request: Request, *, roomy: bool) -> Mapping[str, str] | None:
    """Read a form of plain fields; None for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > (_ROOMY_BYTES if roomy else _MAX_FORM_BYTES):
            return None
    try:
        fields = _ROOMY_FIELDS if roomy else _MAX_FIELDS
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=fields))
    except ValueError:  # not ASCII (UnicodeDecodeError), or too many fields
        return None
