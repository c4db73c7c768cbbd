"""Webhooks and signing keys: found in what was pasted, refused with the reason, never repeated."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.words import said
from tray_app.channels.dingtalk.credentials import check
from tray_app.channels.dingtalk.pasted import read_pasted
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.credentials import host_of, read_keywords

TOKEN = "a1b2" * 16
URL = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
KEY = "SEC" + "c3d4" * 16


@pytest.mark.parametrize(
    "chunks",
    [
        (URL, KEY),
        (KEY, URL),
        (f"{URL}\n{KEY}",),
        (f"Webhook: {URL}, secret: {KEY}.",),
        (f"{KEY}{URL}",),
        (f"机器人地址：{URL}。加签密钥：{KEY}，请保密",),
        (f'DINGTALK_WEBHOOK="{URL}"', f"DINGTALK_SECRET='{KEY}'"),
        (f"\u200b\ufeff {URL}\u00a0\r\n", f"“{KEY}”"),
        (URL.replace("https://", "https://").replace("/", "／"), KEY),  # full-width slashes of a Chinese input method
        (URL.removeprefix("https://"), KEY),
        (f"see https://open.dingtalk.com/document/robots and use {URL}", f"sec{KEY[3:]}"),
        (f"<{URL}>", f"`{KEY}`"),
    ],
)
def test_a_pasted_pair_is_found_in_any_order_and_wrapping(chunks: tuple[str, ...]) -> None:
    found = read_pasted(*chunks)
    assert (found.webhook.reveal(), found.secret.reveal()) == (URL, KEY)


def test_keywords_on_their_own_line_are_found_too() -> None:
    assert read_pasted(f"{URL}\n关键词：构建、build, 发布 通知\n").keywords == ("构建", "build", "发布 通知")


def test_keywords_are_split_at_commas_of_either_width() -> None:
    assert read_keywords(" a, b，c ,, a") == ("a", "b", "c")


def test_nothing_found_is_empty() -> None:
    found = read_pasted("", "hello")
    assert not found.webhook
    assert not found.secret


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (URL, URL),
        (f"{URL}&timestamp=1700000000000&sign=abc%3D", URL),
        (f"https://OAPI.dingtalk.com:443/robot/send/?access_token={TOKEN}&x=1#top", f"{URL}&x=1"),
        (URL.replace(".com", ".io"), URL.replace(".com", ".io")),
        ("http://127.0.0.1:8080/hook?x=1", "http://127.0.0.1:8080/hook?x=1"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://localhost/robot/send", "https://localhost/robot/send"),
        (URL.replace("oapi.dingtalk.com", "ding.corp.cn"), URL.replace("oapi.dingtalk.com", "ding.corp.cn")),
    ],
)
def test_a_right_webhook_is_kept_without_time_and_signature(written: str, kept: str) -> None:
    expected = Credentials(webhook=Secret(kept), secret=Secret(KEY), keywords=("构建",))
    assert check(webhook=written, secret=KEY, keywords=["构建 "], extra_hosts=["Ding.corp.cn"]) == expected


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "no_webhook"),
        (KEY, "swapped"),
        (URL.replace("https", "http"), "not_https"),
        (URL.replace("https", "ftp"), "no_address"),
        ("file:///etc/passwd", "no_address"),
        ("https://[::1", "no_address"),
        ("https://oapi.dingtalk.com:99999/robot/send?access_token=x", "no_address"),
        (URL.replace("oapi", "me:pw@oapi"), "with_login"),
        (URL.replace("//oapi.dingtalk.com", "//oapi.dingtalk.com@evil.cn"), "with_login"),
        (URL.replace(".com", ".com.evil.cn"), "unknown_host"),
        (URL.replace(".com", ".com:8443"), "unknown_host"),
        (URL.replace("oapi", "xn--api-0qd"), "unknown_host"),
        (URL.replace("oapi", "оapi"), "odd_characters"),  # a Cyrillic о
        (URL.replace("//", "\\\\"), "odd_characters"),
        ("http://127.0.0.1.evil.cn/robot/send?access_token=x", "unknown_host"),
        ("http://127.1/robot/send?access_token=x", "unknown_host"),
        ("http://2130706433/robot/send?access_token=x", "unknown_host"),
        (URL.replace("/robot/send", "/robot/other"), "wrong_path"),
        (URL.replace("/robot/send", "/x/..%2Frobot/send"), "wrong_path"),
        (URL.replace("access_token", "token"), "no_token"),
        (f"{URL}&access_token={TOKEN}", "no_token"),
        (URL.replace(TOKEN, ""), "no_token"),
        (URL[:-10], "cut_token"),
    ],
)
def test_a_wrong_webhook_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        check(webhook=written)
    assert (caught.value.field, caught.value.reason.key) == ("webhook", f"credentials.{reason}")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (URL, "swapped"),
        (TOKEN, "no_secret"),
        (KEY[:-1], "cut_secret"),
        (KEY + "0", "cut_secret"),
        (KEY[:-1] + "z", "odd_characters_in_secret"),
        (f"{KEY[:30]} {KEY[31:]}", "odd_characters_in_secret"),
    ],
)
def test_a_wrong_signing_key_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        check(webhook=URL, secret=written)
    assert (caught.value.field, caught.value.reason.key) == ("secret", f"credentials.{reason}")


@pytest.mark.parametrize("keywords", [["x"] * 1 + [""], [str(n) for n in range(11)], ["k" * 101]])
def test_keywords_that_dingtalk_would_not_take_are_refused(keywords: list[str]) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        check(webhook=URL, keywords=keywords)
    assert caught.value.field == "keywords"


def test_only_dingtalks_own_hosts_are_strict_about_the_key() -> None:
    assert check(webhook="http://127.0.0.1:1/", secret="any-key").secret == Secret("any-key")


def test_the_host_may_be_shown() -> None:
    assert host_of(Secret(URL)) == "oapi.dingtalk.com"


_JUNK = st.text(max_size=30) | st.sampled_from([URL, KEY, TOKEN, "https://", "SEC", "：", "@", "//", "[", "%"])


@given(st.lists(_JUNK, max_size=6))
def test_whatever_is_pasted_never_breaks_the_reader(chunks: list[str]) -> None:
    found = read_pasted(*chunks)
    assert read_pasted(found.webhook.reveal()).webhook == found.webhook


@given(webhook=st.lists(_JUNK, max_size=4).map("".join), secret=st.lists(_JUNK, max_size=4).map("".join))
def test_a_refusal_never_repeats_token_or_key(webhook: str, secret: str) -> None:
    kept = _checked_or_refused(webhook, secret)
    if isinstance(kept, Credentials):
        assert _checked_or_refused(kept.webhook.reveal(), kept.secret.reveal()) == kept
        return
    words = "".join(said(part, language) for part in (kept.reason, kept.hint) for language in Language)
    words += f"{kept!r}{kept.__cause__!r}"
    assert TOKEN not in words
    assert KEY not in words
    assert "⟨" not in words


def _checked_or_refused(webhook: str, secret: str) -> Credentials | InvalidCredentials:
    try:
        return check(webhook=webhook, secret=secret, extra_hosts=["ding.corp.cn"])
    except InvalidCredentials as error:
        return error


@given(st.text(min_size=1, max_size=40))
def test_no_word_from_outside_makes_a_host_acceptable(host: str) -> None:
    url = f"https://{host}/robot/send?access_token={TOKEN}"
    try:
        kept = check(webhook=url)
    except InvalidCredentials:
        return
    name = host_of(kept.webhook).rpartition(":")[0] or host_of(kept.webhook)
    assert name.startswith(("127.", "[::1]", "localhost")) or host_of(kept.webhook).startswith("oapi.dingtalk.")


OTHER = URL.replace("a1b2", "e5f6")
OTHER_KEY = KEY.replace("c3d4", "9788")


@pytest.mark.parametrize(
    "pasted",
    [
        f"Webhook：{URL}，加签：{KEY}，关键词：部署",
        f"webhook:{URL},加签:{KEY},关键词:部署",
        f"关键词：部署；加签：{KEY}；Webhook：{URL}；",
        f"地址【{URL}】密钥（{KEY}）自定义关键词是部署",
        f"机器人地址{URL}加签{KEY}关键词：部署。",
        f"Webhook：{URL}？ 加签：{KEY}！关键字：“部署”",
        f"《{URL}》、{KEY}、关键词：部署",
        f"DINGTALK_WEBHOOK={URL}\nDINGTALK_SECRET={KEY}\nDINGTALK_KEYWORDS=部署",
        f"| webhook | {URL} |\n| 加签 | {KEY} |\n关键词：部署",
        json.dumps({"webhook": URL, "secret": KEY, "keywords": ["部署"]}, ensure_ascii=False),
        json.dumps({"keyword": "部署", "webhook": URL, "secret": KEY}, ensure_ascii=False).replace("/", "\\/"),
        json.dumps(f"{URL}\n{KEY}\n关键词：部署", ensure_ascii=False),
        json.dumps({"url": f"{URL}&timestamp=1&sign=a"}).replace("&", "\\u0026") + f" {KEY} 关键词：部署",
        f"{URL.replace('?', '？').replace('=', '＝')}，{KEY}，关键词：部署",
        f'<a href="{URL}&amp;timestamp=1">x</a> {KEY} 关键词: 部署',
        json.dumps({"关键词": "部署", "webhook": URL, "加签": KEY}),
        f"🔗{URL}👉{KEY}👉关键词：「部署」",
        f"webhook{URL}加签{KEY}（关键词：部署）",
        f"{URL}#{KEY}\n安全设置：自定义关键词 部署",
        f"«{URL}» «{KEY}» keyword is 部署",
        f"webhook\t{URL}\nsecret\t{KEY}\nkeyword\t部署",
        f"| webhook | {URL} |\n| 加签 | {KEY} |\n| 关键词 | 部署 |",
        f"<webhook>{URL}</webhook><secret>{KEY}</secret><keyword>部署</keyword>",
        f"{URL[:-20]}\n  {URL[-20:]}\n{KEY[:30]} \n{KEY[30:]}\n关键词：\n部署\n",
        f"{URL.replace(':', '%3A').replace('?', '%3F').replace('=', '%3D')} {KEY} 关键词：【部署】",
    ],
)
def test_all_three_are_found_in_what_people_paste(pasted: str) -> None:
    found = read_pasted(pasted)
    kept = check(webhook=found.webhook.reveal(), secret=found.secret.reveal(), keywords=found.keywords)
    assert kept == Credentials(webhook=Secret(URL), secret=Secret(KEY), keywords=("部署",))
    assert not found.choices


@pytest.mark.parametrize(
    "said", ['关键词："部署","告警 中"', "关键词：「部署」「告警 中」", '"keywords":["\\u90e8\\u7f72","告警 中"]']
)
def test_each_keyword_is_one_however_they_are_set_off(said: str) -> None:
    assert read_pasted(f"{URL}\n{said}").keywords == ("部署", "告警 中")


@pytest.mark.parametrize("said", ["关键词：无", "关键词：", "keywords: none", '"keywords": []'])
def test_no_keyword_is_none(said: str) -> None:
    assert read_pasted(f"{URL} {KEY}\n{said}").keywords == ()


def test_several_robots_are_choices_with_their_keys_where_there_are_as_many() -> None:
    def pairs(pasted: str) -> list[tuple[str, str]]:
        return [(one.webhook.reveal(), one.secret.reveal()) for one in read_pasted(pasted).choices]

    assert pairs(f"A：{URL}，{KEY}；B：{OTHER}，{OTHER_KEY}") == [(URL, KEY), (OTHER, OTHER_KEY)]
    assert pairs(f"{URL} {OTHER} {KEY}") == [(URL, ""), (OTHER, "")]
    assert pairs(f"{URL}&timestamp=1&sign=x and again {URL}") == []
    assert pairs(f"{URL} see https://open.dingtalk.com/document") == []


@pytest.mark.parametrize(
    ("pasted", "keywords"),
    [
        (f"webhook: {URL}\nsecret: {KEY}\nkeywords:\n  - 部署\n  - 告警\nper_minute: 18", ("部署", "告警")),
        (f"keyword is: deploy\n{URL} {KEY}", ("deploy",)),
        (f"dingtalk://dingtalkclient/page/link?url={quote(URL, safe='')}&pc_slide=false\n{KEY}", ()),
        (f"{URL.replace('?', '?' + chr(10))}\n{KEY}", ()),
        (f"{URL.replace('access_token=', 'access_token= ')}\n{KEY}", ()),
    ],
)
def test_lists_wrapped_lines_and_addresses_within_others_are_read(pasted: str, keywords: tuple[str, ...]) -> None:
    found = read_pasted(pasted)
    assert (found.webhook.reveal(), found.secret.reveal(), found.keywords) == (URL, KEY, keywords)
