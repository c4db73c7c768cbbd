"""How long a snapshot stays true by itself."""

from typing import Any

import pytest

from tests.support.snapshots import MINUTE, NOON, refusal, robot, snapshot, tool
from tray_app.core.state.expiry import lasts_ms
from tray_app.core.state.snapshot import EndpointState, PolicyView

CALM = tool(used=0)


@pytest.mark.parametrize(
    ("changes", "lasts"),
    [
        ({}, None),
        ({"policy": PolicyView(tools=(CALM,))}, None),
        ({"policy": PolicyView(tools=(tool(),))}, 5_000),
        ({"policy": PolicyView(tools=(tool(window_ms=3_600_000),))}, 60_000),
        ({"policy": PolicyView(everything_until_ms=NOON + 9 * MINUTE)}, 60_000),
        ({"policy": PolicyView(everything_until_ms=NOON + 20_000)}, 20_000),
        ({"policy": PolicyView(everything_until_ms=NOON + 1)}, 1_000),
        ({"policy": PolicyView(everything_until_ms=NOON)}, None),
        ({"policy": PolicyView(last_refusal=refusal(frees_ms=NOON + 7_000))}, 7_000),
        ({"policy": PolicyView(last_refusal=refusal(frees_ms=None))}, None),
        ({"robots": (robot(minute_used=1),)}, 5_000),
        ({"robots": (robot(minute_used=1),), "endpoint": EndpointState.STOPPING}, None),
    ],
)
def test_it_lasts_until_the_first_thing_in_it_runs_out(changes: dict[str, Any], lasts: int | None) -> None:
    assert lasts_ms(snapshot(**{"robots": (robot(minute_used=0),), **changes})) == lasts
