"""Which messages were taken already: the service repeats one whose acknowledgement it did not get."""

from collections import OrderedDict

KEEP_MS = 600_000  # it repeats after a minute; ten are kept
_MOST = 10_000


class TakenIds:
    """Remembers ids in memory; whoever acts on messages keeps them on disk as well."""

    def __init__(self) -> None:
        self._at_ms: OrderedDict[str, int] = OrderedDict()

    def add(self, msg_id: str, *, now_ms: int) -> None:
        """Remember one, by a steady clock."""
        self._at_ms[msg_id] = now_ms
        self._at_ms.move_to_end(msg_id)
        while len(self._at_ms) > _MOST or now_ms - next(iter(self._at_ms.values())) > KEEP_MS:
            self._at_ms.popitem(last=False)

    def __contains__(self, msg_id: str) -> bool:
        return msg_id in self._at_ms
