"""What waits as it may leave the computer. Secrets are found in values before these are cut or escaped."""

from collections.abc import Callable
from dataclasses import replace

from tray_app.core.kernel.texts import Text
from tray_app.core.phone.waiting import Waiting


def without_secrets(waiting: Waiting, mask: Callable[[str], str]) -> Waiting:
    """Mask all that people read of it; the same where there was nothing to mask."""
    return replace(
        waiting,
        title=_masked(waiting.title, mask),
        details=tuple((label, mask(value)) for label, value in waiting.details),
        answers=tuple(replace(one, said=_masked(one.said, mask)) for one in waiting.answers),
    )


def _masked(what: Text, mask: Callable[[str], str]) -> Text:
    return Text(
        what.key,
        {
            name: _masked(arg, mask) if isinstance(arg, Text) else mask(arg) if isinstance(arg, str) else arg
            for name, arg in what.args.items()
        },
    )
