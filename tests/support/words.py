"""What a text says in English or Chinese."""

from tray_app.adapters.files.texts import catalog
from tray_app.core.kernel.texts import Language, Text


def said(what: Text, language: Language = Language.EN) -> str:
    """The words a person would read."""
    return catalog(language)(what)
