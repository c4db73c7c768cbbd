"""Who wrote a message is known by both ids or not at all."""

import pytest

from tray_app.core.messages.heard import HeardMessage


@pytest.mark.parametrize(
    ("corp_id", "staff_id", "sender"),
    [("corp1", "manager807", ("corp1", "manager807")), ("", "manager807", None), ("corp1", "", None), ("", "", None)],
)
def test_a_sender_is_a_person_in_a_company_or_nobody(corp_id: str, staff_id: str, sender: object) -> None:
    heard = HeardMessage(msg_id="m1", text="允许", corp_id=corp_id, staff_id=staff_id, nick="机主", single=True)

    assert heard.sender == sender
