"""What once went through: dots within values, Chinese ways to say it, flags, files of tools, columns, the next line."""

import pytest

from tests.core.redaction.corpus.made import ALNUM, BASE64, HEX, URL64, chance
from tray_app.core.redaction.redact import redact

_MADE = chance(23)
_DOTTED = f"{_MADE.of(ALNUM, 6)}.{_MADE.of(ALNUM, 6)}"
_LEET = "s3cr3t.v4lue" + _MADE.of("123456789", 1)
_DATED = "Winter.20" + _MADE.of("123456789", 2)
_BOT = ".".join(("MT" + _MADE.of(ALNUM, 24), _MADE.of(ALNUM, 6), _MADE.of(URL64, 38)))

_TEXTS = {
    "password: {}": (_DOTTED, _LEET, _DATED),
    "DB_PASSWORD={}": (_DOTTED, _LEET, _DATED),
    "bot token {} is live": (_BOT,),
    "密码是：{}": (_DOTTED, _LEET, _DATED),
    "密码就是 {}，别外传": (_DOTTED, _LEET),
    "密码已重置为：{}": (_DOTTED, _LEET, _DATED),
    "口令为：{}": (_DOTTED, _LEET, _DATED),
    "mysql -uroot -p{} app": (_DOTTED, _LEET, _DATED),
    "sshpass -p {} ssh root@h": (_DOTTED, _LEET, _DATED),
    "docker login -u li -p {} registry.example.net": (_DOTTED, _LEET, _DATED),
    "redis-cli -h h -a {} ping": (_DOTTED, _LEET, _DATED),
    "curl -u li:{} https://ci.example.net": (_DOTTED, _LEET, _DATED),
    "machine git.example.net login li password {}": (_DOTTED, _LEET, _DATED),
    "    client-key-data: {}": (_MADE.of(BASE64, 400),),
    "password:\n{}": (_DOTTED, _LEET, _DATED),
    "密码如下：\n\n```\n{}\n```": (_DOTTED, _LEET),
    "| user | password |\n|---|---|\n| li | {} |": (_DOTTED, _LEET, _DATED),
    "用户,密码\nli,{}": (_DOTTED, _LEET, _DATED),
    "//npm.example.net/:_auth={}": (_MADE.basic(),),
    "CREATE USER 'app' IDENTIFIED BY '{}';": (_DOTTED, _LEET, _DATED),
    "token: {}": (_MADE.of(HEX, 40),),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, value) for text, values in _TEXTS.items() for value in values],
    ids=lambda each: each[:24].replace("\n", "⏎"),
)
def test_the_value_goes_and_the_rest_stays(text: str, value: str) -> None:
    before, after = text.split("{}")
    done = redact(text.format(value), mask=lambda _kind: "【x hidden】").text
    assert done == f"{before}【x hidden】{after}"
