"""The app's words, from `assets/texts/*.toml`, and the language the owner's system speaks."""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tray_app.adapters.files.toml_text import MOST_BYTES, endless_key
from tray_app.assets import asset
from tray_app.core.kernel.texts import Catalog, Language, catalog_of
from tray_app.plain_files import read_plain

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in gettext's order


@cache
def catalog(language: Language) -> Catalog:
    """All texts in one language; the files are read once per process."""
    return catalog_of(language, {area: _area(area) for area in _names()})


def catalog_of_few(language: Language) -> Catalog:
    """The same for a command that says few of them: each file is read when the first of its texts is said."""
    return Catalog(language, _AsSaid(language))


def written_language(settings: Path) -> str:
    """Give the setting `language` of a file that is not read otherwise; `auto` where it does not say."""
    try:
        written = read_plain(settings, most=MOST_BYTES).decode("utf-8-sig")
        said = None if endless_key(written) else tomllib.loads(written).get("language")
    except (OSError, ValueError, RecursionError):
        return "auto"
    return said if isinstance(said, str) else "auto"


def language_of(setting: str, environ: Mapping[str, str]) -> Language:
    """Give the language of a setting (`auto`, `en`, `zh`); `auto` asks the environment, then the system."""
    return Language(setting) if setting in set(Language) else Language.from_locale(_locales(environ))


class _AsSaid(Mapping[str, str]):
    def __init__(self, language: Language) -> None:
        self._language = language

    def __getitem__(self, key: str) -> str:
        area, _, entry = key.partition(".")
        if area not in _names():  # nor is it made a path of
            raise KeyError(key)
        return _area(area)[entry][self._language]

    def __iter__(self) -> Iterator[str]:
        return (f"{area}.{entry}" for area in _names() for entry in _area(area))

    def __len__(self) -> int:
        return sum(len(_area(area)) for area in _names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in asset("texts").glob("*.toml")))


@cache
def _area(name: str) -> Mapping[str, Mapping[str, str]]:
    """Read one file: `{entry: {"en": …, "zh": …}}`."""
    return tomllib.loads((asset("texts") / f"{name}.toml").read_text("utf-8"))


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
