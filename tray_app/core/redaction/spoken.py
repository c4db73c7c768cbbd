"""Secrets as people tell each other: one-time codes, PINs, recovery codes, passwords that look like names."""

from tray_app.core.redaction.forms import Form, form
from tray_app.core.redaction.kinds import SecretKind

_IS = r"[\"'`]?[ ]{0,2}(?:是|为|is|was|are|were|[:：=→|]|[-=]>)[ ]{0,2}[:：]?[ ]{0,2}[\"'`“「【]?"
_NAME = r"(?i:password|passphrase|passwd|pwd|密码|口令|密碼)"
_TERM = r"(?i:\S{0,40}pass|base|sha|md5|bcrypt|argon|aes|rsa|utf|scrypt|pbkdf|https?:|v\d)"
_END = r"(?=[\"'`”」]?[,.;，。；]?(?:\s|$))"
_RUN = r"[A-Za-z0-9#@!$%^&*~_+-]"

SPOKEN: tuple[Form, ...] = (
    form(
        SecretKind.PASSWORD,
        "验证码 动态码 校验码 动态口令 otp verification¬code one-time¬code security¬code 2fa¬code login¬code",
        r"(?:验证码|动态码|校验码|动态口令|(?<![a-z])otp(?: code)?|(?:verification|one-time|security|2fa|login) code)"
        rf"{_IS}(?P<secret>\d{{4,8}})(?![\d.%]| ?[次个位条秒分天])",
        loose=True,
    ),
    # the code before its name, behind it without a word between, and marked as Google does
    form(
        SecretKind.PASSWORD,
        "verification¬code one-time¬code security¬code login¬code 2fa¬code one-time¬passcode",
        r"(?<![\w.#-])(?P<secret>\d{4,8})(?:[\"'`]? (?:is|as) (?:your|the|my|our)(?: [a-z]{2,20}){0,2}| ?[(（])"
        r" ?(?:(?:verification|one-time|security|login|2fa) (?:pass)?code)",
        loose=True,
        inner=60,
    ),
    form(
        SecretKind.PASSWORD,
        "验证码 动态码 校验码 动态口令 门禁密码 开门密码 解压密码 锁屏密码 支付密码 取款密码 银行卡密码 wifi密码 "
        "verification¬code",
        r"(?:验证码|动态码|校验码|动态口令|(?:门禁|开门|解压|锁屏|支付|取款|银行卡|wifi)密码|verification code)"
        rf"(?:{_IS}|[\"'`“「【]| )(?:g-)?(?P<secret>\d{{4,8}})(?![\d.%]| ?[次个位条秒分天年月])",
        loose=True,
    ),
    form(
        SecretKind.PASSWORD,
        "with¬pin using¬pin enter¬pin the¬pin your¬pin my¬pin",
        r"(?:with|using|enter|the|your|my) pin(?: code)? (?P<secret>\d{4,8})(?![\d.])",
        loose=True,
    ),
    form(
        SecretKind.PASSWORD,
        "recovery¬code backup¬code 恢复码 备用码",
        rf"(?:(?:recovery|backup) codes?|恢复码|备用码){_IS}"
        r"(?P<secret>(?=[a-z]{0,9}\d)(?=\d{0,9}[a-z])[a-z0-9]{8,12}"
        r"(?:[,，、; ]{1,2}(?=[a-z]{0,9}\d)(?=\d{0,9}[a-z])[a-z0-9]{8,12}){0,20})(?![a-z0-9.])",
        mixed=True,
        loose=True,
    ),
    form(
        SecretKind.PASSWORD,
        "wifi¬key wi-fi¬key wifi¬password wi-fi¬password",
        rf"(?:wi-?fi) (?:key|password){_IS}(?P<secret>(?=[^\s]{{0,60}}\d)[^\s\"'`”」<>]{{6,60}}[^\s\"'`”」<>.,;])",
        loose=True,
        mixed=True,
    ),
    form(
        SecretKind.PASSWORD,
        "pin",
        rf"(?<![a-z])(?<!version )pin(?:码| ?code)?(?: (?:for|of|to) [a-z][a-z' -]{{1,40}})?{_IS}"
        rf"(?P<secret>\d{{4,8}})(?![\d.])",
        loose=True,
    ),
    form(
        SecretKind.PASSWORD,
        "recovery¬code backup¬code 恢复码 备用码",
        rf"(?:(?:recovery|backup) codes?|恢复码|备用码){_IS}(?P<secret>[a-z0-9]{{4,8}}(?:-[a-z0-9]{{4,8}}){{1,5}}"
        r"(?:[,，、; ]{1,2}[a-z0-9]{4,8}(?:-[a-z0-9]{4,8}){1,5}){0,20})",
        mixed=True,
        loose=True,
    ),
    # `passphrase was correct-horse-41`, `passwd: qwe_RTY_456`, `password → Pk#2026#zz`
    form(
        SecretKind.PASSWORD,
        "password Password PASSWORD passphrase Passphrase passwd pwd 密码 口令 密碼",
        rf"{_NAME}[ ]{{0,2}}(?:was|is|→|->|[:：])[ ]{{1,2}}[\"'`“]?(?!{_TERM})(?P<secret>(?={_RUN}{{0,60}}[a-z])"
        rf"(?:(?={_RUN}{{0,60}}[-_#]){_RUN}{{6,60}}\d\d|(?={_RUN}{{0,60}}\d)(?={_RUN}{{0,60}}[#@!$%^&*])"
        rf"{_RUN}{{6,60}})){_END}",
        mixed=True,
        least=8,
    ),
    form(
        SecretKind.PASSWORD,
        "login¬is login: credentials¬are credentials: creds: sign¬in¬with log¬in¬with login¬with",
        r"(?:(?:login|credentials|creds)(?: is| are|:)|(?:sign|log) ?in with) [\w.@-]{1,40} / "
        rf"(?P<secret>(?={_RUN}{{0,60}}[A-Z])"
        rf"(?={_RUN}{{0,60}}\d){_RUN}{{6,60}}){_END}",
        mixed=True,
    ),
    # `passwd = abc_DEF_221`: no name in code has both cases, a low line and a figure at its end
    form(
        SecretKind.PASSWORD,
        "password Password PASSWORD passwd pwd",
        r"(?i:password|passwd|pwd) ?= ?"
        r"(?P<secret>(?=[A-Za-z0-9]{0,30}_)(?=[a-z0-9_]{0,40}[A-Z])(?=[A-Z0-9_]{0,40}[a-z])"
        r"\w{6,60}_\d{3,6})(?=[\s,;]|$)",
        mixed=True,
    ),
    # in another script
    form(
        SecretKind.PASSWORD,
        "пароль password 密码 口令",
        rf"(?:пароль|password|密码|口令){_IS}(?P<secret>(?=[^\s]{{0,60}}\d)(?=[^\s]{{0,60}}[\u0370-\u052f])"
        r"[\w!@#$%^&*.-]{6,60})",
        loose=True,
    ),
    form(
        SecretKind.API_KEY,
        "--from-literal",
        r"--from-literal[= ][\"']?[\w.-]{0,40}(?:key|token|secret|password|pass)=(?P<secret>[^\s\"'$<{]{6,200})",
        mixed=True,
    ),
)
