"""Tokens of services that have a prefix of their own: from their makers' documentation of API keys."""

import re

from tray_app.core.redaction.forms import START, Form, form
from tray_app.core.redaction.kinds import SecretKind

_PREFIXES = (  # with 24 characters or more behind them
    # clouds: Bedrock, Heroku, Netlify, Vercel, Fly, PlanetScale, Supabase, Tailscale, Vault, Pulumi, Doppler, 1Password
    "ABSK", "HRKU-", "nfp_", "vercel_blob_rw_", "vcp_", "fm2_", "pscale_pw_", "pscale_tkn_", "pscale_oauth_",
    "sbp_", "sb_secret_", "tskey-auth-", "tskey-api-", "tskey-client-", "hvs.", "hvb.", "hvr.", "pul-", "dp.pt.",
    "dp.st.", "dp.ct.", "ops_eyJ", "AGE-SECRET-KEY-1", "SWMTKN-1-", "cfut_", "cfat_",
    # code: Docker, Atlassian, CircleCI, Buildkite, Artifactory, SonarQube, crates.io, RubyGems, Sentry, GitLab, NuGet
    "dckr_pat_", "dckr_oat_", "ATATT3", "ATCTT3", "ATBB", "CCIPAT_", "CCIPRJ_", "bkua_", "AKCp", "cmVmdGtu", "squ_",
    "sqp_", "sqa_", "rubygems_", "sntrys_", "sntryu_", "GR1348941", "oy2", "cio", "PMAK-", "figd_", "lin_api_",
    "lin_oauth_", "ntn_", "secret_", "tfp_", "glsa_", "glc_", "NRAK-", "NRII-", "phx_", "rdme_", "xkeysib-",
    "xsmtpsib-", "dt0c01.",
    # language models: Groq, xAI, Perplexity, Replicate, NVIDIA, Cerebras, LangSmith, Tavily, Jina, E2B, Pinecone,
    # Fireworks, Voyage, Brave, Dify, FastGPT, ElevenLabs, Coze, Google since 2025, Volcengine, Baidu, Firecrawl
    "gsk_", "xai-", "pplx-", "r8_", "nvapi-", "csk-", "lsv2_pt_", "lsv2_sk_", "tvly-", "jina_", "e2b_", "pcsk_",
    "fw_", "pa-", "BSA", "app-", "dataset-", "fastgpt-", "sk_", "pat_", "AQ.Ab", "AKLT", "bce-v3/ALTAK-", "fc-",
    # payment, mail, chat, shops: Square, Shopify, Mailgun, Trello, Dropbox, Facebook, Matrix, ntfy, Discord
    "sq0csp-", "sq0atp-", "EAAAl", "shpat_", "shpss_", "shpca_", "shppa_", "key-", "ATTA", "sl.B", "sl.u.", "EAA",
    "syt_", "tk_", "mfa.",
)  # fmt: skip
_PREFIXED = (
    r"(?<![\w/+.-])"
    r"(?:"
    + "|".join(map(re.escape, sorted(_PREFIXES, key=len, reverse=True)))
    + r")(?![a-z0-9_-]{0,200}__)[A-Za-z0-9_=/+.%-]{24,2000}"
)

