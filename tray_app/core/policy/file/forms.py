"""What a person pasted for a policy, told apart: a catalogue's pieces, Intercept's YAML, JSON as chats write it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import Any, TypeAlias

from tray_app.core.kernel.texts import Text, text

JsonObject: TypeAlias = dict[str, Any]


class PolicyForm(StrEnum):
    """Values are entries of `policy_import.toml`."""

    POLICY = "policy"  # as `policy.json` is
    TOOLS = "tools"  # a catalogue's map of tools, without the policy around it
    PAGES = "pages"  # several of these in one text
    INTERCEPT = "intercept"
    YAML = "yaml"  # a policy, written as YAML


class Repair(StrEnum):
    """What had to be mended before it could be read. Values are entries of `policy_import.toml`."""

    FENCE = "fence"
    COMMENTS = "comments"
    QUOTES = "quotes"
    SIGNS = "signs"  # full-width punctuation
    COMMAS = "commas"
    AROUND = "around"  # words, marks or braces around it


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedPolicy:
    """`documents` are plain data, one for each policy or piece of one in the text."""

    form: PolicyForm
    repairs: tuple[Repair, ...]
    documents: tuple[JsonObject, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it is a policy already, or one with nothing but a comma too many: its place says more then."""
        return self.form is PolicyForm.POLICY and set(self.repairs) <= {Repair.COMMAS}


PASTED = "policy_import.finding"
_KEYS = frozenset({"version", "default", "mode", "hide", "all_tools", "tools", "description", "$schema", "approvals"})
_RULE_KEYS = frozenset({"rules", "on_deny", "conditions", "approval_timeout", "state"})
_FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t\r]*$|\Z)", re.DOTALL | re.MULTILINE)
_COMMENT = r"//[^\n]*|\#[^\n]*|/\*.*?\*/"
_STRING = r'"(?:[^"\\\n]|\\.)*"'
_ODD = re.compile(
    rf"""(?P<string>{_STRING})
    | [“”„‟"'‘’«「＂](?P<quoted>(?:[^“”„‟"'‘’»」＂\n\\]|\\.)*)[“”"'‘’»」＂]
    | (?P<comment>{_COMMENT})
    | (?P<sign>[，：｛｝［］])
    | (?P<key>\b[A-Za-z_]\w*(?=\s*[:：]))
    | (?P<python>\b(?:True|False|None)\b)
    | (?P<space>[\u00a0\u3000\u200b\ufeff\u2028])""",
    re.DOTALL | re.VERBOSE,
)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)
_BEGINS = frozenset("{｛[\"“/'")
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_TABS = re.compile(r"^\t+", re.MULTILINE)
_SIGNS = str.maketrans("，：｛｝［］", ",:{}[]")


def recognise(source: str) -> PastedPolicy | None:
    """Say what a text is, and read it; None where it is nothing that is known."""
    bare = _without_marks(source)
    body, fenced = _unfenced(bare)
    repairs = [Repair.FENCE] if fenced else []
    around = bare != source
    is_json = body.lstrip("\ufeff \t\r\n\u00a0\u200b")[:1] in _BEGINS
    documents = () if is_json else _unwrapped(_yaml_documents(body))
    form = _form_of(documents, yaml=True)
    if form is None:
        part = body if is_json else body[body.find("{") : body.rfind("}") + 1]
        mended, more = _mended(part)
        read = _json_documents(mended)
        documents = _unwrapped(read)
        form = _form_of(documents, yaml=False)
        repairs += more
        around = around or part != body or read != documents or mended.startswith("[")
    return None if form is None else PastedPolicy(form=form, repairs=_all(repairs, around=around), documents=documents)


def _all(repairs: list[Repair], *, around: bool) -> tuple[Repair, ...]:
    return (*repairs, *([Repair.AROUND] if around else []))


def _without_marks(source: str) -> str:
    """Take off what web pages and mails write: `&quot;` for quotes, `>` before each line."""
    text = unescape(source) if "&quot;" in source else source
    lines = text.splitlines()
    if lines and all(line.startswith(">") for line in lines if line.strip()):
        text = "\n".join(line[1:].removeprefix(" ") for line in lines)
    return text


def _unwrapped(documents: tuple[JsonObject, ...]) -> tuple[JsonObject, ...]:
    """Give what stands under the one key of the only document (`policy: …`), where that is a policy."""
    inner = next(iter(documents[0].values())) if len(documents) == 1 and len(documents[0]) == 1 else None
    return (inner,) if isinstance(inner, dict) and {"tools", "version"} & inner.keys() else documents


