"""How values of the core are said in JSON, to programs and to commands."""

import dataclasses
from enum import Enum

from tray_app.core.texts import Catalog, Text


def plain(value: object, words: Catalog) -> object:
    """Turn values of the core into JSON: texts into words, enums into their values, dataclasses into objects."""
    match value:
        case Text():
            return words(value)
        case Enum():
            return value.value
        case dict():
            return {str(name): plain(entry, words) for name, entry in value.items()}
        case list() | tuple():
            return [plain(entry, words) for entry in value]
        case _ if dataclasses.is_dataclass(value):
            return {field.name: plain(getattr(value, field.name), words) for field in dataclasses.fields(value)}
        case _:
            return value
