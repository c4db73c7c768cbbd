"""Sentences as values: what to say is decided here, in which language only where it is shown.

A `Text` names an entry of `assets/texts/*.toml` (`<file>.<entry>`, each with `en` and `zh`) and carries its arguments.
It travels through the core, the database and the snapshot; a face turns it into words with a `Catalog`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import Self, TypeAlias


class Language(StrEnum):
    """A language every text of the app exists in."""

    EN = "en"
    ZH = "zh"

    @classmethod
    def from_locale(cls, names: Iterable[str]) -> Self:
        """Pick the language of the first locale name that says one (`zh_CN.UTF-8` -> ZH, `C` says nothing).

        Chinese needs to be asked for; everything else reads English.
        """
        for name in names:
            tag = name.strip().lower()
            if tag and tag.split(".")[0] not in {"c", "posix"}:
                return cls("zh" if tag.startswith("zh") else "en")
        return cls("en")


_OWN = "_for_owner"
TextArgument: TypeAlias = "str | int | Text"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence to be said later: `key` is `<file>.<entry>` of the catalogue; arguments may be texts themselves."""

    key: str
    args: Mapping[str, TextArgument] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Plain data for the database: `{"key": …, "args": {…}}`, nested texts the same way."""
        args = {name: value.to_json() if isinstance(value, Text) else value for name, value in self.args.items()}
        return {"key": self.key, "args": args}

    @classmethod
    def from_json(cls, data: object) -> "Text | None":
        """Read `to_json`'s form; anything else is None (an old or damaged row must not break the history)."""
        if not isinstance(data, dict) or not isinstance(data.get("key"), str):
            return None
        args = data.get("args")
        read: dict[str, TextArgument] = {}
        for name, value in (args if isinstance(args, dict) else {}).items():
            nested = cls.from_json(value)
            if nested is not None:
                read[str(name)] = nested
            elif isinstance(value, str | int):
                read[str(name)] = value
        return cls(str(data["key"]), read)


def text(key: str, /, **args: TextArgument) -> Text:
    """Shorthand for `Text(key, {…})`."""
    return Text(key, args)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All texts of the app in one language: `catalog(Text)` or `catalog("menu.quit")` gives the words.

    An unknown key shows itself (`⟨menu.quit⟩`), a missing argument stays `{name}`: a broken text breaks no face.
    """

    language: Language
    entries: Mapping[str, str]
    owner_reads: bool = False

    def for_owner(self) -> "Catalog":
        """Give the words as the owner reads them: an `x_for_owner` stands for `x`, which agents read."""
        return Catalog(self.language, self.entries, owner_reads=True)

    def __call__(self, what: Text | str, /, **args: TextArgument) -> str:
        """Say it in this language."""
        said = what if isinstance(what, Text) else Text(what, args)
        own = self.entries.get(said.key + _OWN) if self.owner_reads else None
        template = self.entries.get(said.key) if own is None else own
        if template is None:
            return f"⟨{said.key}⟩"
        words = {name: self(value) if isinstance(value, Text) else str(value) for name, value in said.args.items()}
        return "".join(
            literal + ("" if name is None else words.get(name, "{" + name + "}"))
            for literal, name, _spec, _conversion in Formatter().parse(template)
        )


def catalog_of(language: Language, areas: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Catalog:
    """Build one language's catalogue from `{file: {entry: {"en": …, "zh": …}}}`."""
    return Catalog(
        language,
        {f"{area}.{entry}": said[language] for area, entries in areas.items() for entry, said in entries.items()},
    )
