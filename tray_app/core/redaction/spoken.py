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
        "login¬is login: credentials¬are credentials: creds:",
        rf"(?:login|credentials|creds)(?: is| are|:) [\w.@-]{{1,40}} / (?P<secret>(?={_RUN}{{0,60}}[A-Z])"
        rf"(?={_RUN}{{0,60}}\d){_RUN}{{6,60}}){_END}",
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
