"""The text of `policy.json` as somebody reads it before they change it."""

from dataclasses import dataclass
from hashlib import sha256

from tray_app.core.errors import TrayAppError


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The whole text, from the file or (`exists` False) of the default policy.

    `trouble`: the file cannot be read as text at all; `source` is then empty.
    """

    source: str
    path: str
    exists: bool
    trouble: TrayAppError | None = None

    @property
    def version(self) -> str:
        """Equal for equal texts alone; a missing file is no version of a present one."""
        known = f"{self.exists}:{self.trouble is None}:{self.source}"
        return sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class PolicyChanged(TrayAppError):
    """`policy.json` is no longer what somebody read before they changed it; nothing was written."""
