"""A frame that is too long is shortened however it comes in, and every other byte stays where it was."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from tray_app.adapters.http.long_frames import LongFrames

MOST = 300
sizes = st.integers(0, 125) | st.sampled_from([125, 126, 127, 299, 300, 301, 302, 65_535, 65_536, 70_000])
data_frames = st.builds(
    Frame, st.sampled_from([Opcode.TEXT, Opcode.CONT, Opcode.BINARY]), sizes.map(bytes), st.booleans()
)
pings = st.builds(Frame, st.just(Opcode.PING), st.integers(0, 125).map(bytes))


@given(st.lists(data_frames | pings, max_size=6), st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_what_is_let_through_is_each_frame_with_no_more_than_one_byte_too_many(
    frames: list[Frame], steps: list[int]
) -> None:
    whole = b"".join(one.serialize(mask=False) for one in frames)
    cutter, out, at, turn = LongFrames(MOST), b"", 0, 0
    while at < len(whole):
        step = steps[turn % len(steps)]
        out += cutter.cut(whole[at : at + step])
        at, turn = at + step, turn + 1

    assert parsed(out) == [Frame(one.opcode, one.data[: MOST + 1], one.fin) for one in frames]


def parsed(data: bytes) -> list[Frame]:
    found = []
    while data:
        size, start = data[1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        found.append(Frame(Opcode(data[0] & 0x0F), data[start : start + size], bool(data[0] & 0x80)))
        assert len(found[-1].data) == size
        data = data[start + size :]
    return found


def test_a_frame_of_any_length_takes_no_more_memory_than_what_is_kept() -> None:
    cutter = LongFrames(MOST)
    out = cutter.cut(bytes((0x81, 127)) + (1 << 62).to_bytes(8))
    for _ in range(100):
        out += cutter.cut(b"x" * 65_536)

    assert parsed(out) == [Frame(Opcode.TEXT, b"x" * (MOST + 1))]


def test_one_that_is_masked_stays_one_for_the_reader_to_refuse() -> None:
    assert LongFrames(MOST).cut(bytes((0x81, 0xFF)) + (1_000).to_bytes(8))[1] & 0x80
