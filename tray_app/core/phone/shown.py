"""What waits as it may leave the computer. Secrets are found in values before these are cut or escaped."""

from collections.abc import Callable
from dataclasses import replace

from tray_app.core.kernel.texts import Text
from tray_app.core.phone.waiting import Hidden, Waiting
from tray_app.core.redaction.kinds import Masked, together
from tray_app.core.redaction.redact import Redacted


def without_secrets(waiting: Waiting, mask: Callable[[str], Redacted]) -> Waiting:
    """Mask all that people read of it; the same where there was nothing to mask."""
    title, in_title = text_without_secrets(waiting.title, mask)
    answers = [text_without_secrets(one.said, mask) for one in waiting.answers]
    details = [mask(value) for _label, value in waiting.details]
    return replace(
        waiting,
        title=title,
        details=tuple((label, done.text) for (label, _value), done in zip(waiting.details, details, strict=True)),
        answers=tuple(replace(one, said=said) for one, (said, _found) in zip(waiting.answers, answers, strict=True)),
        hidden=Hidden(
            title=in_title,
            answers=together(found for _said, found in answers),
            details=tuple(map(_found, details)) if any(done.found for done in details) else (),
        ),
    )


def text_without_secrets(what: Text, mask: Callable[[str], Redacted]) -> tuple[Text, Masked]:
    """Mask what people read of one text, and say what that was."""
    args, found = dict(what.args), list[Masked]()
    for name, arg in what.args.items():
        if isinstance(arg, Text):
            args[name], inner = text_without_secrets(arg, mask)
            found.append(inner)
        elif isinstance(arg, str):
            done = mask(arg)
            args[name] = done.text
            found.append(_found(done))
    return Text(what.key, args), together(found)


def _found(done: Redacted) -> Masked:
    return tuple((one.kind, one.count) for one in done.found)
