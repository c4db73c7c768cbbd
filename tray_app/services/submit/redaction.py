"""Secrets in outgoing messages, by the owner's rules: masked, refused, or let through."""

from collections.abc import Callable
from dataclasses import dataclass

from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.messages.message import Message
from tray_app.core.redaction.kinds import Masked, MaskedCount, SecretKind, listed, name_of
from tray_app.core.redaction.redact import Redacted, redact, redact_message
from tray_app.core.settings.settings import RedactionMode, RedactionSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A message that may be kept: without secrets, unless the owner lets them through.

    `masked` is what was taken out, for its rows; `refusal` the answer where the owner has such messages refused.
    """

    message: Message
    masked: Masked = ()
    refusal: Receipt | None = None


class Redaction:
    """Asked about every message before anything of it is kept."""

    def __init__(self, *, settings: Callable[[], Settings], catalog: Callable[[], Catalog]) -> None:
        """`catalog` is of the language that messages are written in."""
        self._settings = settings
        self._catalog = catalog

    def clean(self, message: Message) -> Cleaned:
        """Take secrets out, by the settings of this moment."""
        rules = self.rules
        if rules.mode is RedactionMode.OFF:
            return Cleaned(message=message)
        done = redact_message(message, mask=self._mask, allow=rules.allow)
        masked = tuple((finding.kind, finding.count) for finding in done.found)
        refusal = _refusal(done.found) if masked and rules.mode is RedactionMode.REFUSE else None
        return Cleaned(message=done.message, masked=masked, refusal=refusal)

    @property
    def rules(self) -> RedactionSettings:
        """The settings of this moment."""
        return self._settings().redaction

    def masked(self, words: str) -> Redacted:
        """Mask secrets in words that will stand in a message, cut and escaped; whether it may go is not said."""
        rules = self.rules
        off = rules.mode is RedactionMode.OFF
        return Redacted(text=words) if off else redact(words, mask=self._mask, allow=rules.allow)

    def _mask(self, kind: SecretKind) -> str:
        return self._catalog()(text("redact.mask", kind=name_of(kind)))


def _refusal(found: tuple[MaskedCount, ...]) -> Receipt:
    """Name kinds and counts, never values: the agent that wrote them reads this, and so does its log."""
    reason = text("redact.refused", found=listed(found))
    return Receipt(status=Status.REFUSED, reason=reason, hint=text("redact.refused_hint"), masked=found)