SERVICES: tuple[Form, ...] = (
    Form(kind=SecretKind.API_KEY, needles=_PREFIXES, source=_PREFIXED, mixed=True, striking=True),
    form(SecretKind.API_KEY, "FlyV1¬", START + r"FlyV1 (?:fm\d_)?[A-Za-z0-9+/=_-]{24,2000}"),
    form(SecretKind.API_KEY, "SG.", START + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    form(SecretKind.API_KEY, "dop_v1_ doo_v1_ dor_v1_", START + r"do[opr]_v1_[0-9a-f]{64}"),
    form(SecretKind.API_KEY, "dapi", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?:-[0-9])?(?![A-Za-z0-9])"),
    form(SecretKind.API_KEY, ".atlasv1.", START + r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{24,}", inner=16),
    # shorter ones, known by an exact length: Resend, Neon, Airtable, HubSpot, Twilio, Mailchimp, ClickUp
    form(SecretKind.API_KEY, "re_", START + r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}(?![A-Za-z0-9_])", mixed=True),
    form(SecretKind.API_KEY, "npg_", START + r"npg_[A-Za-z0-9]{10,20}(?![A-Za-z0-9_])", mixed=True),
    form(SecretKind.API_KEY, "pat", START + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?![A-Za-z0-9])"),
    form(SecretKind.API_KEY, "pat-na pat-eu", START + r"pat-(?:na|eu)\d-[0-9a-f-]{36}"),
    form(SecretKind.API_KEY, "SK", START + r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    form(
        SecretKind.API_KEY,
        "AC",
        START + r"AC[0-9a-f]{32}[^\w\n]{1,4}(?:auth_?token[=:\" ]{1,4})?(?P<secret>[0-9a-f]{32})(?![A-Za-z0-9])",
    ),
    form(SecretKind.API_KEY, "-us", START + r"[0-9a-f]{32}-us\d{1,2}(?![\w-])", inner=40),
    form(SecretKind.API_KEY, "pk_", START + r"pk_\d{5,9}_[A-Z0-9]{32}(?![A-Za-z0-9])"),
    # ServerChan, Zapier, IFTTT, Bark, Mattermost
    form(SecretKind.CHAT_ROBOT, "SCT sctp", START + r"(?:SCT\d{1,8}T|sctp\d{1,8}t)[A-Za-z0-9]{16,40}"),
    form(
        SecretKind.CHAT_ROBOT,
        "hooks.zapier.com/hooks/catch/",
        r"hooks\.zapier\.com/hooks/catch/(?P<secret>\d+/\w{5,20})",
    ),
    form(SecretKind.CHAT_ROBOT, "maker.ifttt.com/", r"maker\.ifttt\.com/[\w/-]{1,80}/key/(?P<secret>[\w-]{16,60})"),
    form(SecretKind.CHAT_ROBOT, "api.day.app/", r"api\.day\.app/(?P<secret>[A-Za-z0-9]{18,30})(?![A-Za-z0-9])"),
    form(SecretKind.CHAT_ROBOT, "/hooks/", r"(?<=[a-z0-9])/hooks/(?P<secret>[A-Za-z0-9]{17}/[A-Za-z0-9]{30,60})"),
    form(
        SecretKind.CHAT_ROBOT,
        "/webhooks/",
        r"(?:(?<=/v\d)|(?<=/v\d\d))/webhooks/\d{15,22}/(?P<secret>[A-Za-z0-9_-]{30,100})",
    ),
    form(SecretKind.CHAT_ROBOT, "/hooks/", r"(?<=[a-z0-9])/hooks/(?P<secret>[a-z0-9]{26})(?![a-z0-9])", mixed=True),
    # Discord, "Authentication": the bot's id in base 64, a time, a signature
    form(
        SecretKind.API_KEY,
        "MT Mj Mz ND NT Nj Nz OD OT",
        r"(?<![\w.-])[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![\w.-])",
    ),
    # Google: refresh tokens, Firebase server keys; X (Twitter): app-only bearer; Mapbox
    form(SecretKind.GOOGLE, "1//0", r"(?<![\w/])1//0[A-Za-z0-9_-]{40,200}"),
    form(SecretKind.GOOGLE, ":APA91b", START + r"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{100,200}", inner=12),
    form(SecretKind.API_KEY, "AAAAAAAAAAAAAAAAAAAAA", START + r"A{21,30}[A-Za-z0-9%]{40,200}", mixed=True),
    form(SecretKind.API_KEY, "sk.eyJ", START + r"sk\.eyJ[A-Za-z0-9_-]{20,400}\.[A-Za-z0-9_-]{10,60}"),
    # keys in other clothes: JSON Web Key (RFC 7517), .NET's XML, PEM in base 64 (not a certificate, not a public key)
    form(SecretKind.PRIVATE_KEY, '"d" "k"', r'"[dk]"\s{0,2}:\s{0,2}"(?P<secret>[A-Za-z0-9_-]{40,2000})"', mixed=True),
    form(SecretKind.PRIVATE_KEY, "<D>", r"<D>(?P<secret>[A-Za-z0-9+/=]{40,2000})</D>"),
    form(
        SecretKind.PRIVATE_KEY,
        "MIIC MIIE MIIJ MHcCAQEE MIGHAgEA",
        r"(?<![A-Za-z0-9+/])(?:MII[CEJ][A-Za-z0-9]{2}IB(?:AAK|ADAN)|MHcCAQEE|MIGHAgEA)[A-Za-z0-9+/=]{60,8000}",
    ),
    form(
        SecretKind.PRIVATE_KEY,
        "LS0tLS1CRUdJTi",
        r"LS0tLS1CRUdJTi(?!BDRVJUSUZ|BQVUJMSUM|BUUlNFUl)[A-Za-z0-9+/=]{40,20000}",
    ),
)
