"""Secrets as people tell each other: one-time codes, PINs, recovery codes, passwords that look like names."""

from tray_app.core.redaction.forms import FIGURE, Form, form
from tray_app.core.redaction.kinds import SecretKind

_IS = r"[\"'`]?[ ]{0,2}(?:是|为|is|was|are|were|[:：=→|]|[-=]>)[ ]{0,2}[:：]?[ ]{0,2}[\"'`“「【]?"
_NAME = r"(?i:password|passphrase|passwd|pwd|密码|口令|密碼)"
_TERM = r"(?i:\S{0,40}pass|base|sha|md5|bcrypt|argon|aes|rsa|utf|scrypt|pbkdf|https?:|v\d)"
_END = r"(?=[\"'`”」]?[,.;，。；]?(?:\s|$))"
_FREE = r"[^\s\"'`<>/，。；、）”」\u4e00-\u9fff]"
_NO_SUM = r"(?![0-9a-f]{7,40}(?![0-9a-z]))"
_RUN = r"[A-Za-z0-9#@!$%^&*~_+-]"
_OTHER_CODES = (
    "error|err|exit|status|zip|postal|area|country|return|result|response|http|reason|fault|product|project|source|sort"
    "|failed with|exited with|ended with|stopped with|crashed with|returned with|died with|exits with|fails with"
)
_CODE = rf"(?<![a-z_]){''.join(rf'(?<!{word}[ _-])' for word in _OTHER_CODES.split('|'))}(?:pass)?code"
_SIGN_IN = r"(?:sign|log)(?:ging|ing)?[ -]?(?:in|on|up)(?![a-z])|verify|unlock|authenticate"
_SIGN_IN += r"|(?:reset|confirm|access) your (?:account|password|identity|phone|e?-?mail)"
_HOW = (
    r"(?i:base\d|sha-?\d|md5|bcrypt|argon|aes-|rsa-|utf-?\d|utf8mb|scrypt|pbkdf|https?:|v\d{1,14}[._]"
    r"|(?:u?int|uuid|http|oauth)\d{1,3}(?![a-z0-9]))"
)

