"""What the owner says that models cost: `[prices."glm-5.2"]` of `settings.toml`, found by any id of a model."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from tray_app.core.settings.values import number

_MOST_DOLLARS = 100_000
_MOST_FOUND = 1_000
_DOLLARS = number(0, _MOST_DOLLARS)
_WINDOW = re.compile(r"\[\w+\]$")  # `[1m]`: how a long context is asked for
_REGION = re.compile(r"^(?:[a-z]+(?:-[a-z]+)*\.)?anthropic\.")
_DATED = re.compile(r"(?:-v\d+)?(?:[-@](?:\d{8}|\d{4}-\d\d-\d\d|latest|default))?(?:-v\d+)?(?::[a-z0-9-]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """US dollars per million tokens.

    What is not said costs what is usual for models of Claude: writing the cache 1.25 times the input (for an hour: as
    much as for five minutes), reading it a tenth.
    """

    input: Annotated[float, _DOLLARS]
    output: Annotated[float, _DOLLARS]
    cache_write: Annotated[float | None, _DOLLARS] = None
    cache_write_1h: Annotated[float | None, _DOLLARS] = None
    cache_read: Annotated[float | None, _DOLLARS] = None


class OwnPrices:
    """The owner's prices by the names that they gave. Equal where these are; never changed."""

    __slots__ = ("_found", "named")

    def __init__(self, named: Mapping[str, ModelPrice] = MappingProxyType({})) -> None:
        """`named`: prices by name."""
        self.named = named
        self._found: dict[str, ModelPrice | None] = {}

    def __eq__(self, other: object) -> bool:
        """Whether the owner says the same."""
        return isinstance(other, OwnPrices) and self.named == other.named

    def __hash__(self) -> int:
        """By the names."""
        return hash(tuple(self.named))

    def of(self, model: str) -> ModelPrice | None:
        """The price of a model by its id; None: the owner says none.

        A name holds for the id with a provider before it, a region, a date, a variant or `[1m]` behind it; dots are
        hyphens, and letters small. The closest name wins; one with a provider holds for that provider alone.
        """
        if not self.named:
            return None
        if model not in self._found:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[model] = self._find(model)
        return self._found[model]

    def _find(self, model: str) -> ModelPrice | None:
        exact = {_plain(name): price for name, price in self.named.items()}
        known = {**{_WINDOW.sub("", name): price for name, price in exact.items()}, **exact}
        return next((known[_plain(form)] for form in _forms(model.strip().lower()) if _plain(form) in known), None)


NO_PRICES = OwnPrices()


def _plain(name: str) -> str:
    return name.strip().lower().replace(".", "-")


def _forms(name: str) -> Iterator[str]:
    """All that an id may stand for, the closest first."""
    short = _WINDOW.sub("", name)
    for whole in (name, short):
        provider, slash, rest = "", "/", whole
        while slash:
            yield rest
            provider, slash, rest = rest.partition("/")
        last = _REGION.sub("", provider)
        yield last
        yield _DATED.sub("", last)
