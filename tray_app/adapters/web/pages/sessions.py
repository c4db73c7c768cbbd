"""The pages about agents' sessions: those that run, those of some days with sums and charts, one of them whole.

One that is done can be given words there, where the owner's settings have it wait for them.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from urllib.parse import quote

from starlette.responses import Response

from tray_app.adapters.web.pages.framework import downloads
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import NAV, ErrorPage, Site, go_to
from tray_app.core.delivery.delivery import Source
from tray_app.core.follow_ups.follow_up import MOST_WORDS
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.notices.rules import TELLING_ERRORS
from tray_app.core.sessions import ranges
from tray_app.core.sessions.codec import KeptSession
from tray_app.core.sessions.pages import charts
from tray_app.core.sessions.pages import export as session_export
from tray_app.core.sessions.pages.views import HappeningKind, OneSession, RangeView
from tray_app.core.sessions.ranges import After, AskedDays
from tray_app.core.sessions.session import SessionState
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.sessions.queries import SessionQueries

_PATH = f"/ui/{Page.SESSIONS}"
_MOST_TOOLS = 200
_UNKNOWN = ErrorPage(status=404, said=text("session_page.unknown"), why=text("session_page.unknown_why"))
_STATES = {state: text(f"sessions.state_{state}") for state in SessionState if state is not SessionState.WAITING}
_PLAIN = (HappeningKind.STARTED, HappeningKind.PROMPT, HappeningKind.DONE, HappeningKind.ENDED)
_DID = {kind: text(f"session_page.did_{kind}") for kind in _PLAIN}
_FAILURES = {error: text(f"notices.error_{error}") for error in sorted(TELLING_ERRORS)}
_PRESETS = tuple((days, text(f"session_page.days_{days}")) for days in ranges.PRESETS)


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """Shows the pages, and gives words to a session."""

    site: Site
    sessions: SessionQueries
    follow_ups: FollowUps

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (
            PageRoute(_PATH, self.show),
            PageRoute(f"{_PATH}/export.csv", self.give_csv),
            PageRoute(f"{_PATH}/export.json", self.give_json),
            PageRoute(f"{_PATH}/{{id}}/export.json", self.give_one),
            PageRoute(f"{_PATH}/{{id}}", self.show_one, self.change_one),
        )

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET. A database that cannot be read hides what is past, not what runs.

        Charts are drawn when a person loads the page, not each time that it brings itself up to date.
        """
        snapshot = self.site.services.hub.look()
        asked, query = self._asked(visit, now_ms=snapshot.now_ms), visit.request.query_params
        drawn = "x-live" not in visit.request.headers
        trouble: TrayAppError | None = None
        found: RangeView | None = None
        try:
            found = await self.sessions.view(asked.range(_midnight), after=After.from_key(query.get("after", "")))
        except StoreUnavailable as error:
            trouble = error
        return self.site.page(
            "sessions.html",
            visit.session,
            page=Page.SESSIONS,
            snapshot=snapshot,
            live=self.sessions.live(),
            asked=asked,
            presets=_PRESETS,
            states=_STATES,
            prices=self.sessions.prices_as_of,
            later="after" in query,
            found=found,
            trouble=trouble,
            days=found and drawn and charts.day_table(found.totals, since=asked.begins, until=asked.until),
            by_project=found and drawn and charts.projects(found.totals),
            by_tool=found and drawn and charts.tools(found.totals.tools),
        )

    async def show_one(self, visit: PageRequest) -> Response:
        """Answer GET for one session."""
        one = await self._find(visit)
        if not isinstance(one, OneSession):
            return one
        note, visit.session.note = visit.session.note, None
        waits = self.follow_ups.waiter(one.session.session_id)
        return self.site.page(
            "session.html",
            visit.session,
            page=Page.SESSIONS,
            snapshot=self.site.services.hub.look(),
            one=one,
            states=_STATES,
            did=_DID,
            failures=_FAILURES,
            by_tool=charts.tools_of(one.session),
            every_tool=charts.tools_of(one.session, most=_MOST_TOOLS),
            prices=self.sessions.prices_as_of,
            context=charts.context_of(one.session),
            history=any(str(page) == "history" for page, _ in NAV),
            waits=waits and waits.id,
            follow_up=self.follow_ups.last(one.session.session_id),
            most_words=MOST_WORDS,
            note=note,
        )

    async def change_one(self, visit: PageRequest) -> Response:
        """Answer POST: give the owner's words to the turn that the page showed, and to no later one.

        Ends in a redirect, so that reloading repeats nothing; words that were refused are shown once more.
        """
        if visit.form.get("do") != "follow_up":
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        session_id = visit.request.path_params["id"]
        words = visit.form.get("words", "").replace("\r\n", "\n")
        try:
            given = await self.follow_ups.give(
                session_id, words, by=Source.PAGE, waiter_id=visit.form.get("waiter", "")
            )
        except TrayAppError as trouble:
            visit.session.note = replace(flash_of_error(trouble), refused=words.strip())
        else:
            visit.session.note = Flash(tone="good", said=text("follow_ups.given", project=given.project or "-"))
        return go_to(f"{_PATH}/{quote(session_id, safe='')}")

    async def give_csv(self, visit: PageRequest) -> Response:
        """Give what the page's filter chooses to a spreadsheet."""

        def lines(some: Sequence[KeptSession]) -> str:
            return session_export.rows(some, local=local_time)

        try:
            return downloads.table(
                await self._pieces(visit), head=session_export.head(), lines=lines, name=self._name(visit, "csv")
            )
        except StoreUnavailable as error:
            return self._sorry(visit, error)

    async def give_json(self, visit: PageRequest) -> Response:
        """Give the same to a program."""
        data = session_export.session_data
        try:
            return downloads.listed(
                await self._pieces(visit), key="sessions", data=data, name=self._name(visit, "json")
            )
        except StoreUnavailable as error:
            return self._sorry(visit, error)

    async def give_one(self, visit: PageRequest) -> Response:
        """Give one session with its time line to a program."""
        one = await self._find(visit)
        if not isinstance(one, OneSession):
            return one
        name = downloads.file_name("session", (one.session.project, one.session.session_id[:8]), "json")
        said = json.dumps(session_export.whole_data(one), ensure_ascii=False, indent=1) + "\n"
        return Response(said, headers=downloads.attachment(name), media_type="application/json")

    async def _find(self, visit: PageRequest) -> OneSession | Response:
        """Give the session of the address, else what to tell instead."""
        try:
            one = await self.sessions.one(visit.request.path_params["id"])
        except StoreUnavailable as error:
            return self._sorry(visit, error)
        return self.site.tell(_UNKNOWN, visit.session, back=_PATH) if one is None else one

    def _sorry(self, visit: PageRequest, error: TrayAppError) -> Response:
        page = ErrorPage(status=503, said=error.reason, why=error.hint)
        return self.site.tell(page, visit.session, back=_PATH)

    def _asked(self, visit: PageRequest, *, now_ms: int) -> AskedDays:
        return ranges.read(visit.request.query_params, today=local_time(now_ms).date())

    def _name(self, visit: PageRequest, kind: str) -> str:
        """Name a file by what is in it."""
        asked = self._asked(visit, now_ms=self.site.services.hub.look().now_ms)
        return downloads.file_name("sessions", (*asked.name_parts, asked.project), kind)

    async def _pieces(self, visit: PageRequest) -> AsyncIterator[Sequence[KeptSession]]:
        asked = self._asked(visit, now_ms=self.site.services.hub.look().now_ms)
        return await downloads.begun(self.sessions.export(asked.range(_midnight)))


def _midnight(day: date) -> int:
    """When a local day begins."""
    return round(datetime.combine(day, time()).astimezone().timestamp() * 1000)