def paste_words(source: str) -> Text | None:
    """Say what a text is that cannot be used as it stands, and that it can be translated; None where it cannot."""
    found = recognise(source)
    return None if found is None or found.is_plain else text(PASTED, what=described(found))


def described(pasted: PastedPolicy) -> Text:
    """Say what it is, and what had to be mended."""
    what = text(f"policy_import.form_{pasted.form}")
    for repair in pasted.repairs:
        what = text("policy_import.with", what=what, more=text(f"policy_import.repair_{repair}"))
    return what


def is_rules(entry: object) -> bool:
    """Whether a tool's entry is written as Intercept does."""
    if not isinstance(entry, Mapping):
        return False
    return bool(_RULE_KEYS & entry.keys()) or isinstance(entry.get("rate_limit"), str)


def is_tools(document: Mapping[str, Any]) -> bool:
    """Whether it is a bare map of tools."""
    return bool(document) and not _KEYS & document.keys() and all(isinstance(each, dict) for each in document.values())


def _form_of(documents: Sequence[JsonObject], *, yaml: bool) -> PolicyForm | None:
    bare = [is_tools(document) for document in documents]
    whole = [bool({"tools", "version", "default", "hide", "all_tools"} & document.keys()) for document in documents]
    if not documents or not all(one or other for one, other in zip(bare, whole, strict=True)):
        return None
    if any(is_rules(entry) for document in documents for entry in tools_of(document).values()) or any(
        "approvals" in document for document in documents
    ):
        return PolicyForm.INTERCEPT
    if len(documents) > 1:
        return PolicyForm.PAGES
    if bare[0] or "version" not in documents[0]:
        return PolicyForm.TOOLS
    return PolicyForm.YAML if yaml else PolicyForm.POLICY


def tools_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the tools of a policy, or of a bare map."""
    found = document if is_tools(document) else document.get("tools")
    return found if isinstance(found, Mapping) else {}


def _unfenced(source: str) -> tuple[str, bool]:
    blocks = [found[2] for found in _FENCE.finditer(source)]
    return ("\n".join(blocks), True) if blocks else (source, False)


def _mended(body: str) -> tuple[str, list[Repair]]:
    """Write it as JSON: nothing inside of a text in straight quotes is touched."""
    found: list[Repair] = []

    def mend(odd: re.Match[str]) -> str:
        if odd["string"] is not None:
            return odd["string"]
        if odd["quoted"] is not None:
            found.append(Repair.QUOTES)
            return '"' + odd["quoted"].replace("\\'", "'") + '"'
        if odd["comment"] is not None:
            found.append(Repair.COMMENTS)
            return " "
        if odd["key"] is not None:
            found.append(Repair.QUOTES)
            return f'"{odd["key"]}"'
        if odd["python"] is not None:
            found.append(Repair.QUOTES)
            return _PYTHON[odd["python"]]
        if odd["sign"] is not None:
            found.append(Repair.SIGNS)
            return odd["sign"].translate(_SIGNS)
        return " "

    text = _ODD.sub(mend, body).strip()
    clean = _LAST_COMMA.sub(lambda one: one[1] or "", text).removesuffix(",").rstrip()
    if clean != text:
        found.append(Repair.COMMAS)
    if clean.startswith('"'):
        clean = f"{{{clean}}}"  # members without the braces around them
    return clean, [repair for repair in Repair if repair in found]


class _Twice(ValueError):
    """A key stands twice: which one counts is nobody's guess."""


def _once(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _json_documents(text: str) -> tuple[JsonObject, ...]:
    decoder, found, at = json.JSONDecoder(object_pairs_hook=_once), list[JsonObject](), 0
    try:
        while at < len(text):
            document, at = decoder.raw_decode(text, at)
            each = document if isinstance(document, list) else [document]
            if not all(isinstance(one, dict) for one in each):
                return ()
            found += each
            at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,;-"))
    except (ValueError, RecursionError):
        return ()
    return tuple(found)


def _yaml_documents(body: str) -> tuple[JsonObject, ...]:
    from tray_app.core.policy.file.yaml_text import NotPlain, documents

    try:
        found = documents(_TABS.sub(lambda tabs: "  " * len(tabs[0]), body))
    except NotPlain:
        return ()
    return (
        tuple(each for each in found if isinstance(each, dict)) if all(isinstance(each, dict) for each in found) else ()
    )
