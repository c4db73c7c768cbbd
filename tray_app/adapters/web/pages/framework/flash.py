"""What a page tells after something was done: how it went, why, and what to do."""

from dataclasses import dataclass, field
from typing import Literal

from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.snapshot import VaultState

Tone = Literal["good", "wait", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """`robot` is the one it belongs to (empty: the whole page).

    `before` is what went well until then, `more` what else there is to say.
    `refused` are a person's own words that were not taken: the page shows them, so that they need not be written again.
    """

    tone: Tone
    said: Text
    hint: Text | None = None
    robot: str = ""
    errcode: int | None = None
    before: Text | None = None
    more: tuple[Text, ...] = ()
    refused: str = field(default="", repr=False)


def flash_of_error(error: TrayAppError, *, robot: str = "") -> Flash:
    """Say what a person can mend."""
    return Flash(tone="bad", said=error.reason, hint=error.hint, robot=robot)


def flash_of_vault(state: VaultState) -> Flash:
    """Say what another look for the keyring has found."""
    fine = state in {VaultState.OK, VaultState.MISSING}
    return Flash(tone="good" if fine else "bad", said=text("pages.vault_found" if fine else "pages.vault_still"))


def flash_of_test(receipt: Receipt, *, robot: str) -> Flash:
    """Say what became of a test message; what a receipt tells an agent to do is said anew to a person."""
    if receipt.status is Status.SENT:
        return Flash(tone="good", said=text("pages.test_sent"), robot=robot)
    if receipt.status is Status.PAUSED:
        return Flash(tone="bad", said=text("pages.test_paused"), hint=text("pages.test_paused_hint"), robot=robot)
    if receipt.accepted:
        said = receipt.reason or text("pages.test_waits")
        return Flash(tone="wait", said=said, hint=text("pages.test_waits_hint"), robot=robot, errcode=receipt.errcode)
    said = receipt.reason or text("pages.test_failed")
    return Flash(tone="bad", said=said, hint=receipt.hint, robot=robot, errcode=receipt.errcode)
