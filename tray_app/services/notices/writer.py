"""Writes notices: with the operator's name, in the language of messages, and in the owner's own words if there are."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.message import MarkdownMessage, Mentions
from tray_app.core.messages.requests import SessionReport
from tray_app.core.notices import words as notice_words
from tray_app.core.notices.words import Notice
from tray_app.core.reports import templates
from tray_app.core.settings.message_templates import MessageTemplates
from tray_app.core.settings.notices import NoticeKind
from tray_app.services.ports import Operator


class NoticeWriter:
    """`local` gives the owner's time, `words` the owner's templates."""

    def __init__(
        self,
        *,
        operator: Operator,
        catalog: Callable[[], Catalog],
        local: Callable[[int], datetime],
        words: Callable[[], MessageTemplates],
    ) -> None:
        """Nothing is written yet."""
        self._operator = operator
        self._catalog = catalog
        self._local = local
        self._words = words

    async def message(self, told: Notice, mentions: Mentions) -> MarkdownMessage:
        """Write one notice."""
        operator = await self._operator.name(told.session.cwd)
        now, template = self._local(told.now_ms), self._words().of(told.cause.kind)
        if told.cause.kind is NoticeKind.SESSION_END:
            return templates.session_report(
                SessionReport(mentions=mentions),
                agent=told.agent,
                operator=operator,
                finished_at=now,
                catalog=self._catalog(),
                session=told.session,
                template=template,
            )
        return notice_words.message(
            told,
            self._catalog(),
            operator=operator,
            moment=templates.clock(now),
            mentions=mentions,
            template=template,
        )

    def merged(
        self, messages: Sequence[MarkdownMessage], *, projects: Sequence[str], mentions: Mentions
    ) -> MarkdownMessage:
        """Make one of several."""
        return notice_words.merged(messages, self._catalog(), projects=projects, mentions=mentions)
