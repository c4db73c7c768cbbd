"""What the client's own words mean: those seen, and that another word means nothing."""

import pytest

from tray_app.core.claude_code.words import asks_of, failure_of, is_scripted, is_switch, state_of
from tray_app.core.sessions.session import Asks, SessionState


@pytest.mark.parametrize(
    ("word", "asks"),
    [
        ("permission_prompt", Asks.PERMISSION),
        ("permission prompt", Asks.PERMISSION),
        ("elicitation_dialog", Asks.INPUT),
        ("agent_needs_input", Asks.INPUT),
        ("input needed", Asks.INPUT),
        ("dialog open", None),
        ("of a later version", None),
        ("", None),
    ],
)
def test_what_the_person_is_asked(word: str, asks: Asks | None) -> None:
    assert asks_of(word) is asks


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("busy", SessionState.WORKING),
        ("idle", SessionState.IDLE),
        ("waiting", SessionState.WAITING),
        ("of a later version", None),
        ("", None),
    ],
)
def test_what_a_client_does(status: str, state: SessionState | None) -> None:
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("error", "said", "why"),
    [
        ("server_error", "API Error: 529 Overloaded", "overloaded"),
        ("server_error", "API Error: Repeated 529 Overloaded", "overloaded"),
        ("server_error", "API Error: 5290", "server_error"),
        ("server_error", "It said: API Error: 529", "server_error"),
        ("rate_limit", "API Error: 529", "rate_limit"),
    ],
)
def test_an_overloaded_service_is_told_by_the_clients_last_words(error: str, said: str, why: str) -> None:
    assert failure_of(error, said) == why


@pytest.mark.parametrize(
    ("entrypoint", "scripted"),
    [
        ("sdk-cli", True),
        ("sdk-ts", True),
        ("sdk-py", True),
        ("claude-code-github-action", True),
        ("mcp", True),
        ("cli", False),
        ("claude-vscode", False),
        ("claude-desktop", False),
        ("remote", False),
        ("", False),
    ],
)
def test_whether_a_program_runs_it(entrypoint: str, scripted: bool) -> None:
    assert is_scripted(entrypoint) is scripted


def test_clear_and_resume_leave_a_session_for_another() -> None:
    words = ("clear", "resume", "logout", "prompt_input_exit", "other", "")
    assert [is_switch(word) for word in words] == [True, True, False, False, False, False]
