"""Sessions that are done, as the phone is told of them; import `office` in a test file to have follow-ups wanted."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tests.support.phone_desk import ZH, PhoneDesk
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.kernel.texts import text
from tray_app.core.settings.settings import QuestionSettings

CODE = re.compile(r"\b(?=\w*\d)[2-9A-Z]{4}\b")


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000_000) as office:
        on = QuestionSettings(follow_ups=True)
        office.settings = replace(office.settings, questions=on)
        yield office


def codes(words: str) -> list[str]:
    return CODE.findall(words)


async def code_of(phone: PhoneDesk) -> str:
    [code] = codes(await phone.writes("继续"))
    return code


def word(entry: str, **args: str | int) -> str:
    return ZH(text(entry, **args))


def is_given(reply: str, named: str) -> bool:
    before, after = word("follow_ups.given", project="*").split("*")
    return reply.startswith(f"{before}{named}") and reply.endswith(after)
