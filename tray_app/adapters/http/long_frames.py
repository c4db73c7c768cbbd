"""Shortens what is too long to be kept, before anybody keeps it: a WebSocket frame from a server, by its own length.

A reader of frames ends the connection at one that is too long for it, and whoever sent that sends it again.
"""

_SHORT, _LONG = 126, 127  # the length stands in the next 2 bytes, or 8
_LENGTH, _MASKED = 0x7F, 0x80  # a server's frames are not masked: the frames' reader refuses one that says so
_CONTROL = 0x08


class LongFrames:
    """Give what was read to `cut()`, in order, and the frames' reader what it returns.

    Of a data frame with more than `most_bytes` its first `most_bytes` and one come through, as if they were all of it:
    so its length still says that it was too long.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._head = b""
        self._through = 0  # bytes of this frame that still come through, and then those that do not
        self._dropped = 0

    def cut(self, data: bytes) -> bytes:
        """Let through what may be kept."""
        out = bytearray()
        while data:
            if not self._through and not self._dropped:
                data = self._begin(data, out)
                continue
            out += data[: self._through]
            data, taken = data[self._through :], min(len(data), self._through)
            self._through -= taken
            gone = min(len(data), self._dropped)
            if not self._through:
                data, self._dropped = data[gone:], self._dropped - gone
        return bytes(out)

    def _begin(self, data: bytes, out: bytearray) -> bytes:
        """Read a frame's first bytes, as soon as they are all there; returns what is left."""
        head = self._head + data
        size = _head_size(head)
        if len(head) < size:
            self._head = head
            return b""
        self._head = b""
        length = _length(head[:size])
        if length <= self._most_bytes or head[0] & _CONTROL:
            out += head[:size]
            self._through = length
        else:
            self._through = self._most_bytes + 1
            self._dropped = length - self._through
            out += bytes((head[0], head[1] & _MASKED | _LONG)) + self._through.to_bytes(8)
        return head[size:]


def _head_size(head: bytes) -> int:
    if len(head) < 2:  # noqa: PLR2004 - the least that a frame has
        return 2
    return {_SHORT: 4, _LONG: 10}.get(head[1] & _LENGTH, 2)


def _length(head: bytes) -> int:
    return int.from_bytes(head[2:]) if len(head) > 2 else head[1] & _LENGTH  # noqa: PLR2004 - without a longer length
