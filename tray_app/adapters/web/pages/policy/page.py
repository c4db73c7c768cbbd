"""The policy page: a table of tools beside the file's text as one truth, a tester, the counters, the last refusals."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from types import MappingProxyType

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.adapters.web.pages.policy import form as policy_form
from tray_app.adapters.web.pages.policy import table
from tray_app.adapters.web.pages.policy.form import PolicyDraft
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.menu.actions import Page
from tray_app.core.policy.file.findings import InvalidPolicy, PolicyChanged
from tray_app.core.policy.model import Mode, Stance
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import RefusalView
from tray_app.services.owner.policy_admin import PolicyAdmin

_PATH = f"/ui/{Page.POLICY}"
_CHANGED_MEANWHILE = 409
_MOST_LINES = 400  # of a difference; more is not read by anybody
CHOICES: Mapping[str, Text] = MappingProxyType(
    {
        Stance.ALLOW.value: text("policy_page.allow"),
        Stance.ASK.value: text("policy_page.ask"),
        Stance.DENY.value: text("policy_page.deny"),
        policy_form.HIDE: text("policy_page.hide"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What one answer shows besides the state of the app."""

    draft: PolicyDraft
    tested: table.TrialAnswer | None = None
    asked: table.TrialForm = table.FIRST
    theirs: Sequence[str] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """Shows the page and does what its forms ask."""

    site: Site
    policy: PolicyAdmin

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (
            PageRoute(_PATH, self.show, self.change, roomy=True),
            PageRoute(f"{_PATH}/check", self.back, self.check, roomy=True),
        )

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        return await self._render(visit, _Shown(draft=await self._draft()))

    async def back(self, _visit: PageRequest) -> Response:
        """Answer a reload of what was only looked at."""
        return go_to(_PATH)

    async def check(self, visit: PageRequest) -> Response:
        """Say what the form's text means and put the table's changes into it; nothing is written."""
        return await self._render(visit, _Shown(draft=policy_form.typed_into(visit.form)))

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` names what is wanted."""
        form = visit.form
        match form.get("do"):
            case "save":
                return await self._save(visit)
            case "check":
                return await self.check(visit)
            case "translate":
                draft = policy_form.translated_in(form)
                visit.session.note = _TRANSLATED if draft.usable else None
                return await self._render(visit, _Shown(draft=draft))
            case "test":
                asked = table.asked_in(form)
                tested = table.answer(asked, self.policy.would)
                return await self._render(visit, _Shown(draft=await self._draft(), asked=asked, tested=tested))
            case "once":
                visit.session.note = await self._allow_once(form.get("id", ""))
            case "everything":
                on = form.get("on") == "yes"
                self.policy.allow_everything(on=on)
                visit.session.note = _EVERYTHING_ON if on else _EVERYTHING_OFF
            case "reset":
                visit.session.note = await self._reset()
            case _:
                return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        return go_to(_PATH)

    async def _draft(self) -> PolicyDraft:
        file = await self.policy.look()
        draft = policy_form.draft_of(file.source, file.version)
        return draft if file.trouble is None else replace(draft, findings=(), policy=None)

    async def _save(self, visit: PageRequest) -> Response:
        draft = policy_form.typed_into(visit.form)
        if not draft.usable:
            return await self._render(visit, _Shown(draft=draft, status=422))
        file = await self.policy.look()
        try:
            await self.policy.save(_with_line_ends(draft.source, file.source), version=draft.version)
        except PolicyChanged:
            difference = tuple(unified_diff(file.source.splitlines(), draft.source.splitlines(), lineterm="", n=2))[2:]
            ours = replace(draft, version=file.version)
            shown = _Shown(draft=ours, theirs=difference[:_MOST_LINES], status=_CHANGED_MEANWHILE)
            return await self._render(visit, shown)
        except InvalidPolicy:
            return await self._render(visit, _Shown(draft=draft, status=422))
        except TrayAppError as trouble:
            visit.session.note = flash_of_error(trouble)
            return await self._render(visit, _Shown(draft=draft, status=422))
        visit.session.note = Flash(tone="good", said=text("policy_page.saved"))
        return go_to(_PATH)

    async def _allow_once(self, refusal_id: str) -> Flash:
        try:
            return _note_of_once(await self.policy.allow_once(refusal_id, by=Source.PAGE))
        except TrayAppError as trouble:
            return flash_of_error(trouble)

    async def _reset(self) -> Flash:
        try:
            backup = await self.policy.reset()
        except TrayAppError as trouble:
            return flash_of_error(trouble)
        hint = text("policy_page.backup", path=backup) if backup else None
        return Flash(tone="good", said=text("policy_page.was_reset"), hint=hint)

    async def _render(self, visit: PageRequest, shown: _Shown) -> Response:
        note, visit.session.note = visit.session.note, None
        snapshot, file = self.site.services.hub.look(), await self.policy.look()
        draft = shown.draft
        policy = self.policy.active.current if draft.policy is None else draft.policy
        return self.site.page(
            "policy.html",
            visit.session,
            status=shown.status,
            page=Page.POLICY,
            snapshot=snapshot,
            note=note,
            file=file,
            problem=next((one for one in snapshot.problems if one.kind is ProblemKind.POLICY), None),
            draft=draft,
            policy=policy,
            table_fields=json.dumps(policy_form.table(policy), ensure_ascii=False),
            rows=table.rows(policy, self.policy.used),
            all_limits=table.limits_of_all(policy, self.policy.used),
            choices=CHOICES,
            modes=_MODES,
            theirs=shown.theirs,
            conflict=shown.status == _CHANGED_MEANWHILE,
            asked=shown.asked,
            tested=shown.tested,
            examples=table.EXAMPLES,
            refusals=self._refusals(),
        )

    def _refusals(self) -> Sequence[RefusalView] | None:
        """None while the database cannot be read."""
        try:
            return self.policy.refusals()
        except StoreUnavailable:
            return None


_MODES: Mapping[str, Text] = {mode.value: text(f"policy_page.mode_{mode.value}") for mode in Mode}
_TRANSLATED = Flash(tone="wait", said=text("policy_import.translated"))
_EVERYTHING_ON = Flash(tone="good", said=text("policy_page.everything_on"), hint=text("policy_page.everything_on_hint"))
_EVERYTHING_OFF = Flash(tone="good", said=text("policy_page.everything_off"))


def _with_line_ends(source: str, before: str) -> str:
    """A browser's text box knows one kind of line end; the file keeps its own."""
    return source.replace("\n", "\r\n") if "\r\n" in before else source


def _note_of_once(receipt: Receipt | None) -> Flash:
    """Say what became of a call that was let through."""
    if receipt is None:
        return Flash(tone="good", said=text("policy_page.next_passes"), hint=text("policy_page.next_passes_hint"))
    if receipt.status is Status.SENT:
        return Flash(tone="good", said=text("policy_page.once_sent"))
    if receipt.accepted:
        return Flash(tone="wait", said=receipt.reason or text("policy_page.once_waits"))
    return Flash(tone="bad", said=receipt.reason or text("policy_page.once_failed"), hint=receipt.hint)
