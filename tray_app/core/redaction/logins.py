"""What logs somebody in: headers, cookies, addresses."""

from tray_app.core.redaction.forms import Form, form
from tray_app.core.redaction.kinds import SecretKind

LOGINS: tuple[Form, ...] = (
    # RFC 9110 "Authorization": scheme and credentials; and a bearer token by itself
    form(
        SecretKind.AUTHORIZATION,
        "authorization",
        r"authorization[\\\"'*`\]]{0,4}(?:[ \t]{0,4}[:=：,]>?[ \t]{0,4}|[ \t]{1,4}(?=[\"']))[\\\"'`]{0,3}"
        r"(?:[a-z][a-z0-9-]{1,20}[ \t]{1,4})?(?P<secret>[a-z0-9_.~+/=:-]{8,})",
        striking=True,
        loose=True,
    ),
    form(
        SecretKind.AUTHORIZATION,
        "bearer",
        r"(?<![a-z0-9])bearer[ \t:：]{1,4}[\"'`]?(?P<secret>[a-z0-9_.~+/=-]{16,})",
        mixed=True,
        loose=True,
    ),
    # RFC 6265 "Cookie": what keeps somebody logged in
    form(
        SecretKind.AUTHORIZATION,
        "cookie",
        r"(?<![a-z0-9])cookie[\"']? ?[:=] {0,4}[\"']?"
        r"(?P<secret>[a-z0-9_.-]{1,64}=[^\s\"'`;【]{12,}(?:; {0,2}[^\s\"'`=;]{1,64}=[^\s\"'`;【]+)*)",
        mixed=True,
        loose=True,
    ),
    # Docker's config.json: user and password in base 64
    form(
        SecretKind.AUTHORIZATION, '"auth"', r'"auth"\s{0,4}:\s{0,4}"(?P<secret>[A-Za-z0-9+/]{12,}={0,2})"', mixed=True
    ),
    # RFC 3986 3.2.1 "User information"; also a token in the place of the user
    form(
        SecretKind.URL_PASSWORD,
        "://",
        r"://[^\s/?#:@\"'<>`\\]{0,128}:(?P<secret>[^\s/\"'<>`]{1,256}|[^\s@\"'<>`]{1,256})@(?=[\w\[{%-])",
    ),
    # (the user of a Sentry address is public)
    form(
        SecretKind.URL_PASSWORD,
        "://",
        r"://(?P<secret>[A-Za-z0-9_~.-]{20,256})(?::(?:x-oauth-basic)?)?@(?=[\w\[])(?!(?:[\w-]{1,40}\.){0,3}sentry\.io/)",
        mixed=True,
    ),
)
