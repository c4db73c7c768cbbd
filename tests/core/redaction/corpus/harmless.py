"""Agents' texts that only look as if a secret were in them: sums, ids, pictures, code, questions about passwords."""

from collections.abc import Iterator

from tests.core.redaction.corpus.made import ALNUM, BASE32, BASE64, DIGITS, HEX, LOWER, UPPER, Chance, chance


def harmless() -> list[str]:
    """All of them."""
    made = chance(11)
    return [*_sums(made), *_ids(made), *_data(made), *_CODE, *_PLACEHOLDERS, *_WORDS, *_CHINESE, *_LINKS, *_FIGURES]


def _sums(made: Chance) -> Iterator[str]:
    for length in (40, 64, 128):
        for said in (
            "commit {}",
            "sha: {}",
            "md5/sha of a.whl: {}",
            "sha256:{}",
            "image@sha256:{}",
            "+{} -{}",
            'etag: "{}"',
        ):
            yield said.replace("{}", made.of(HEX, length))
    for said in (
        "Merge {} into main",
        "提交 {} 已推送到 origin/main",
        "[{}](https://git.example.net/a/b/commit/{})",
        "HEAD is now at {} fix",
    ):
        yield said.replace("{}", made.of(HEX, 40))
        yield said.replace("{}", made.of(HEX, 9))
    for kind, length in (("sha512", 86), ("sha384", 64), ("sha1", 27)):
        yield f'"integrity": "{kind}-{made.of(BASE64, length)}=="'
        yield f"<script src=a.js integrity='{kind}-{made.of(BASE64, length)}=' crossorigin></script>"
    yield f'{{name = "a", hash = "sha256:{made.of(HEX, 64)}"}}'
    yield f"golang.org/x/net v0.30.0 h1:{made.of(BASE64, 43)}="
    yield f"SHA256:{made.of(BASE64, 43)} li@desk (ED25519)"
    yield f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{made.of(BASE64, 43)} li@desk"
    yield (
        "-----BEGIN CERTIFICATE-----\n"
        + "\n".join(made.of(BASE64, 64) for _ in range(9))
        + "\n-----END CERTIFICATE-----"
    )
    yield "-----BEGIN PUBLIC KEY-----\n" + made.of(BASE64, 64) + "\n-----END PUBLIC KEY-----"


def _ids(made: Chance) -> Iterator[str]:
    for said in (
        "session {}",
        "request_id={}",
        "trace: {}",
        "任务 {} 已完成",
        '"id": "{}"',
        "delivery_id: {}",
        "device {} online",
    ):
        yield said.replace("{}", "-".join(made.of(HEX, size) for size in (8, 4, 4, 4, 12)))
        yield said.replace("{}", made.of(BASE32, 26))
        yield said.replace("{}", made.of(HEX, 24))
    for said in ("订单号 {}", "手机 138{}", "order {} shipped", "QQ 群：{}", "身份：{}", "电话：0571-{}"):
        yield said.replace("{}", made.of(DIGITS, 8))
        yield said.replace("{}", made.of(DIGITS, 16))
    yield f"arn:aws:iam::{made.of(DIGITS, 12)}:role/deploy"
    yield f"toolu_01{made.of(ALNUM, 22)} msg_01{made.of(ALNUM, 22)}"
    yield f"cus_{made.of(ALNUM, 14)} paid in_{made.of(ALNUM, 24)}"
    yield f"ami-{made.of(HEX, 17)} i-{made.of(HEX, 17)}"
    yield "pk" + f"_live_{made.of(ALNUM, 24)} is publishable"
    yield f"dingtalk corpId: ding{made.of(HEX, 32)}"


def _data(made: Chance) -> Iterator[str]:
    for kind in ("png", "jpeg", "gif", "webp"):
        yield f"![图](data:image/{kind};base64,{made.of(BASE64, 900)}==)"
        yield f'background: url("data:image/{kind};base64,{made.of(BASE64, 300)}=");'
    yield "".join(f"#{made.of(HEX, 6)};color:#{made.of(HEX, 3)};" for _ in range(40))
    yield (
        "!function(e,t){" + "".join(f"var {made.of(LOWER, 2)}={made.of(DIGITS, 3)};" for _ in range(60)) + "}(window);"
    )
    yield "//# sourceMappingURL=data:application/json;base64," + made.of(BASE64, 500)
    yield "\n".join(
        f"{made.of(HEX, 8)}: {made.of(HEX, 4)} {made.of(HEX, 4)} {made.of(HEX, 4)}  ........" for _ in range(8)
    )
    yield "\n".join(f"| {made.of(ALNUM, 12)} | {made.of(DIGITS, 4)} |" for _ in range(8))
    yield f"cache hit key={made.of(HEX, 64)} bucket=a"
    yield f"cache_key: node-{made.of(HEX, 64)}"
    yield f"chunk-{made.of(UPPER + DIGITS, 8)}.js index-{made.of(ALNUM, 8)}.css"
    yield f"nonce={made.of(BASE64, 22)}== etag W/{made.of(ALNUM, 20)}"


