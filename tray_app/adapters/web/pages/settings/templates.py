"""The page of message templates: the owner's words for each kind of notice, beside what its group would get."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.adapters.web.pages.history.rows import shown_message
from tray_app.core.kernel.errors import InvalidSettings, SettingsChanged, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import Message
from tray_app.core.settings.message_templates import FIELDS, MessageTemplate, faults
from tray_app.core.settings.notices import NoticeKind
from tray_app.core.settings.text import SettingsText, look_up
from tray_app.services.owner.settings_admin import SettingsAdmin

_PATH = f"/ui/{Page.SETTINGS}/templates"
_MOST_CHARS = 4_000
_NOT_SAVED = 422


@dataclass(frozen=True, slots=True)
class TemplatesPage:
    """Shows the page and does what its form asks; `preview` gives what a group would get of a sample."""

    site: Site
    settings: SettingsAdmin
    preview: Callable[[NoticeKind, MessageTemplate], tuple[Message, ...]]

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers; one kind at a time."""
        return (PageRoute(_PATH, self.show), PageRoute(f"{_PATH}/{{kind}}", self.show, self.change))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        kind = _kind(visit)
        if kind is None:
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        file = await self.settings.look()
        template = _written(file, kind)
        return await self._render(visit, kind, template, file, errors=faults(kind, template))

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: `save`, `reset`, or `preview`, which changes nothing."""
        kind, wanted = _kind(visit), visit.form.get("do", "")
        if kind is None or wanted not in {"save", "reset", "preview"}:
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        typed = MessageTemplate() if wanted == "reset" else _typed(visit.form)
        errors = faults(kind, typed)
        if wanted == "preview" or errors:
            status = 200 if wanted == "preview" else _NOT_SAVED
            file = await self.settings.look()
            return await self._render(visit, kind, typed, file, errors=errors, status=status)
        values = {f"templates.{kind}.{part}": getattr(typed, part) or None for part in ("title", "body")}
        try:
            await self.settings.change(values, version=visit.form.get("version", ""))
        except (InvalidSettings, SettingsChanged, TrayAppError) as error:
            visit.session.note = flash_of_error(error)
            return await self._render(visit, kind, typed, await self.settings.look(), errors={}, status=409)
        said = text("templates.was_reset" if wanted == "reset" else "templates.saved")
        visit.session.note = Flash(tone="good", said=said)
        return go_to(f"{_PATH}/{kind}")

    async def _render(
        self,
        visit: PageRequest,
        kind: NoticeKind,
        template: MessageTemplate,
        file: SettingsText,
        *,
        errors: Mapping[str, Text],
        status: int = 200,
    ) -> Response:
        note, visit.session.note = visit.session.note, None
        parts = self.preview(kind, template)
        shown = await asyncio.to_thread(lambda: [shown_message(one, written=one, pictures=False) for one in parts])
        return self.site.page(
            "templates.html",
            visit.session,
            status=status,
            page=Page.SETTINGS,
            kind=kind,
            kinds=tuple(NoticeKind),
            fields=FIELDS[kind],
            template=template,
            errors=errors,
            shown=shown,
            file=file,
            path=_PATH,
            note=note,
            refused=status == _NOT_SAVED,
            kind_name=lambda one: text(f"templates.kind_{one}"),
            field_name=lambda one: text(f"templates.field_{one}"),
        )


def _kind(visit: PageRequest) -> NoticeKind | None:
    name = visit.request.path_params.get("kind", NoticeKind.SESSION_END.value)
    return NoticeKind(name) if name in set(NoticeKind) else None


def _written(file: SettingsText, kind: NoticeKind) -> MessageTemplate:
    title, body = (look_up(file.data, f"templates.{kind}.{part}") for part in ("title", "body"))
    return MessageTemplate(title=str(title or ""), body=str(body or ""))


def _typed(form: Mapping[str, str]) -> MessageTemplate:
    title, body = (form.get(part, "").replace("\r\n", "\n")[:_MOST_CHARS].strip() for part in ("title", "body"))
    return MessageTemplate(title=title, body=body)
