"""What kinds of secret are told apart, and what was found of each in a text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.texts import Text, text


class SecretKind(StrEnum):
    """A kind of secret. Values are stable: database, receipts and masks within URLs show them."""

    PRIVATE_KEY = "private-key"
    AWS = "aws"
    GOOGLE = "google"
    AZURE = "azure"
    ALIBABA = "alibaba-cloud"
    TENCENT = "tencent-cloud"
    GITHUB = "github"
    GITLAB = "gitlab"
    NPM = "npm"
    PYPI = "pypi"
    SLACK = "slack"
    STRIPE = "stripe"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    HUGGING_FACE = "hugging-face"
    TELEGRAM = "telegram"
    DINGTALK = "dingtalk"
    CHAT_ROBOT = "chat-robot"  # webhooks of other chat services
    JWT = "jwt"
    AUTHORIZATION = "authorization"
    URL_PASSWORD = "url-password"  # noqa: S105 - names a kind
    PASSWORD = "password"  # noqa: S105 - names a kind
    API_KEY = "api-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How many secrets of one kind were found; never what they were. `kind` is a `SecretKind`'s value."""

    kind: str
    count: int


def findings(masked: Iterable[tuple[str, int]]) -> tuple[Finding, ...]:
    """Read what a row of the history says was masked in it."""
    return tuple(Finding(kind=kind, count=count) for kind, count in masked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a secret stands in a text."""

    start: int
    end: int
    kind: SecretKind


def name_of(kind: str) -> Text:
    """What people call this kind; one this version does not know is called a secret."""
    return text(f"redact.kind_{kind.replace('-', '_')}") if kind in set(SecretKind) else text("redact.kind_other")


def listed(found: Sequence[Finding]) -> Text:
    """Say kinds and counts in one line. `found` is not empty."""
    said = _one(found[0])
    for finding in found[1:]:
        said = text("redact.and", first=said, then=_one(finding))
    return said


def _one(finding: Finding) -> Text:
    return text("redact.count", kind=name_of(finding.kind), count=finding.count)
