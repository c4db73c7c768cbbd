"""One word for one thing: each term of the glossary in docs/architecture.md has one translation in all texts."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tray_app.core.policy.own_words import BUILT_IN

ROOT = Path(__file__).parents[2]
TEXTS = {
    f"{path.stem}.{entry}": said
    for path in sorted((ROOT / "assets/texts").glob("*.toml"))
    for entry, said in tomllib.loads(path.read_text("utf-8")).items()
}
ROW = re.compile(r"^\| ([a-z ,-]+) \| ([^|]+) \|", re.MULTILINE)

# an English word; the Chinese one; what else could be said for it, and is not
TERMS = [
    ("agent", "智能体", ("代理", "助手", "Agent", "编码智能体")),
    ("proxy", "代理", ("智能体", "代理人")),
    ("client", "客户端", ("用户端", "调用方")),
    ("robot", "机器人", ("机械人", "Bot")),
    ("route", "分发规则", ("路由", "转发规则")),
    ("session", "会话", ("对话框", "工作阶段")),
    ("policy", "策略", ("政策", "方针", "默认策略")),
    ("pause", "暂停", ("停用", "挂起")),
    ("approval", "批准", ("核准", "许可")),
    ("question", "提问", ("询问框", "疑问")),
    ("digest", "合并", ("汇总消息", "摘要")),
    ("history", "历史", ("历史记录", "消息记录", "日志记录")),
    ("report", "小结", ("会话报告", "总结", "开发协助")),
    ("notice", "通知", ("告示", "提示消息")),
    ("keyring", "密钥环", ("密钥链", "钥匙环")),
    ("redaction", "隐藏", ("打码", "遮盖", "脱敏", "敏感信息")),
    ("template", "模板", ("模版", "样板")),
    ("counter", "计数器", ("计数值",)),
]
NEVER = re.compile("你(?!好)|机主的规则|自述|帐号|贴士")  # whatever the English says
MAC = frozenset({"keyring.locked_hint_darwin", "keyring.error_hint_darwin", "pages.vault_help"})  # its own name


def _names(term: str) -> re.Pattern[str]:
    stem = {
        "policy": r"polic(?:y|ies)",
        "proxy": r"prox(?:y|ies)",
        "history": "history",
        "redaction": "hidden|masked",
    }.get(term, f"{term}s?")
    return re.compile(rf"(?<![\w.{{-]){stem}(?![\w}}-])", re.IGNORECASE)


@pytest.mark.parametrize(("term", "word", "others"), TERMS, ids=[term for term, _, _ in TERMS])
def test_a_term_has_one_translation(term: str, word: str, others: tuple[str, ...]) -> None:
    named = {key: said for key, said in TEXTS.items() if _names(term).search(said["en"])}
    wrong = {
        key: said["zh"]
        for key, said in named.items()
        if key not in MAC and any(other in said["zh"].replace(word, "") for other in others if other != word)
    }
    assert wrong == {}
    assert any(word in said["zh"] for said in named.values())


def test_an_agent_and_a_proxy_are_told_apart() -> None:
    agents = {key: said["zh"] for key, said in TEXTS.items() if "代理" in said["zh"] and "rox" not in key + said["en"]}
    surrogates = {key: zh for key, zh in agents.items() if "代理项" in zh}  # of UTF-16
    assert agents.keys() - surrogates.keys() == set()


def test_the_table_of_words_says_the_same() -> None:
    rows = {
        name.strip(): chinese
        for names, chinese in ROW.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
        for name in names.split(",")
    }
    words_of = {term: word for term, word, _ in TERMS}
    said = {term: rows[term] for term, _, _ in TERMS if term in rows}
    assert said.keys() == {term for term, _, _ in TERMS}
    assert {term: words for term, words in said.items() if words_of[term] not in words} == {}


def test_no_word_is_used_that_people_do_not_expect() -> None:
    assert {key: said["zh"] for key, said in TEXTS.items() if NEVER.search(said["zh"])} == {}


def test_the_reasons_of_the_built_in_policy_are_said_in_both_languages() -> None:
    found = re.findall(r'"reason": ("(?:[^"\\]|\\.)*")', (ROOT / "assets/policy/default.json").read_text("utf-8"))
    assert {json.loads(one) for one in found} == BUILT_IN.keys()
    assert all(re.search(r"[A-Za-z]{3}", TEXTS[one.key]["zh"]) is None for one in BUILT_IN.values())
