import itertools

import pytest

from tray_app.core.delivery.delivery import FINAL, STEPS, IllegalStep, Stage, step


@pytest.mark.parametrize(("from_", "to"), list(itertools.product(Stage, Stage)))
def test_only_the_steps_of_the_table_are_taken(from_: Stage, to: Stage) -> None:
    if (from_, to) in STEPS:
        assert step(from_, to) is to
    else:
        with pytest.raises(IllegalStep, match=f"{from_} to {to}"):
            step(from_, to)


def test_nothing_leads_out_of_an_end_and_every_other_stage_leads_to_one() -> None:
    assert {from_ for from_, _ in STEPS} == set(Stage) - FINAL
    for stage in set(Stage) - FINAL:
        assert {to for from_, to in STEPS if from_ is stage} & FINAL


def test_what_is_on_the_wire_cannot_be_taken_back_or_merged() -> None:
    ends = {Stage.SENT, Stage.PERHAPS, Stage.FAILED, Stage.QUEUED}
    assert {to for from_, to in STEPS if from_ is Stage.SENDING} == ends
