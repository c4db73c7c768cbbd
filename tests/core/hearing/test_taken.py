"""Which messages were taken is remembered for ten minutes, and of at most so many."""

from tray_app.core.hearing.taken import KEEP_MS, TakenIds


def test_an_id_is_known_for_ten_minutes() -> None:
    taken = TakenIds()
    taken.add("a", now_ms=0)
    taken.add("b", now_ms=KEEP_MS)
    assert "a" in taken

    taken.add("c", now_ms=KEEP_MS + 1)
    assert [name in taken for name in "abc"] == [False, True, True]


def test_a_flood_does_not_fill_the_memory() -> None:
    taken = TakenIds()
    for number in range(10_100):
        taken.add(str(number), now_ms=0)

    assert ["0" in taken, "100" in taken, "10099" in taken] == [False, True, True]
