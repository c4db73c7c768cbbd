"""Secrets of every kind, drawn by chance; their fixed parts are joined here, so that no file holds one whole."""

import base64
import random
from dataclasses import dataclass

HEX = "0123456789abcdef"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
ALNUM = UPPER + LOWER + DIGITS
BASE64 = ALNUM + "+/"
URL64 = ALNUM + "-_"
BASE32 = UPPER + "234567"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The same secrets for the same seed."""

    random: random.Random

    def of(self, alphabet: str, length: int) -> str:
        """Draw characters; a digit and a letter are among them where the alphabet has both."""
        while True:
            drawn = "".join(self.random.choice(alphabet) for _ in range(length))
            both = any(char.isdigit() for char in drawn) and any(char.isalpha() for char in drawn)
            if both or length < 4 or not (set(alphabet) & set(DIGITS) and set(alphabet) & set(LOWER + UPPER)):
                return drawn

    def password(self, length: int = 14) -> str:
        """As people make them: letters, digits, a mark within."""
        return self.of(ALNUM, length // 2) + self.random.choice("!@#%^*_-+") + self.of(ALNUM, length - length // 2 - 1)

    def pem(self, kind: str = "RSA ", *, lines: int = 12, join: str = "\n") -> str:
        """A private key in a block."""
        body = [self.of(BASE64, 64) for _ in range(lines)] + [self.of(BASE64, 22) + "=="]
        fence = "-" * 5
        return join.join([f"{fence}BEGIN {kind}PRIVATE KEY{fence}", *body, f"{fence}END {kind}PRIVATE KEY{fence}"])

    def jwt(self) -> str:
        """Two JSON objects and a signature."""
        parts = [b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"%d","iat":1716239022}' % self.random.randrange(10**9)]
        return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), self.of(URL64, 43)])

    def basic(self) -> str:
        """User and password in base 64."""
        return base64.b64encode(f"deploy:{self.password()}".encode()).decode()


def chance(seed: int = 7) -> Chance:
    """Begin anew."""
    return Chance(random=random.Random(seed))
