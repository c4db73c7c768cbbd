"""The owner's own words for notices: fields by name, a fault that is named, and built-in words in its place."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.catalogs import catalogs
from tests.support.settings import read
from tray_app.core.kernel.texts import Language
from tray_app.core.notices.sample import sample
from tray_app.core.settings.message_templates import FIELDS, MessageTemplate, MessageTemplates, faults
from tray_app.core.settings.notices import NoticeKind

ZH, EN = catalogs()[Language.ZH], catalogs()[Language.EN]
AT = datetime(2026, 11, 2, 9, 5, tzinfo=UTC)
BUILT_IN = MessageTemplate()


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_field_of_a_kind_is_filled_in(kind: NoticeKind) -> None:
    for name in FIELDS[kind]:
        words = MessageTemplate(title=f"<{{{name}}}>" if name != "body" else "x", body=f"<{{{name}}}>")
        assert faults(kind, words) == {}
        made = sample(kind, words, ZH, now=AT)
        assert "{" not in made.title + made.text
        assert made.text.startswith("<")
        assert not made.text.startswith("<>"), name


def test_own_words_stand_in_title_heading_and_body_and_the_signature_stays() -> None:
    titled = sample(NoticeKind.WAITING, MessageTemplate(title="值班：{project} 等待 {asks}"), ZH, now=AT)
    asked = "允许运行 kubectl rollout restart deploy/shop？"
    assert titled.title == f"值班：shop 等待 {asked}"
    assert titled.text.startswith(f"### 值班：shop 等待 {asked}\n\n**已等待：**")
    whole = sample(NoticeKind.SESSION_END, MessageTemplate(body="**{outcome}** {{ok}}\n\n{work}"), EN, now=AT)
    assert whole.title == "✅ shop: Refunds use Decimal now, 214 tests pass"
    first, *_, last = whole.text.split("\n\n")
    assert (first, last) == (
        "**Refunds use Decimal now, 214 tests pass** {ok}",
        "> — Ann · Agent · main · 09:05",
    )


@pytest.mark.parametrize(
    ("title", "body", "said"),
    [
        ("{projct}", "", {"title": "there is no field projct; did you mean project?"}),
        ("{0}", "{", {"title": "there is no field 0; known are:", "body": "braces do not pair; a field is {name}"}),
        ("{project!r}", "{project:>9}", {"title": "braces", "body": "braces"}),
        ("{project.cwd}", "{}", {"title": "there is no field project.cwd", "body": "braces"}),
        ("a\nb", "{asks}}", {"title": "a title is one line", "body": "braces"}),
    ],
)
def test_a_fault_is_named_and_the_built_in_words_are_sent(title: str, body: str, said: dict[str, str]) -> None:
    words = MessageTemplate(title=title, body=body)
    found = {part: EN(why) for part, why in faults(NoticeKind.WAITING, words).items()}
    assert found.keys() == said.keys()
    for part, begin in said.items():
        assert found[part].startswith(begin)
    assert sample(NoticeKind.WAITING, words, EN, now=AT) == sample(NoticeKind.WAITING, BUILT_IN, EN, now=AT)
    where = MessageTemplates(waiting=words).fault
    assert where is not None
    assert EN(where).startswith("templates.waiting.")


def test_the_file_takes_them_and_a_fault_in_one_is_no_fault_of_the_file() -> None:
    settings = read(
        tomllib.loads('[templates.waiting]\ntitle = "{project}"\nbody = """\na\n{nothing}"""\n[templates.failure]\n')
    )
    assert settings.templates.waiting == MessageTemplate(title="{project}", body="a\n{nothing}")
    assert settings.templates.fault is not None
    assert read({}).templates.fault is None


def test_a_field_cannot_make_markdown_of_its_own() -> None:
    made = sample(NoticeKind.WAITING, MessageTemplate(body="{asks}"), ZH, now=AT)
    assert made.text.startswith("允许运行 kubectl")
    words = replace(BUILT_IN, body="{project}")
    assert sample(NoticeKind.FAILURE, words, ZH, now=AT).text.startswith("shop\n")
