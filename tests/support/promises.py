"""Words that promise a person that a message is tried again: none of them may stand at one that is over."""

from tests.support.catalogs import catalogs
from tray_app.core.kernel.texts import Language, Text

_CATALOGS = catalogs()
_WORDS = {
    Language.EN: ("tried again", "retried", "goes out", "go out", "it waits", "messages wait", "by itself", "to do:"),
    Language.ZH: ("自动重试", "重试，", "稍后", "自动发送", "排队", "会保留", "会用", "会以", "继续发送"),
}


def promises(said: Text | None) -> list[str]:
    """Give what of it promises more tries, in both languages."""
    shown = {language: "" if said is None else catalog(said).lower() for language, catalog in _CATALOGS.items()}
    return [shown[language] for language, words in _WORDS.items() for word in words if word in shown[language]]
