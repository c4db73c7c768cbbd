"""Pairing with the owner's phone: the forms of the box that the robots page has for it."""

from dataclasses import dataclass

from starlette.responses import Response

from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.services.phone.pairing import Pairing

_BACK = f"/ui/{Page.ROBOTS}"
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class PhonePages:
    """Does what the forms ask; what is shown is on the robots page."""

    site: Site
    pairing: Pairing

    def places(self) -> tuple[PageRoute, ...]:
        """Where the forms lead."""
        return (PageRoute("/ui/phone", self.lead_back, self.change),)

    async def lead_back(self, _visit: PageRequest) -> Response:
        """Answer GET: there is nothing to see."""
        return go_to(_BACK)

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST. The code is shown once: whoever reloads makes a new one."""
        try:
            match visit.form.get("do"):
                case "pair":
                    offer = await self.pairing.begin()
                    minutes = -(-self.pairing.left_ms // _MINUTE_MS)
                    said = text("phone.cli_code", code=offer.code, minutes=minutes)
                case "unpair":
                    await self.pairing.end()
                    said = text("phone.unpaired")
                case _:
                    return self.site.tell(NOT_OURS, visit.session, back=_BACK)
        except TrayAppError as trouble:
            visit.session.note = flash_of_error(trouble)
        else:
            visit.session.note = Flash(tone="good", said=said)
        return go_to(_BACK)