SPOKEN: tuple[Form, ...] = (
    form(
        SecretKind.PASSWORD,
        "验证码 动态码 校验码 动态口令 otp verification¬code one-time¬code security¬code 2fa¬code login¬code",
        r"(?:验证码|动态码|校验码|动态口令|(?<![a-z])otp(?: code)?|(?:verification|one-time|security|2fa|login) code)"
        rf"{_IS}(?P<secret>\d{{4,8}}(?:[,，、; ]{{1,2}}\d{{6,8}}){{0,20}})(?![\d.%]| ?[次个位条秒分天])",
        loose=True,
    ),
    # `Use code … to sign in`, `二次验证输入 …`
    form(
        SecretKind.PASSWORD,
        "use¬ enter¬ type¬ code¬ passcode¬",
        r"(?:(?P<told>(?<![a-z])(?:use|enter|type) (?:the |this |your )?(?:code|passcode|pin))"
        rf"|(?P<code>{_CODE}|(?<![a-z])with (?:the |this |your )?(?:passcode|pin))"
        r"|(?<![a-z])(?:use|enter|type|with))"
        r":? [\"'`*]{0,2}(?P<secret>\d{4,8})[\"'`*]{0,2},? (?:to|when you|for) "
        rf"(?:{_SIGN_IN}|(?(told)(?:sign|log|confirm|finish|complete|unlock|pair|access|reset|authenticate|your)"
        r"|(?(code)(?:sign|log|confirm|finish|complete|unlock|pair|access|reset|authenticate)|(?!))))",
        loose=True,
    ),
    form(
        SecretKind.PASSWORD,
        "二次验证 二步验证 两步验证 双重验证 登录验证 身份验证 短信验证 安全验证 动态验证",
        r"(?:[二两双][次步重]|登录|身份|短信|安全|动态)验证"
        r"(?=[^\n\d。；;]{0,9}(?:码|输入|填|是(?!否))|[:： ]{1,2}\d{6}(?!\d))"
        r"(?![^\n\d。；;]{0,10}(?:[错失返超耗接端状框#]|(?i:rfc|http|iso)))"
        r"[^\n\d。；;]{0,10}(?P<secret>\d{4,8})(?![\d.%]| ?(?:[次个位条秒分天年月毫人张端字]|ms|px))",
    ),
    # `Your Acme code: …`, `OTP …`
    form(
        SecretKind.PASSWORD,
        "your¬",
        rf"your (?:[\w.&'-]{{1,20}} ){{1,3}}{_CODE}(?: is|:| is:) ?[\"'`*]{{0,2}}(?P<secret>\d{{4,8}})(?!\w|[.%]\d|%)",
        loose=True,
    ),
    form(SecretKind.PASSWORD, "otp¬", r"(?<![a-z])otp (?P<secret>\d{6,8})(?![\w.%])", loose=True),
    form(
        SecretKind.PASSWORD,
        "验证码 临时密码 访问密码",
        rf"(?:验证码|临时密码|访问密码)(?:{_IS}| (?![a-z]+\d{{1,2}}(?![a-z0-9]))"
        rf"(?=[a-z]{{0,4}}\d{{1,4}}[a-z]{{1,4}}\d|[a-z0-9]{{6,8}}(?:[,，。;；、)）\n]|$)))"
        rf"(?!{_HOW})"
        r"(?P<secret>(?=[a-z]{0,7}\d)(?=\d{0,7}[a-z])[a-z0-9]{6,8})(?![\w.%-])",
        loose=True,
    ),
    # BitLocker's
    form(
        SecretKind.PASSWORD,
        "恢复密钥 recovery¬key bitlocker",
        r"(?:恢复密钥|recovery key|bitlocker)[^\n\d]{0,30}(?P<secret>\d{6}(?:-\d{6}){7})(?![\d-])",
        loose=True,
    ),
    # what opens a share, an archive, a door: short, and mostly four characters
    form(
        SecretKind.PASSWORD,
        "提取码 访问码 分享码 解压码 解压密码 取件码 门禁码 开门码 入会密码 会议密码 兑换码 卡密 激活码 邀请码 "
        "extraction¬code access¬code share¬code",
        r"(?:提取码|访问码|分享码|解压码|解压密码|取件码|门禁码|开门码|入会密码|会议密码|兑换码|卡密|激活码|邀请码"
        rf"|(?:extraction|access|share) code(?={_IS}[a-z-]{{0,12}}\d))"
        rf"(?:{_IS}| (?=[a-z-]{{0,12}}\d)"
        rf"|(?<=提取码|访问码|分享码|解压码) (?=[a-z]{{4}}(?: ?[,，。;；)）\n]| ?有效|$)))"
        rf"(?!{_HOW})(?P<secret>(?=[a-z-]{{0,12}}\d|[a-z]{{4}}(?![a-z]))[a-z0-9]{{4,8}}(?:-[a-z0-9]{{3,8}}){{0,6}}#?)"
        r"(?![\w.%=(+]|[-/]\d\d?(?!\d)| ?[次个位条秒分天年月张端人元字])",
        loose=True,
    ),
    # the code before its name, behind it without a word between, and marked as Google does
    form(
        SecretKind.PASSWORD,
        "verification¬code one-time¬code security¬code login¬code 2fa¬code one-time¬passcode",
        r"(?<![\w.#-])(?:g-)?(?P<secret>\d{4,8})"
        r"(?:[\"'`]?,? (?:is|as|[–—-] ?(?:that's|this is|is|as)?) ?(?:your|the|my|our)(?: [a-z]{2,20}){0,2}| ?[(（])"
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
    # a user and a password in a sentence: `Log in with li and …`, `u: admin p: …`, `WiFi: Office / …`
    form(
        SecretKind.PASSWORD,
        "in¬with¬ in¬as¬ in¬using¬ into¬",
        r"(?:log|logged|sign|signed|ssh|get|got)(?: ?in|ging in|ing in)?(?:to [^\s]{1,60})? "
        rf"(?:with|as|using) [^\s]{{1,60}},? (?:and|with|plus|/|\+) (?:the )?[\"'`“*]{{0,2}}"
        rf"(?P<secret>{_FREE}{{6,60}})",
        loose=True,
        striking=True,
        inner=12,
    ),
    form(
        SecretKind.PASSWORD,
        "u: user: usr: id:",
        rf"(?<![a-z])(?:u|usr|user|id): ?[^\s]{{1,60}}[\s,;/|]{{1,4}}(?:p|pw|pass): ?[\"'`]?"
        rf"(?!{FIGURE})(?P<secret>{_FREE}{{6,60}})",
        loose=True,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "wifi wi-fi ssid 热点 无线网",
        r"(?:wi-?fi|ssid|热点|无线网)[^\n:：/]{0,12}[:：是为 ]{1,2}(?!\d(?:\.\d)?g(?:hz)?[ /])[^\s/]{1,32}"
        r"[ ]{0,2}/[ ]{0,2}[\"'`]?"
        rf"(?P<secret>{_FREE}{{8,63}})",
        loose=True,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "login creds credentials account basic¬auth",
        r"(?:login|creds|credentials|account|basic auth) (?:for|to|of|on) [^\n:：/]{1,40}?(?: is| are|:|：) ?[\"'`]?"
        rf"[\w.@+-]{{1,40}}[\"'`]?(?::| ?/ ?)[\"'`]?(?P<secret>{_FREE}{{6,60}})",
        loose=True,
        striking=True,
    ),
    # `用 … 这个密码`, `密码试了 … 不对，换成 …`
    form(
        SecretKind.PASSWORD,
        "这个密码 这个口令 这串密码 为密码 的密码",
        rf"(?<![!-~])[\"'`“「]?(?P<secret>{_NO_SUM}{_FREE}{{6,60}}?)[\"'`”」]?[ ]?"
        r"(?:这[个串](?:新|旧|临时)?(?:密码|口令)|为密码)",
        inner=64,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "密码 口令",
        r"(?:密码|口令)(?:(?!加密|(?<!数据)库|脚本|算法)[^\n。；;:：=\u201c「`]){2,60}?"
        r"(?:换成了?|改成了?|改为|换为|更新为|设为|设成|重置为|试了)[ ]?"
        rf"[`\"'“「]?(?!{_HOW})(?P<secret>{_NO_SUM}{_FREE}{{6,60}})",
        striking=True,
    ),
    # a key of a wallet
    form(
        SecretKind.PRIVATE_KEY,
        "private¬key private_key privatekey 私钥",
        r"(?:private[ _]?key|私钥)[\"'`]?(?:[ ](?:is|was)|是|为)?[ ]{0,2}[:：=]?[ ]{0,2}[\"'`]?"
        r"(?P<secret>(?:0x)?[0-9a-f]{64})(?![0-9a-z])",
        loose=True,
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
