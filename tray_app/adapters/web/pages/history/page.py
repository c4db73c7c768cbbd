"""The history page: messages by day, search and filters in the address, one message in full, export."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from tray_app.adapters.web.pages.framework import downloads
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.links import sources
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import HEADERS, ErrorPage, Site, go_to
from tray_app.adapters.web.pages.history import rows as history_list
from tray_app.adapters.web.pages.history.rows import PATH, shown_message
from tray_app.core.delivery.delivery import Delivery, Source
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.history import export as history_export
from tray_app.core.history.query import HistoryFilter, read
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import Message
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.redaction.kinds import findings, listed
from tray_app.core.settings.notices import NoticeKind
from tray_app.services.history.bulk import FAILED, BulkResend
from tray_app.services.history.queries import HistoryQueries

_OUTCOMES = {
    name: text(f"history.attempt_{name}")
    for name in ("begun", "sent", "rejected", "throttled", "unreachable", "retry", "lost", "gave_up", "hung_up")
}
_KINDS = frozenset(kind.value for kind in NoticeKind)
_DECISIONS = {decision: text(f"history.decision_{decision}") for decision in DecisionKind}


@dataclass(frozen=True, slots=True)
class HistoryPages:
    """Shows the pages and does what their forms ask; `resend` sends a kept message again. Raises TrayAppError.

    `as_seen` gives a part's message as its group gets it; `bulk` sends all failures of one cause again.
    """

    site: Site
    queries: HistoryQueries
    resend: Callable[[str], Awaitable[Receipt]]
    as_seen: Callable[[Delivery], Message | None]
    bulk: BulkResend

    def places(self) -> tuple[PageRoute, ...]:
        """Where they answer."""
        return (
            PageRoute(PATH, self.show, self.change_all),
            PageRoute(f"{PATH}/export.json", self.give_json),
            PageRoute(f"{PATH}/export.csv", self.give_csv),
            PageRoute(f"{PATH}/{{id}}", self.show_one, self.change),
        )

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET for the list."""
        snapshot = self.site.services.hub.look()
        asked = _asked(visit, now_ms=snapshot.now_ms)
        try:
            page = await self.queries.find(asked.query)
            count, choices, complete = (
                await self.queries.count(asked.query),
                await self.queries.choices(),
                await self.queries.complete(),
            )
            causes = await self.bulk.causes(asked.query) if asked.query.stages & FAILED else ()
        except StoreUnavailable as error:
            return self._no_store(error, visit)
        note, visit.session.note = visit.session.note, None
        return self.site.page(
            "history.html",
            visit.session,
            note=note,
            causes=causes,
            here=history_list.here(asked),
            page=Page.HISTORY,
            snapshot=snapshot,
            asked=asked,
            days=history_list.days(page.rows, now_ms=snapshot.now_ms),
            count=count,
            choices=choices,
            complete=complete,
            single=any(len(word) == 1 for word in asked.query.words),
            links=history_list.links(asked, page),
            statuses=history_list.statuses(),
            origins=history_list.origins(),
            day_kinds=history_list.day_kinds(asked.fields),
            choose=history_list.choose,
            title_of=history_list.title_of,
        )

    async def change_all(self, visit: PageRequest) -> Response:
        """Answer POST for the list: send all failures of one cause again, of those that the filter finds."""
        asked = _asked(visit, now_ms=self.site.services.hub.look().now_ms)
        if visit.form.get("do") != "resend_all":
            return self.site.tell(NOT_OURS, visit.session, back=PATH)
        try:
            count, ended = await self.bulk.resend(asked.query, visit.form.get("cause", ""))
        except StoreUnavailable as error:
            return self._no_store(error, visit)
        visit.session.note = Flash(tone="good" if count else "wait", said=text("history.resent_all", count=count))
        if ended is not None:
            visit.session.note = replace(flash_of_resend(ended), before=text("history.resent_all", count=count))
        return go_to(history_list.here(asked))

    async def show_one(self, visit: PageRequest) -> Response:
        """Answer GET for one message."""
        return await self._detail(visit, pictures=False)

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted."""
        path, delivery_id = visit.request.url.path, visit.request.path_params["id"]
        try:
            match visit.form.get("do"):
                case "resend":
                    receipt = await self.resend(delivery_id)
                    visit.session.note = flash_of_resend(receipt)
                    path = f"{PATH}/{receipt.delivery_id}" if receipt.delivery_id else path
                case "discard":
                    self.queries.discard(delivery_id)
                    visit.session.note = Flash(tone="good", said=text("history.discarded"))
                case "pictures":
                    return await self._detail(visit, pictures=True)
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=path)
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(path)

    async def give_json(self, visit: PageRequest) -> Response:
        """Give what the filters find to a program."""
        try:
            return downloads.listed(
                await self._pieces(visit), key="deliveries", data=dict, name=self._name(visit, "json")
            )
        except StoreUnavailable as error:
            return self._no_store(error, visit)

    async def give_csv(self, visit: PageRequest) -> Response:
        """Give the same to a spreadsheet."""

        def lines(rows: Sequence[Mapping[str, object]]) -> str:
            return "".join(history_export.line(row, local=local_time) for row in rows)

        try:
            return downloads.table(
                await self._pieces(visit), head=history_export.head(), lines=lines, name=self._name(visit, "csv")
            )
        except StoreUnavailable as error:
            return self._no_store(error, visit)

    def _name(self, visit: PageRequest, kind: str) -> str:
        """Name a file by what is in it."""
        asked = _asked(visit, now_ms=self.site.services.hub.look().now_ms)
        said = [f"{name}-{value}" for name, value in asked.fields.items() if name not in asked.faults]
        return downloads.file_name("history", said, kind)

    async def _pieces(self, visit: PageRequest) -> AsyncIterator[Sequence[Mapping[str, object]]]:
        asked = _asked(visit, now_ms=self.site.services.hub.look().now_ms)
        words = self.site.catalogs[visit.session.language or self.site.services.language]
        return await downloads.begun(self.queries.export(asked.query, words))

    async def _detail(self, visit: PageRequest, *, pictures: bool) -> Response:
        try:
            detail = await self.queries.detail(visit.request.path_params["id"])
        except StoreUnavailable as error:
            return self._no_store(error, visit)
        except TrayAppError as error:
            return self.site.tell(ErrorPage(status=404, said=error.reason, why=error.hint), visit.session, back=PATH)
        first, said = detail.parts[0].row, [(part.row.message, self.as_seen(part.row)) for part in detail.parts]
        # aside: 100,000 characters of brackets take seconds, and agents' calls run on this loop
        shown = await asyncio.to_thread(
            lambda: [shown_message(seen, written=message, pictures=pictures) for message, seen in said]
        )
        loadable = [url for one in shown for url in one.pictures]
        note, visit.session.note = visit.session.note, None
        answer = self.site.page(
            "delivery.html",
            visit.session,
            page=Page.HISTORY,
            detail=detail,
            first=first,
            parts=list(zip(detail.parts, shown, strict=True)),
            hosts=sources(loadable),
            masked=listed(findings(first.masked)) if first.masked else None,
            pictures=pictures,
            muted_kind=_kind_of(first),
            outcomes=_OUTCOMES,
            decisions=_DECISIONS,
            note=note,
            title_of=history_list.title_of,
        )
        if pictures and loadable:  # this once the owner has asked for exactly these hosts
            policy = HEADERS["Content-Security-Policy"]
            answer.headers["Content-Security-Policy"] = f"{policy}; img-src 'self' {sources(loadable)}"
        return answer

    def _no_store(self, error: TrayAppError, visit: PageRequest) -> Response:
        page = ErrorPage(status=503, said=error.reason, why=error.hint)
        return self.site.tell(page, visit.session, back=visit.request.url.path)


def flash_of_resend(receipt: Receipt) -> Flash:
    """Say to a person what became of a message that was sent again."""
    if receipt.status is Status.SENT:
        return Flash(tone="good", said=text("history.resent"))
    if receipt.accepted:
        said = receipt.reason or text("history.resend_waits")
        return Flash(tone="wait", said=said, hint=text("history.resend_waits_hint"), errcode=receipt.errcode)
    if receipt.status is Status.PAUSED:
        return Flash(tone="bad", said=text("history.resend_paused"), hint=text("history.resend_paused_hint"))
    said = receipt.reason or text("history.resend_failed")
    return Flash(tone="bad", said=said, hint=receipt.hint, errcode=receipt.errcode)


def _asked(visit: PageRequest, *, now_ms: int) -> HistoryFilter:
    return read(visit.request.query_params, now_ms=now_ms, day_ms=history_list.midnight_ms)


def _kind_of(row: Delivery) -> str:
    """The kind of notice that it is, where its project or session can be muted of it."""
    whose = bool(row.origin.session) if not row.origin.project else ", " not in row.origin.project
    return row.origin.tool if row.origin.source is Source.AUTO and row.origin.tool in _KINDS and whose else ""
