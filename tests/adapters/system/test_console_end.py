"""A console that is closed ends the app in order: Windows ends the process as soon as it was heard."""

import threading

import pytest

from tray_app.adapters.system.console_end import console_end

CTRL_C, CTRL_BREAK, CLOSE, LOGOFF, SHUTDOWN = 0, 1, 2, 5, 6


@pytest.mark.parametrize("event", [CTRL_C, CTRL_BREAK])
def test_ctrl_c_and_ctrl_break_ask_for_the_end_and_return(event: int) -> None:
    asked = threading.Event()
    with console_end(asked.set) as end:
        assert end.heard(event)
        assert asked.is_set()


@pytest.mark.parametrize("event", [CLOSE, LOGOFF, SHUTDOWN])
def test_a_closed_console_is_answered_once_all_is_closed(event: int) -> None:
    asked, order = threading.Event(), []
    with console_end(asked.set) as end:

        def windows() -> None:
            end.heard(event)
            order.append("Windows ends the process")

        thread = threading.Thread(target=windows)
        thread.start()
        assert asked.wait(20)
        order.append("all is closed")
    thread.join(20)
    assert order == ["all is closed", "Windows ends the process"]
