"""Which fields a strict DingTalk robot demands of each kind of message, and what the group sees of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

MOST_MENTIONS = 50

# kind -> (code of the object, {field: code}). Seen: 400202, 400401-400403, 400602; the others follow their pattern.
_DEMANDED: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "text": (400201, {"content": 400202}),
    "link": (400301, {"title": 400302, "text": 400303, "messageUrl": 400304}),
    "markdown": (400401, {"title": 400402, "text": 400403}),
    "actionCard": (400501, {"title": 400502, "text": 400503}),
    "feedCard": (400601, {}),
}
_MOBILE = re.compile(r"(?!00)\d+|\+(?!86-)\d{1,3}-\d+")  # how DingTalk knows numbers: at home, abroad
_IN_BROWSER = re.compile(r"dingtalk://dingtalkclient/page/link\?url=([^&>\s]+)&pc_slide=false")
_BUTTON = {"title": 400507, "actionURL": 400508}
_FEED_LINK = {"title": 400603, "messageURL": 400604, "picURL": 400605}


class FieldRefused(Exception):
    """The robot says no: DingTalk's code and words."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        """Keep both for the answer."""
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMessage:
    """One message as the group sees it. `mentions` holds only who is really called: listed, and named in the text."""

    kind: str
    title: str
    text: str
    mentions: tuple[str, ...]
    uuid: str
    at_ms: int

    def __str__(self) -> str:
        """Show it as a few readable lines; of a link that opens in the browser, the page."""
        called = ["called: " + " ".join(f"@{who}" for who in self.mentions)] if self.mentions else []
        lines = [f"[{self.kind}] {self.title}".rstrip(), *_IN_BROWSER.sub(_page, self.text).split("\n"), *called]
        return "\n    ".join(line.rstrip() for line in lines)


def _page(link: re.Match[str]) -> str:
    return unquote(link[1])


def checked(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the kind's own object. Raises FieldRefused: an unknown kind, a field missing, empty or no text."""
    kind = said.get("msgtype")
    if not isinstance(kind, str) or kind not in _DEMANDED:
        raise FieldRefused(400105, f"错误描述: 不支持类型 msgType:{kind} ;解决方案:请使用支持的类型;")
    code, fields = _DEMANDED[kind]
    content = said.get(kind)
    if not isinstance(content, dict):
        raise _missing(code, kind)
    _demand(content, fields, kind)
    if kind == "actionCard":
        _check_buttons(content)
    if kind == "feedCard":
        _demand_each(content.get("links"), _FEED_LINK, code=400602, path="feedCard --》 links")
    _check_mentions(said.get("at", {}))
    return content


def searched(kind: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the texts that must each hold a keyword: not a markdown title, but a card's title as well as its text."""
    match kind:
        case "text":
            return (content["content"],)
        case "actionCard":
            return (content["title"], content["text"])
        case "feedCard":
            return ("\n".join(link["title"] for link in content["links"]),)
        case _:
            return (content["text"],)


def seen(said: Mapping[str, Any], *, now_ms: int) -> SeenMessage:
    """Show a checked message as the group gets it."""
    kind = said["msgtype"]
    content = said[kind]
    text = content.get("content") or content.get("text", "")
    if kind == "feedCard":
        text = "\n".join(f"- {link['title']} <{link['messageURL']}>" for link in content["links"])
    elif kind == "link":
        text = f"{text}\n<{content['messageUrl']}>"
    elif kind == "actionCard":
        buttons = [(content["singleTitle"], content["singleURL"])] if "singleTitle" in content else []
        buttons = buttons or [(button["title"], button["actionURL"]) for button in content["btns"]]
        text = "\n".join([text, *(f"[{title}] <{url}>" for title, url in buttons)])
    return SeenMessage(
        kind=kind,
        title=content.get("title", ""),
        text=text,
        mentions=_called(said.get("at", {}), text),
        uuid=str(said.get("msgUuid", "")),
        at_ms=now_ms,
    )


def _called(at: Mapping[str, Any], text: str) -> tuple[str, ...]:
    """Whom DingTalk would call: a number in another form than its own is taken, and calls nobody."""
    listed = (*filter(_MOBILE.fullmatch, at.get("atMobiles", ())), *at.get("atUserIds", ()))
    everyone = ("all",) if at.get("isAtAll") else ()
    return (*everyone, *(who for who in listed if f"@{who}" in text))


def _check_buttons(card: Mapping[str, Any]) -> None:
    if card.get("btnOrientation", "0") not in {"0", "1"}:
        raise _missing(400506, "actionCard --》 btnOrientation")
    if "singleTitle" in card or "singleURL" in card:
        _demand(card, {"singleTitle": 400504, "singleURL": 400505}, "actionCard")
    else:
        _demand_each(card.get("btns"), _BUTTON, code=400506, path="actionCard --》 btns")


def _check_mentions(at: object) -> None:
    if not isinstance(at, dict):
        raise FieldRefused(40035, "不合法的参数 at")
    listed = [at.get("atMobiles", []), at.get("atUserIds", [])]
    if not all(isinstance(each, list) and all(isinstance(who, str) and who for who in each) for each in listed):
        raise FieldRefused(40035, "不合法的参数 at")
    if sum(len(each) for each in listed) > MOST_MENTIONS or not isinstance(at.get("isAtAll", False), bool):
        raise FieldRefused(40035, "不合法的参数 at")


def _demand(content: Mapping[str, Any], fields: Mapping[str, int], path: str) -> None:
    for name, code in fields.items():
        value = content.get(name)
        if not isinstance(value, str) or not value.strip():
            raise _missing(code, f"{path} --》 {name}")


def _demand_each(items: object, fields: Mapping[str, int], *, code: int, path: str) -> None:
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        raise _missing(code, path)
    for item in items:
        if not isinstance(item, dict):
            raise _missing(code, path)
        _demand(item, fields, path)


def _missing(code: int, path: str) -> FieldRefused:
    return FieldRefused(code, f"错误描述:参数 {path} 缺失，或者参数格式不正确; 解决方案:请填充上对应参数;")
