"""The digest: which of the waiting messages become one, and the delivery they become."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.delivery.digest import MIN_ROWS, MOST_ROWS, DigestCandidate, merge
from tray_app.core.kernel.texts import Catalog
from tray_app.core.messages.channel import MessageRules
from tray_app.core.messages.message import title_of
from tray_app.core.policy.audit import DecisionKind

_ALONE = frozenset({Source.DIGEST, Source.QUESTION, Source.REPLY})


def mergeable(rows: Sequence[Delivery], *, age_ms: Callable[[int], int], older_ms: int) -> Sequence[Delivery]:
    """Pick from a robot's waiting rows those that waited for `older_ms`; empty where too few did.

    `age_ms` says how long ago the wall clock showed a time.

    A row that was tried already may have arrived, and a digest is not recognised by its id: it goes alone. So does what
    was once in a digest that was refused, what the owner approved as it is, a question, an answer, and a digest itself.
    """
    picked = [
        row
        for row in rows
        if age_ms(row.created_ms) >= older_ms
        and row.attempts == 0
        and row.lost_ms is None
        and row.digest_id is None
        and row.decision != DecisionKind.ASK
        and row.message is not None
        and row.origin.source not in _ALONE
    ][:MOST_ROWS]
    return picked if len(picked) >= MIN_ROWS else []


def digest_of(
    rows: Sequence[Delivery], *, digest_id: str, now_ms: int, catalog: Catalog, rules: MessageRules
) -> Delivery:
    """Build the delivery that says what `rows` (oldest first, all of one robot) were to say."""
    waiting = [
        DigestCandidate(
            at=_clock_time(row.created_ms, now_ms=now_ms),
            title=row.title,
            message=row.message,
            project=row.origin.project,
        )
        for row in rows
        if row.message is not None
    ]
    message = merge(waiting, catalog=catalog, rules=rules)
    return Delivery(
        id=digest_id,
        group_id=digest_id,
        stage=Stage.QUEUED,
        robot=rows[0].robot,
        origin=Origin(source=Source.DIGEST, tool="digest"),
        title=title_of(message),
        message=message,
        created_ms=now_ms,
        updated_ms=now_ms,
        due_ms=now_ms,
    )


def _clock_time(ms: int, *, now_ms: int) -> str:
    """The time of day; the day too, where it is another."""
    at, now = (datetime.fromtimestamp(each / 1000).astimezone() for each in (ms, now_ms))
    return at.strftime("%H:%M" if at.date() == now.date() else "%m-%d %H:%M")
