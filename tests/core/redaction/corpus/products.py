"""Spellings by the dozen: every name with every way to go on, with a secret and without one, in English and Chinese."""

from collections.abc import Iterator
from itertools import product

_PASSWORDS = (
    "password", "Password", "passwd", "pwd", "DB_PASSWORD", "db_password", "dbPassword", "root password",
)  # fmt: skip
_TOKENS = (
    "token", "API key", "api_key", "apiKey", "access_token", "SECRET_KEY", "client secret", "auth-token",
)  # fmt: skip
_PASSWORDS_ZH = (
    "密码", "登录密码", "数据库密码", "root 密码", "口令", "初始密码", "新密码", "WiFi密码",
)  # fmt: skip
_TOKENS_ZH = (
    "密钥", "访问令牌", "API 密钥", "AppSecret", "token", "签名密钥",
)  # fmt: skip
_SAID = (
    "{}: «»", "{}=«»", "{} = «»", '{}: "«»"', "{} = '«»'", "{} is «»", "the {} is `«»`", "- {}: `«»`", "**{}**: «»",
    "{}:⏎«»", "| {} | «» |", '"{}": "«»"', "{} -> «»", "{} => «»", "({}: «»)", "{}：«»",
    "new {}: «», please rotate",
)  # fmt: skip
_SAID_ZH = (
    "{}：«»", "{}是«»", "{}为：«»", "{}是：«»", "{}: «»", "{}=«»", "{}改成了«»", "{}已重置为 «»", "{}如下：⏎«»",
    "{}（«»）", "{}「«»」", "**{}**：`«»`", "{}→«»", "| {} | «» |", "服务器{}：«»，请勿外传", "{}就是 «»",
    "我的{}是«»",
)  # fmt: skip
_ALL = (
    "password", "Password", "passwd", "token", "Token", "access token", "secret", "API key", "credentials",
    "passphrase", "db_password", "PASSWORD", "secret key", "private key", "auth token", "bearer token",
    "session token", "api_key", "refresh_token", "client secret", "passcode",
)  # fmt: skip
_ALL_ZH = (
    "密码", "登录密码", "口令", "密钥", "令牌", "token", "API Key", "授权码", "私钥", "access_token", "数据库密码",
    "支付密码", "签名密钥", "访问令牌", "refresh_token", "root 密码", "初始密码", "secret", "用户密码", "password",
    "新密码",
)  # fmt: skip
_NOTHING = (
    "{}: required", "{}: optional (string)", "{}: see 1Password", "{}: ask li", "{}: <your-{}>", "{}: ********",
    "{}: null", "{}: true", "{}: string", "{} is required", "{} is missing", "{} is invalid or expired",
    "{} expired after 3600 seconds", "{} must have «n» characters", "{} was rotated on 2026-11-«d2»",
    "{} rotation every «n» days", "{} usage: «n3»,456", "{} updated in «n» files",
    "{} validation failed (code 40«n3»)", "{} stored in Vault under secret/data/«word»", "fix: {} parsing (#«n3»)",
    "test_{}_v2 passed in 0.«n3» s", "{} handling moved to auth_v2.py", "{}s: «n» active", "| {} | string | yes |",
    "| {} | «n» | 3.2% |", "- [x] {} reset (+«n» -12)", "add `{}` to the schema", "{} = None",
    '{} = os.environ["X"]', "{} = get_value()", "{}: ${X}", "{}: {{ x }}", "no {} was found in «n3» commits",
    "commit «hex9»: {} helper", "{} docs: https://example.net/docs/{}-v2", "{} check took «n» ms",
    "{}: «n3» ms (p95)", "is the {} right?", "where is the {} read from?", "{} (v2.«d».«n») released",
    "{}: [hidden]", "{}: N/A", "{}: -",
)  # fmt: skip
_NOTHING_ZH = (
    "{}：必填", "{}：见 1Password", "{}：请联系管理员", "{}：******", "{}：<请填写>", "{}：无", "{}：同上",
    "{}是必填项", "{}是什么？", "{}为空", "{}不正确", "{}已过期", "{}已重置", "{}已轮换（2026-11-«d2»）",
    "{}长度至少 «n» 位", "{}有效期 «n» 天", "{}错误（40«n3»）", "{}校验失败 «n» 次",
    "{}保存在 Vault（secret/data/«word»）", "{}修改页面已上线", "{}相关用例 «n» 个全部通过", "{}接口耗时 «n»ms",
    "修复{}校验问题（#«n3»）", "{}字段改为 varchar(128)", "{}用量：«n3»,456", "| {} | 必填 | 字符串 |",
    "| {} | «n» | 3.2% |", "- [x] {}功能（+«n» -12）", "提交 «hex9»：{}模块", "{}从环境变量读取",
    "{}由系统随机生成", "{}不会写入日志", "{}文档：https://example.net/docs/v2", "忘了{}怎么办",
    "{}共 «n» 个，已停用 3 个", "{}：{x}", "{}：«n3»456 次", "{}已通过短信发送", "{}和用户名不能为空",
    "{}规则：字母加数字，8-«n» 位", "没有发现{}泄露", "{}迁移到 KMS（v2）", "{}组件升级到 5.2«d».1",
    "{}由运维单独发送",
)  # fmt: skip


def leaked_products() -> Iterator[str]:
    """Every name with every way to tell its value."""
    for names, said, value in (
        (_PASSWORDS, _SAID, "«pw»"),
        (_TOKENS, _SAID, "«tok32»"),
        (_PASSWORDS_ZH, _SAID_ZH, "«pw»"),
        (_TOKENS_ZH, _SAID_ZH, "«tok32»"),
    ):
        yield from (way.replace("{}", name).replace("«»", value) for name, way in product(names, said))


def quiet_products() -> Iterator[str]:
    """Every name in every sentence that tells no value."""
    for names, said in ((_ALL, _NOTHING), (_ALL_ZH, _NOTHING_ZH)):
        yield from (way.replace("{}", name) for name, way in product(names, said))
