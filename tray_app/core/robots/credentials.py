"""What every service's webhooks have in common: a host that may be shown, and what people paste around the rest."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.invisible import visible
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import Pasted

_BETWEEN_KEYWORDS = re.compile(r"[,，、;；\n]")


def read_keywords(written: str) -> tuple[str, ...]:
    """Split `a, b，c` at commas of either width; blanks around a keyword go, those inside stay."""
    words = (word.strip(" \t\r\"'“”") for word in _BETWEEN_KEYWORDS.split(visible(written)))
    return tuple(dict.fromkeys(word for word in words if word))


def only_one(found: Pasted) -> Pasted:
    """Raise InvalidCredentials where several robots were pasted: which one is meant, only a person knows."""
    if found.choices:
        endings = ", ".join(f"…{one.webhook.last4()}" for one in found.choices)
        reason = text("credentials.several", count=len(found.choices), endings=endings)
        raise InvalidCredentials("webhook", reason, text("credentials.several_hint"))
    return found


def host_of(webhook: Secret) -> str:
    """Host and port of a checked webhook, the part that may be shown."""
    return urlsplit(webhook.reveal()).netloc


def is_loopback(host: str) -> bool:
    """Whether a host name (without port) is this computer: 127.0.0.0/8, ::1 or localhost."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)  # Python 3.13 looks into it by itself
    return address.is_loopback or (mapped is not None and bool(mapped.is_loopback))