_CODE = [
    "token = os.environ['GITHUB_TOKEN']",
    'password = os.getenv("DB_PASSWORD")',
    "const token = process.env.API_TOKEN;",
    "secret = settings.SECRET_KEY",
    "api_key=config.api_key,",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "PASSWORD=$(pass show db)",
    "export TOKEN=$TOKEN",
    "password = getpass.getpass('Password: ')",
    "def login(user: str, password: str) -> Token:",
    "password: Optional[str] = None",
    "token?: string;",
    "access_token = response.json()['access_token']",
    "accessToken: session.accessToken,",
    "if password == confirm_password:",
    "token = tokens[0]",
    "self.token = token",
    "password=password, token=token",
    "hashed_password = hash_password(password)",
    "secret = base64.b64encode(secrets.token_bytes(32)).decode()",
    "token = secrets.token_urlsafe(32)",
    "return {'token': create_token(user_id=42)}",
    '<input type="password" name="password" autocomplete="current-password">',
    "type PasswordField = { password: string; token: string }",
    "password VARCHAR(255) NOT NULL",
    "`password` varchar(255) NOT NULL COMMENT '密码'",
    "secretKeyRef:\n  name: db-secret\n  key: password",
    "password: !secret db_password",
    "secretName: web-tls-2026",
    "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
    "max_tokens=4096, stop_token_id=2",
    "next_token: eyIsImEiOiJiIn0",
    "keywords: [password, secret, token]",
    "PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']",
    '"token_type": "bearer", "expires_in": 3600',
    "token_url: https://login.example.net/oauth2/token",
    "PASSWORD_MIN_LENGTH=12",
    "API_KEY_HEADER=X-Api-Key-V2",
    "SECRET_NAME=prod/web/db-2026",
    "TOKEN_FILE=/run/secrets/token-2",
    "PUBLIC_KEY=MCowBQYDK2VwAyEA1234",
    "primary_key=True, foreign_key='users.id'",
    "apiKey: process.env.REACT_APP_KEY1",
    "Authorization: Bearer ${TOKEN}",
    "headers['Authorization'] = f'Bearer {token}'",
    "Authorization: Bearer <your-token>",
    'curl -H "Authorization: Bearer $TOKEN" https://api.example.net',
    "curl -u $USER:$PASS https://ci.example.net",
    'File "/app/auth/token.py", line 33, in refresh_token\n    raise TokenExpired(token_id=12)',
    "KeyError: 'access_token'",
    "E   AssertionError: assert 'password' in {'user': 'li'}",
    ".sk-circle-fade-dot-animation-12 { color: red }",
    'class="sk-toggleable__content sk-estimator-doc-link-2"',
    "task-12345678901234567890 and disk-00112233445566778899",
    "from hf_transfer_helpers_for_the_model_hub import load",
    "npm_config_registry=http://127.0.0.1:4873",
    "pypi-publish uses trusted publishing",
    "SECTION SECRET SECURITY SECOND",
    "git@github.com:team/project.git",
    "ssh://git@git.example.net:2222/team/project.git",
]
_PLACEHOLDERS = [
    "DINGTALK_WEBHOOK=https://oapi.dingtalk.com/robot/send?access_token=xxxxxxxx",
    "https://oapi.dingtalk.com/robot/send?access_token=<token>",
    "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "export ANTHROPIC_API_KEY=sk-ant-your-key-here",
    "OPENAI_API_KEY=sk-...",
    "API_KEY=your-api-key",
    "password: changeme",
    "password: <password>",
    '"password": "********"',
    "密码：******",
    "密码：<请填写>",
    "DB_PASSWORD=${DB_PASSWORD:-postgres}",
    "DB_PASSWORD=",
    "SECRET_KEY=replace-me-with-a-secret",
    "postgres://user:password@localhost:5432/app",
    "postgres://${DB_USER}:${DB_PASSWORD}@db/app",
    "mysql://<user>:<password>@<host>/<db>",
    "https://user:***@git.example.net/a.git",
    "http://用户名:密码@proxy:8080",
    "token: {{ .Values.token }}",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "The file begins with -----BEGIN RSA PRIVATE KEY----- and is 0600.",
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    "密码：【已隐藏：密码】，令牌：【GitHub token hidden】",
    "https://deploy:hidden-url-password@git.example.net/a?token=hidden-api-key",
]
_WORDS = [
    "token count: 1234",
    "tokens: 32k/200k, cost $0.42",
    "Token usage: 12,345 in / 6,789 out",
    "password field is required",
    "The password is required and must be 8-64 characters.",
    "password: updated in 3 places",
    "Password reset: done; token refresh: pending",
    "secret: rotated, see runbook step 12",
    "Fixed token: expired after 3600s",
    "API key: rotated on 2026-11-05",
    "key: value",
    "password policy: min 12 chars, 1 digit",
    "password length: 128",
    "the token is claude-3-5-sonnet-20241022",
    "token: refs/heads/feature-login-12",
    "access token: valid until 2026-12-01T10:00:00Z",
    "secret scanning: 0 alerts",
    "credentials: ok (keyring)",
    "Auth: bearer tokens now expire after 3600 seconds",
    "basic authentication: disabled",
    "Authorization: moved to middleware/auth_v2.py",
    "Cookie: SameSite=Lax is set now",
    "passcode: 4 digits, pwd: /home/li/app2",
    "pwd\n/srv/app-2026/releases/12",
    "pass: 120 fail: 3 skipped: 12",
    "test_pass=120",
    "- [x] password reset e-mail (3 files, +120 -14)",
    "Bearer of bad news: build 12345678 failed",
    "Passwords are hashed with argon2id, m=65536,t=3,p=4",
    "login: p95 120ms; token: p95 3ms",
]
_CHINESE = [
    "今日完成：支付接口重构，测试 128 个全部通过，覆盖率 87%。",
    "密码长度：8 到 64 位",
    "密码是必填项",
    "密码为空时提示错误",
    "密码：6位以上，包含数字和字母",
    "密码：已重置",
    "密码：见 1Password 的「部署」条目",
    "密码输入框增加显示/隐藏按钮",
    "令牌：已过期，请重新登录",
    "令牌数：12345",
    "密钥：已轮换（2026-11-05）",
    "密钥是从环境变量 DINGTALK_SECRET 读取的",
    "用户名和密码：请联系管理员获取",
    "修复了忘记密码：邮件发送失败的问题",
    "口令：由运维单独发送",
    "授权码：在邮箱设置中生成",
    "验证码：6 位数字，5 分钟内有效",
    "统计：修改 12 个文件，新增 345 行，删除 67 行，用时 1 小时 20 分",
    "任务 ID：a1b2c3d4，状态：成功",
    "会话结束：共调用工具 45 次，Token 用量 123,456",
    "版本 v2.3.4-beta.1 已发布到 https://example.net/releases/v2.3.4",
    "接口 /api/v1/users/123/password 返回 200",
    "数据库连接：postgres://db.internal:5432/app",
    "请在设置页填写 access_token 和 secret",
    "加签密钥以 SEC 开头，共 67 个字符",
]
_LINKS = [
    "http://localhost:8080/@vite/client",
    "http://127.0.0.1:8737/ui/#token-settings",
    "https://example.net:8443/a?mail=li@example.net",
    "https://example.net/?utm_source=newsletter_2026&utm_campaign=autumn_sale_12",
    "https://example.net/reset-password?step=2",
    "https://medium.example.net/@li/how-to-use-tokens-1234567890ab",
    "https://git.example.net/a/b/blob/0f3a9c/src/auth/token.py#L12-L40",
    "https://cdn.example.net/npm/vue@3.5.13/dist/vue.global.prod.js",
    "https://oapi.dingtalk.com/robot/send",
    "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
    "https://hooks.slack.com/ is the host",
    "https://discord.com/api/webhooks/ needs an id",
    "[日志](https://ci.example.net/job/web/1234/console)",
    "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fexample.net%2Fa%3Fpage%3D12",
    "registry.example.net:5000/web/api@sha256:" + "ab12" * 16,
]
_FIGURES = [
    "12.5 MB in 3.2 s (3.9 MB/s), 1048576 bytes",
    "2026-11-22T15:32:33.123456Z INFO started pid=12345 port=8737",
    "Python 3.13.1, node v22.11.0, ruff 0.17.6",
    "10.0.0.3:5432 fe80::1ff:fe23:4567:890a%eth0",
    "+86 138 0000 0000, 0571-88888888",
    "3 passed, 1 skipped in 12.34s",
    "RGB(12,34,56) #a1b2c3 hsl(210 40% 96%)",
    "ISBN 978-7-111-12345-6",
    "car 浙A12345, flight CA1234, train G7301",
    "0x7ffee3b0a1c8 in main() at a.c:120",
]
