"""Tokens that are known by their form: prefix, alphabet, length, as their makers document them.

A pattern is tried only where one of its `needles` stands, which is where it begins; so texts without them cost a search
for fixed characters. What follows is bounded, or kept linear by a look-behind that lets each run of token characters be
entered at its beginning only. A group `secret` is what is masked; without one it is the whole match.
"""

from tray_app.core.redaction.commands import COMMANDS
from tray_app.core.redaction.forms import RUN as _RUN
from tray_app.core.redaction.forms import START as _START
from tray_app.core.redaction.forms import Form
from tray_app.core.redaction.forms import form as _form
from tray_app.core.redaction.kinds import SecretKind
from tray_app.core.redaction.logins import LOGINS
from tray_app.core.redaction.pairs import PAIRS
from tray_app.core.redaction.services import SERVICES
from tray_app.core.redaction.spoken import SPOKEN

FORMS: tuple[Form, ...] = (
    # AWS, IAM guide, "Unique identifiers": AKIA, ASIA (temporary), ABIA, ACCA and 16 of base 32 (in made-up ones
    # any figure); the secret has 40 of base 64 and is known only by what it stands beside
    _form(SecretKind.AWS, "AKIA ASIA ABIA ACCA", r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])"),
    _form(
        SecretKind.AWS,
        "AKIA ASIA",
        r"(?<![A-Z0-9])A[KS]IA[A-Z0-9]{16}(?:[^\w\n]{1,12}(?:secret)?|\s{1,4}|\s{0,4}/\s{0,4})"
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
        SecretKind.API_KEY,
        "sk-",
        _START + r"sk-(?:[a-z0-9]{2,8}-){0,3}(?![a-z0-9_-]{0,80}__)[A-Za-z0-9_-]{20,400}",
        mixed=True,
        striking=True,
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
    *SERVICES,
    *LOGINS,
    *COMMANDS,
    *PAIRS,
    *SPOKEN,
)
