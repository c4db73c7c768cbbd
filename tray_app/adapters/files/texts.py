"""The app's words, from `assets/texts/*.toml`, and the language the owner's system speaks."""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache

from tray_app.assets import asset
from tray_app.core.kernel.texts import Catalog, Language, catalog_of

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in gettext's order


@cache
def catalog(language: Language) -> Catalog:
    """All texts in one language; the files are read once per process."""
    return catalog_of(language, _areas())


def language_of(setting: str, environ: Mapping[str, str]) -> Language:
    """Give the language of a setting (`auto`, `en`, `zh`); `auto` asks the environment, then the system."""
    return Language(setting) if setting in set(Language) else Language.from_locale(_locales(environ))


@cache
def _areas() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """`{file name without .toml: {entry: {"en": …, "zh": …}}}`."""
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(asset("texts").glob("*.toml"))}


def _locales(environ: Mapping[str, str]) -> Iterator[str]:
    for variable in _VARIABLES:
        yield from environ.get(variable, "").split(":")  # LANGUAGE may list several
    yield _system_locale()


def _system_locale() -> str:
    """What Windows or macOS shows its menus in: an app started from a desktop there has no LANG."""
    try:
        if sys.platform == "win32":
            import ctypes
            import locale

            return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
        if sys.platform == "darwin":
            from Foundation import NSLocale  # with pystray, on a Mac only

            return str(NSLocale.preferredLanguages()[0])
    except Exception:  # noqa: BLE001 - a language is not worth a failed start
        return ""
    return ""
