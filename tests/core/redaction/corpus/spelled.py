"""The ways in which people and agents write secrets, and texts that only look so: some 1 300 spellings of each.

`spellings/leaks_*.txt` and `quiet_*.txt` hold one spelling a line, in sections by kind; values are drawn by chance.
Which half a spelling is in (tuned or unseen) is decided by a hash of it: rules are made by looking at what fails in the
tuned half, and of the unseen half only the rate is looked at.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.core.redaction.corpus.made import chance
from tests.core.redaction.corpus.products import leaked_products, quiet_products
from tests.core.redaction.corpus.values import drawn

_FOLDER = Path(__file__).parent / "spellings"
_VALUE = re.compile("«([^»]*)»")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_DRAWS = 2  # texts of each spelling, with values of different makes
_END = 5  # so many characters of a secret's begin or end must not be left


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A text with the values that were drawn for it. `spelled` is the line of the file, `kind` its file and section."""

    kind: str
    spelled: str
    text: str
    secrets: tuple[str, ...]

    @property
    def unseen(self) -> bool:
        """Whether nobody looked at it while the rules were made; those in `*_more.txt` were thought of at that time."""
        return not self.kind.startswith("more/") and hashlib.sha256(self.spelled.encode()).digest()[0] % 2 == 1

    @property
    def language(self) -> str:
        """`zh` where a Chinese character stands in it."""
        return "zh" if _CHINESE.search(self.spelled) else "en"

    def shows_in(self, text: str) -> bool:
        """Whether a secret, or the begin or the end of one, can be read in this text."""
        around = _VALUE.sub("", self.spelled)
        pieces = {piece for secret in self.secrets for piece in (secret, secret[:_END], secret[-_END:])}
        return any(piece in text for piece in pieces if piece not in around)


@cache
def leaked() -> tuple[Spelling, ...]:
    """Texts with a secret in each."""
    return tuple(_spellings("leaks_*.txt", leaked_products()))


@cache
def quiet() -> tuple[Spelling, ...]:
    """Texts without any."""
    return tuple(_spellings("quiet_*.txt", quiet_products()))


def _spellings(files: str, products: Iterable[str]) -> Iterator[Spelling]:
    known: set[str] = set()
    for line in dict.fromkeys(products):
        known.add(line)
        yield from (_filled(line, kind="names and ways", number=number) for number in range(_DRAWS))
    for file in sorted(_FOLDER.glob(files)):
        kind = ""
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("[") and line.endswith("]") and re.fullmatch("[a-z-]+", line[1:-1]):
                kind = f"{file.stem.partition('_')[2]}/{line[1:-1]}"
            elif line and line not in known and not line.startswith("# One spelling"):
                known.add(line)
                for number in range(_DRAWS):
                    yield _filled(line, kind=kind, number=number)


def _filled(spelled: str, *, kind: str, number: int) -> Spelling:
    made = chance(int.from_bytes(hashlib.sha256(f"{number}{spelled}".encode()).digest()[:8]))
    secrets: list[str] = []

    def fill(found: re.Match[str]) -> str:
        value, secret = drawn(found[1], made)
        if secret:
            secrets.append(value)
        return value

    text = _VALUE.sub(fill, spelled.replace("⏎", "\n").replace("⇥", "\t"))
    return Spelling(kind=kind, spelled=spelled, text=text, secrets=tuple(secrets))
