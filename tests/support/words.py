"""What a text says in English or Chinese."""

from tray_app.adapters.texts_file import catalog
from tray_app.core.texts import Language, Text


def said(what: Text, language: Language = Language.EN) -> str:
    """The words a person would read."""
    return catalog(language)(what)
