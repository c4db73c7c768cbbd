"""A secret that does not show itself: not in repr, str, format, logs, JSON or comparisons' failures."""

import hmac
from typing import NoReturn


class Secret:
    """Wraps a webhook URL, a signing key or a token where it enters; `.reveal()` only where bytes leave."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap `value`."""
        self._value = value

    def reveal(self) -> str:
        """Give the bare string; call it only where it is sent, signed or stored in the keyring."""
        return self._value

    def last4(self) -> str:
        """Give the last four characters, the only part a page may show; empty where that would be most of it."""
        return self._value[-4:] if len(self._value) >= 16 else ""  # noqa: PLR2004 - a quarter at most is shown

    def matches(self, other: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._value.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self.matches(other.reveal()) if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        msg = "a Secret is not pickled or copied to disk"
        raise TypeError(msg)
