"""Tokens that are known by their form: prefix, alphabet, length, as their makers document them.

A pattern is tried only where one of its `needles` stands, which is where it begins; so texts without them cost a search
for fixed characters. What follows is bounded, or kept linear by a look-behind that lets each run of token characters be
entered at its beginning only. A group `secret` is what is masked; without one it is the whole match.
"""

import re
from dataclasses import dataclass, field

from tray_app.core.redaction.kinds import SecretKind

_START = r"(?<![A-Za-z0-9_-])"
_RUN = r"[A-Za-z0-9_-]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of one kind. `mixed`: only where a digit and a letter stand in it (names made of words do not).

    `loose`: needles and pattern are lower-case and meet the text in lower case. `inner`: so many characters
    may stand before the needle.
    """

    kind: SecretKind
    needles: tuple[str, ...]
    pattern: re.Pattern[str] = field(repr=False)
    mixed: bool = False
    loose: bool = False
    inner: int = 0


def _form(
    kind: SecretKind, needles: str, pattern: str, *, mixed: bool = False, loose: bool = False, inner: int = 0
) -> Form:
    """`needles` are separated by blanks."""
    words = tuple(needles.split())
    return Form(kind=kind, needles=words, pattern=re.compile(pattern), mixed=mixed, loose=loose, inner=inner)


FORMS: tuple[Form, ...] = (
    # AWS, IAM guide, "Unique identifiers": AKIA, ASIA (temporary), ABIA, ACCA and 16 of base 32; the secret has 40 of
    # base 64 and is known only by what it stands beside
    _form(SecretKind.AWS, "AKIA ASIA ABIA ACCA", r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])"),
    _form(
        SecretKind.AWS,
        "AKIA ASIA",
        r"(?<![A-Z0-9])A[KS]IA[A-Z2-7]{16}(?:[^\w\n]{1,12}(?:secret)?|\s{1,4}|\s{0,4}/\s{0,4})"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
        mixed=True,
    ),
    # Google Cloud, "API keys" (AIza and 35), "Client secrets" (GOCSPX-), "Access tokens" (ya29.)
    _form(SecretKind.GOOGLE, "AIza", r"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}"),
    _form(SecretKind.GOOGLE, "GOCSPX-", _START + r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    _form(SecretKind.GOOGLE, "ya29.", _START + r"ya29\.[A-Za-z0-9_.-]{20,}"),
    # Azure Storage, "Configure connection strings" (88 of base 64) and "Service SAS" (sig); Entra ID client secrets
    # (three, a digit, "Q~", 31 to 34), as Microsoft Purview's sensitive information types give them
    _form(
        SecretKind.AZURE,
        "accountkey= sharedaccesskey=",
        r"(?:accountkey|sharedaccesskey)=(?P<secret>[a-z0-9+/]{40,90}={0,2})",
        loose=True,
    ),
    _form(
        SecretKind.AZURE,
        "sig=",
        r"(?<=[?&;])sig=(?P<secret>(?:[A-Za-z0-9+/_-]|%[0-9A-Fa-f]{2}){40,200}={0,2})",
        mixed=True,
    ),
    _form(SecretKind.AZURE, "Q~", r"(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}", inner=16),
    # Alibaba Cloud, RAM, "AccessKey pair": LTAI and 12 to 26; its secret has 30. STS temporary ids begin with STS.
    _form(SecretKind.ALIBABA, "LTAI", r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])", mixed=True),
    _form(
        SecretKind.ALIBABA,
        "LTAI",
        r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?:[^\w\n]{1,12}|\s{1,4})(?P<secret>[A-Za-z0-9]{30})(?![A-Za-z0-9])",
        mixed=True,
    ),
    _form(SecretKind.ALIBABA, "STS.", _START + r"STS\.[A-Za-z0-9]{20,}", mixed=True),
    # Tencent Cloud, CAM, "Root account access keys": SecretId AKID and 32, SecretKey 32
    _form(SecretKind.TENCENT, "AKID", r"(?<![A-Za-z0-9])AKID[A-Za-z0-9_-]{28,60}", mixed=True),
    _form(
        SecretKind.TENCENT,
        "AKID",
        r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{32}(?:[^\w\n]{1,12}|\s{1,4})(?P<secret>[A-Za-z0-9]{32})(?![A-Za-z0-9])",
        mixed=True,
    ),
    # GitHub, "About authentication": ghp_, gho_, ghu_, ghs_, ghr_, github_pat_
    _form(SecretKind.GITHUB, "ghp_ gho_ ghu_ ghs_ ghr_", r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{20,255}"),
    _form(SecretKind.GITHUB, "github_pat_", r"(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{22,255}", mixed=True),
    # GitLab, "Token overview": prefixes of personal, trigger, deploy, runner, job, feed, SCIM, agent and mail tokens
    _form(
        SecretKind.GITLAB,
        "glpat- glptt- gldt- glrt- glrtr- glcbt- glft- glsoat- glagent- glimt- gloas- glffct- glwt-",
        _START + r"gl(?:pat|ptt|dt|rtr?|cbt|ft|soat|agent|imt|oas|ffct|wt)-[A-Za-z0-9_.-]{20,300}",
        mixed=True,
    ),
    # npm, "About access tokens" (36); PyPI, "API tokens": a macaroon that begins with its host's name
    _form(SecretKind.NPM, "npm_", _START + r"npm_[A-Za-z0-9]{30,60}", mixed=True),
    _form(SecretKind.PYPI, "pypi-AgE", _START + r"pypi-AgE[A-Za-z0-9_-]{20,}"),
    # Slack, "Token types" and "Incoming webhooks"
    _form(SecretKind.SLACK, "xox xapp-", _START + r"(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{12,}", mixed=True),
    _form(
        SecretKind.SLACK,
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{20,})",
        mixed=True,
    ),
    # Stripe, "API keys" and "Webhook signatures"
    _form(
        SecretKind.STRIPE,
        "sk_live_ sk_test_ rk_live_ rk_test_",
        _START + r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
        mixed=True,
    ),
    _form(SecretKind.STRIPE, "whsec_", _START + r"whsec_[A-Za-z0-9+/=]{24,}", mixed=True),
    # Anthropic, OpenAI, and the many that took over "sk-" (DeepSeek, Moonshot, Alibaba Model Studio, LiteLLM …)
    _form(SecretKind.ANTHROPIC, "sk-ant-", _START + r"sk-ant-[A-Za-z0-9_-]{20,}", mixed=True),
    _form(
        SecretKind.OPENAI,
        "sk-proj- sk-svcacct- sk-admin-",
        _START + r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}",
        mixed=True,
    ),
    _form(
        SecretKind.API_KEY, "sk-", _START + r"sk-(?:or-v1-|lf-)?[A-Za-z0-9]{20,}(?:[_-][A-Za-z0-9_-]*+)?", mixed=True
    ),
    # Hugging Face, "User access tokens"
    _form(SecretKind.HUGGING_FACE, "hf_ api_org_", _START + r"(?:hf|api_org)_[A-Za-z0-9]{30,}(?![A-Za-z0-9_])"),
    # Telegram, "Bots: authorizing your bot": id, colon, 35
    _form(
        SecretKind.TELEGRAM,
        ":AA",
        r"(?<![0-9A-Za-z])(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])",
        inner=16,
    ),
    # DingTalk, "Custom robots": access_token with 64 hexadecimal digits, signing keys SEC and 64; ours above all
    _form(SecretKind.DINGTALK, "access_token", r"access_token(?:=|%3d)(?P<secret>[0-9a-f]{32,64})", loose=True),
    _form(SecretKind.DINGTALK, "SEC", r"(?<![A-Za-z0-9])SEC[0-9a-f]{32,64}(?![A-Za-z0-9])"),
    # webhooks that whoever has them can write to: WeCom "group robots", Feishu "custom bots", Discord, Microsoft Teams
    _form(
        SecretKind.CHAT_ROBOT,
        "/cgi-bin/webhook/send?key= /bot/v2/hook/ /bot/hook/ /api/webhooks/ /webhookb2/",
        r"(?:/cgi-bin/webhook/send\?key=|/bot/(?:v2/)?hook/|/api/webhooks/[0-9]{15,22}/|/webhookb2/)"
        r"(?P<secret>[A-Za-z0-9_/@-]{30,400})",
        mixed=True,
    ),
    # RFC 7519: two JSON objects in base 64 ("{" followed by a quotation mark is eyJ), mostly a signature
    _form(SecretKind.JWT, "eyJ", _START + rf"eyJ{_RUN}{{8,}}+\.eyJ{_RUN}{{8,}}+(?:\.{_RUN}*+)?"),
    # one prefix each, from their makers' API documentation: SendGrid, DigitalOcean, Databricks, Linear, Notion, Figma,
    # Postman, HashiCorp Vault, Grafana, Docker, Atlassian, Groq, xAI, Perplexity, Replicate, New Relic, Sentry,
    # Supabase, RubyGems, Shopify, Volcengine, Baidu AI Cloud, age, Doppler, Pulumi, Terraform Cloud, Fly.io, Vercel
    _form(SecretKind.API_KEY, "SG.", _START + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    _form(SecretKind.API_KEY, "dop_v1_ doo_v1_ dor_v1_", _START + r"do[opr]_v1_[0-9a-f]{64}"),
    _form(SecretKind.API_KEY, "dapi", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?:-[0-9])?(?![A-Za-z0-9])"),
    _form(
        SecretKind.API_KEY,
        "lin_api_ ntn_ figd_ PMAK- hvs. hvb. glsa_ glc_ dckr_pat_ dckr_oat_ ATATT3 gsk_ xai- pplx- r8_ NRAK- "
        "sntrys_ sntryu_ sbp_ rubygems_ shpat_ shpss_ AKLT bce-v3/ dp.pt. pul- FlyV1 AGE-SECRET-KEY-1",
        _START
        + r"(?:lin_api_|ntn_|figd_|PMAK-|hv[sb]\.|glsa_|glc_|dckr_[po]at_|ATATT3|gsk_|xai-|pplx-|r8_|NRAK-|sntry[su]_"
        r"|sbp_|rubygems_|shp(?:at|ss)_|AKLT|bce-v3/ALTAK-|dp\.pt\.|pul-|FlyV1 fm2_"
        r"|AGE-SECRET-KEY-1)[A-Za-z0-9_=/+.-]{24,}",
        mixed=True,
    ),
    _form(SecretKind.API_KEY, ".atlasv1.", _START + r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{24,}", inner=16),
    # RFC 9110 "Authorization": scheme and credentials; and a bearer token by itself
    _form(
        SecretKind.AUTHORIZATION,
        "authorization",
        r"authorization[\\\"'*`]{0,4}[ \t]{0,4}[:=：,][ \t]{0,4}[\\\"'`]{0,3}"
        r"(?:(?:bearer|basic|token|digest|apikey|bot)[ \t]{1,4})?(?P<secret>[a-z0-9_.~+/=:-]{8,})",
        mixed=True,
        loose=True,
    ),
    _form(
        SecretKind.AUTHORIZATION,
        "bearer",
        r"(?<![a-z0-9])bearer[ \t]{1,4}[\"'`]?(?P<secret>[a-z0-9_.~+/=-]{16,})",
        mixed=True,
        loose=True,
    ),
    # RFC 6265 "Cookie": what keeps somebody logged in
    _form(
        SecretKind.AUTHORIZATION,
        "cookie",
        r"(?<![a-z0-9])cookie[\"']?: {0,4}[\"']?"
        r"(?P<secret>[a-z0-9_.-]{1,64}=[^\s\"'`;【]{12,}(?:; {0,2}[^\s\"'`=;]{1,64}=[^\s\"'`;【]+)*)",
        mixed=True,
        loose=True,
    ),
    # curl's and wget's manuals: -u, --user
    _form(
        SecretKind.AUTHORIZATION,
        "curl",
        r"(?<![a-z0-9])curl (?:[^\n]{0,120}? )??(?:-u|--user)[ =]?[\"']?[a-z0-9_.@-]{1,64}:(?P<secret>[^\s\"':【]{4,})",
        loose=True,
    ),
    # Docker's config.json: user and password in base 64
    _form(
        SecretKind.AUTHORIZATION, '"auth"', r'"auth"\s{0,4}:\s{0,4}"(?P<secret>[A-Za-z0-9+/]{12,}={0,2})"', mixed=True
    ),
    # RFC 3986 3.2.1 "User information"; also a token in the place of the user
    _form(
        SecretKind.URL_PASSWORD,
        "://",
        r"://[^\s/?#:@\"'<>`\\]{0,128}:(?P<secret>[^\s/\"'<>`]{1,256}|[^\s@\"'<>`]{1,256})@(?=[\w\[{%-])",
    ),
    _form(SecretKind.URL_PASSWORD, "://", r"://(?P<secret>[A-Za-z0-9_~.-]{20,256})@(?=[\w\[])", mixed=True),
)
