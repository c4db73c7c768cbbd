"""The page of what waits for the owner: each call in full, as it will go out, and the four answers there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import short_name
from tray_app.core.menu.actions import Page
from tray_app.services.approvals.approvals import Approvals

_PATH = f"/ui/{Page.APPROVALS}"
_BACK = frozenset({_PATH, f"/ui/{Page.OVERVIEW}"})


@dataclass(frozen=True, slots=True)
class ApprovalPages:
    """Shows the page and does what its forms ask; the overview's forms lead here too."""

    site: Site
    approvals: Approvals

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers; with an id it says so when that call waits no more."""
        return (PageRoute(_PATH, self.show, self.change), PageRoute(f"{_PATH}/{{id}}", self.show, self.change))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        wanted = visit.request.path_params.get("id", "")
        note, visit.session.note = visit.session.note, None
        trouble = None
        try:
            waiting = self.approvals.waiting()
        except StoreUnavailable as error:
            waiting, trouble = (), flash_of_error(error)
        gone = bool(wanted) and all(one.id != wanted for one in waiting) and trouble is None and note is None
        return self.site.page(
            "approvals.html",
            visit.session,
            page=Page.APPROVALS,
            snapshot=self.site.services.hub.look(),
            approvals=_first(waiting, wanted),
            always=always_words,
            short_name=short_name,
            gone=wanted if gone else "",
            wanted=wanted,
            trouble=trouble,
            note=note,
        )

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: the form's `do` is the owner's answer. Ends in a redirect, so that reloading repeats nothing."""
        answer, approval_id = visit.form.get("do", ""), visit.form.get("id", "")
        if answer not in set(Answer):
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        try:
            settled = await self.approvals.settle(approval_id, Answer(answer), by=Source.PAGE)
        except TrayAppError as trouble:
            visit.session.note = flash_of_error(trouble)
        else:
            said = text(f"approval_page.settled_{answer}", tool=short_name(settled.tool))
            visit.session.note = Flash(tone="good", said=said)
        back = visit.form.get("back", "")
        return go_to(back if back in _BACK else _PATH)


def always_words(approval: Approval) -> Text:
    """Say what `always` writes to the policy file: the rule that asked goes away, or the tool is allowed."""
    if approval.rule.startswith(f"tools.{approval.tool}.require_approval_if["):
        return text("approval_page.always_condition", rule=approval.rule, why=approval.reason)
    return text("approval_page.always_tool", rule=f"tools.{approval.tool}.action")


def _first(waiting: Sequence[Approval], wanted: str) -> Sequence[Approval]:
    """Put the one that was asked for before the others."""
    return sorted(waiting, key=lambda one: one.id != wanted)
