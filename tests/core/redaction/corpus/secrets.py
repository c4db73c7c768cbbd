"""Agents' texts with secrets in them: reports, logs, diffs, configuration, links; in Chinese and English."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.core.redaction.corpus.made import ALNUM, BASE32, BASE64, DIGITS, HEX, LOWER, UPPER, URL64, Chance, chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A text, the secrets in it, and of what kind the first is."""

    name: str
    text: str
    secrets: tuple[str, ...]
    kind: str


def leaks() -> list[Leak]:
    """All of them."""
    made = chance()
    rows = [*_keys(made), *_clouds(made), *_code_hosts(made), *_services(made), *_chats(made)]
    rows += [*_headers(made), *_urls(made), *_env(made), *_structured(made), *_prose(made)]
    return [Leak(name=name, text=text, secrets=secrets, kind=kind) for name, text, secrets, kind in rows]


Row = tuple[str, str, tuple[str, ...], str]


def _row(name: str, template: str, kind: str, *secrets: str) -> Row:
    """`{0}` … in the template are the secrets."""
    text = template
    for number, secret in enumerate(secrets):
        text = text.replace(f"{{{number}}}", secret)
    return name, text, secrets, kind


def _keys(made: Chance) -> Iterator[Row]:
    pem = made.pem()
    yield _row("key in a code block", "部署用的私钥如下：\n```\n{0}\n```\n请妥善保管。", "private-key", pem)
    yield _row("key without a type", "cat server.key\n{0}\nDone.", "private-key", made.pem(""))
    yield _row("OpenSSH key", "~/.ssh/id_ed25519:\n{0}", "private-key", made.pem("OPENSSH ", lines=5))
    yield _row("EC key in JSON", '{"key": "{0}"}', "private-key", made.pem("EC ", lines=3, join="\\n"))
    yield _row("key in a diff", "+{0}", "private-key", made.pem(join="\n+"))
    yield _row("encrypted key", "log:\n{0}\nend", "private-key", made.pem("ENCRYPTED ", lines=20))
    yield _row("PGP key", "{0}", "private-key", made.pem("PGP ").replace("KEY--", "KEY BLOCK--"))
    cut = made.pem().split("\n")
    yield _row("key cut off at the end", "输出被截断：\n{0}", "private-key", "\n".join(cut[:7]))
    yield _row("key cut off at the begin", "tail -8 id_rsa\n{0}\n$", "private-key", "\n".join(cut[6:]))
    body = "\n".join(made.of(BASE64, 64) for _ in range(4))
    yield _row("PuTTY key", "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 4\n{0}\n", "private-key", body)
    account = made.pem("", join="\\n")
    text = '{"type": "service_account", "project_id": "p-1", "private_key": "{0}\\n", "client_email": "ci@p-1.iam"}'
    yield _row("service account", text, "private-key", account)


def _clouds(made: Chance) -> Iterator[Row]:
    key, secret = "AK" + "IA" + made.of(BASE32, 16), made.of(BASE64, 40)
    yield _row("AWS profile", "[prod]\naws_access_key_id = {0}\naws_secret_access_key = {1}\n", "aws", key, secret)
    csv_key, csv_secret = "AK" + "IA" + made.of(BASE32, 16), made.of(BASE64, 40)
    yield _row("AWS download", "Access key ID,Secret access key\n{0},{1}\n", "aws", csv_key, csv_secret)
    yield _row("AWS id in a log", "botocore: signing with {0} (us-east-1)", "aws", "AS" + "IA" + made.of(BASE32, 16))
    yield _row("AWS session", "export AWS_SESSION_TOKEN={0}", "api-key", made.of(BASE64, 200))
    yield _row(
        "Google key", "地图接口：https://maps.googleapis.com/js?key={0}&v=3", "google", "AI" + "za" + made.of(URL64, 35)
    )
    yield _row("Google client", "client_secret: {0}", "google", "GOC" + "SPX-" + made.of(URL64, 28))
    yield _row("Google access", "gcloud auth print-access-token\n{0}", "google", "ya" + "29.a0" + made.of(URL64, 90))
    storage = "DefaultEndpointsProtocol=https;AccountName=logs;AccountKey={0};EndpointSuffix=core.windows.net"
    yield _row("Azure storage", storage, "azure", made.of(BASE64, 86) + "==")
    sas = "[备份](https://logs.blob.core.windows.net/c/a.zip?sv=2024-11-04&sr=b&sig={0})"
    yield _row("Azure SAS", sas, "azure", made.of(ALNUM, 41) + "%2B%3D")
    yield _row("Azure client", "client secret value is {0} (expires 2027)", "azure", "aB3" + "8Q~" + made.of(URL64, 34))
    ali, ali_secret = "LT" + "AI5t" + made.of(ALNUM, 18), made.of(ALNUM, 30)
    text = "oss:\n  accessKeyId: {0}\n  accessKeySecret: {1}\n  bucket: site\n"
    yield _row("Alibaba Cloud", text, "alibaba-cloud", ali, ali_secret)
    yield _row("Alibaba in prose", "已用 AccessKey {0} 登录阿里云", "alibaba-cloud", "LT" + "AI5t" + made.of(ALNUM, 18))
    tencent, tencent_secret = "AK" + "ID" + made.of(ALNUM, 32), made.of(ALNUM, 32)
    yield _row("Tencent", "SecretId：{0}\nSecretKey：{1}", "tencent-cloud", tencent, tencent_secret)
    yield _row("Volcengine", "ak={0}", "api-key", "AK" + "LT" + made.of(ALNUM, 44))


def _code_hosts(made: Chance) -> Iterator[Row]:
    yield _row("GitHub classic", "git push failed with {0}, please rotate", "github", "gh" + "p_" + made.of(ALNUM, 36))
    yield _row(
        "GitHub fine-grained",
        "GH_TOKEN={0}",
        "github",
        "github" + "_pat_" + made.of(ALNUM, 22) + "_" + made.of(ALNUM, 59),
    )
    yield _row(
        "GitHub app", "remote: https://x-access-token:{0}@github.com/a/b", "github", "gh" + "s_" + made.of(ALNUM, 36)
    )
    yield _row("GitHub OAuth", "| token | `{0}` |", "github", "gh" + "o_" + made.of(ALNUM, 36))
    yield _row("GitLab", "使用令牌 {0} 触发流水线", "gitlab", "gl" + "pat-" + made.of(URL64, 20))
    yield _row("GitLab runner", "gitlab-runner register --token {0}", "gitlab", "gl" + "rt-" + made.of(URL64, 20))
    yield _row("npm", "//registry.example.net/:_authToken={0}", "npm", "np" + "m_" + made.of(ALNUM, 36))
    yield _row("PyPI", "twine upload -u __token__ -p {0} dist/*", "pypi", "py" + "pi-AgE" + made.of(URL64, 150))
    yield _row("Docker", "docker login -p {0}", "api-key", "dckr" + "_pat_" + made.of(URL64, 27))
    yield _row("RubyGems", "key: {0}", "api-key", "ruby" + "gems_" + made.of(HEX, 48))


def _services(made: Chance) -> Iterator[Row]:
    yield _row("Stripe", "stripe.api_key = '{0}'", "stripe", "sk" + "_live_" + made.of(ALNUM, 24))
    yield _row("Stripe webhook", "STRIPE_WEBHOOK={0}", "stripe", "wh" + "sec_" + made.of(ALNUM, 32))
    yield _row(
        "Anthropic", "ANTHROPIC_API_KEY={0} claude", "anthropic", "sk-" + "ant-api03-" + made.of(URL64, 93) + "AA"
    )
    yield _row("OpenAI project", "Using key {0}", "openai", "sk-" + "proj-" + made.of(URL64, 120))
    yield _row("DeepSeek", "DeepSeek 的 key 是 {0}，已写入配置", "api-key", "sk-" + made.of(HEX, 32))
    yield _row("OpenRouter", "curl -H 'x-api-key: {0}' …", "api-key", "sk-" + "or-v1-" + made.of(HEX, 64))
    yield _row("Hugging Face", "HF login: {0}", "hugging-face", "h" + "f_" + made.of(ALNUM, 34))
    yield _row("SendGrid", "mailer uses {0}", "api-key", "S" + "G." + made.of(URL64, 22) + "." + made.of(URL64, 43))
    yield _row("DigitalOcean", "doctl auth init -t {0}", "api-key", "do" + "p_v1_" + made.of(HEX, 64))
    yield _row("Databricks", "token {0} works", "api-key", "da" + "pi" + made.of(HEX, 32))
    yield _row("Linear", "Linear: {0}", "api-key", "li" + "n_api_" + made.of(ALNUM, 40))
    yield _row("Vault", "export VAULT={0}", "api-key", "hv" + "s." + made.of(URL64, 90))
    yield _row("Grafana", "Grafana 服务账号 {0}", "api-key", "gl" + "sa_" + made.of(ALNUM, 32) + "_" + made.of(HEX, 8))
    yield _row("Terraform", "credentials {0}", "api-key", made.of(ALNUM, 14) + ".atlas" + "v1." + made.of(URL64, 67))
    yield _row("JWT", "登录返回：`{0}`", "jwt", made.jwt())
    yield _row("JWT in a log", 'DEBUG set-token value="{0}" ttl=3600', "jwt", made.jwt())


def _chats(made: Chance) -> Iterator[Row]:
    hook = "https://oapi.dingtalk.com/robot/send?access_token={0}"
    yield _row(
        "DingTalk webhook",
        f"机器人地址：{hook}\n加签密钥：{{1}}",
        "dingtalk",
        made.of(HEX, 64),
        "SE" + "C" + made.of(HEX, 64),
    )
    yield _row("DingTalk in a link", f"[机器人]({hook}) 已配置", "dingtalk", made.of(HEX, 64))
    quoted = (
        "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Foapi.dingtalk.com%2Frobot%2Fsend%3Faccess_token%3D{0}"
    )
    yield _row("DingTalk quoted", quoted, "dingtalk", made.of(HEX, 64))
    yield _row(
        "Slack",
        "SLACK_BOT={0}",
        "slack",
        "xo" + "xb-" + made.of(DIGITS, 12) + "-" + made.of(DIGITS, 13) + "-" + made.of(ALNUM, 24),
    )
    path = f"T{made.of(UPPER + DIGITS, 8)}/B{made.of(UPPER + DIGITS, 8)}/{made.of(ALNUM, 24)}"
    yield _row("Slack webhook", "curl -X POST https://hooks.slack.com/services/{0} -d @-", "slack", path)
    yield _row(
        "Telegram",
        "https://api.telegram.org/bot{0}/getMe",
        "telegram",
        made.of(DIGITS, 10) + ":A" + "A" + made.of(URL64, 33),
    )
    uuid = "-".join(made.of(HEX, size) for size in (8, 4, 4, 4, 12))
    yield _row("WeCom", "企业微信：https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={0}", "chat-robot", uuid)
    uuid = "-".join(made.of(HEX, size) for size in (8, 4, 4, 4, 12))
    yield _row("Feishu", "飞书：https://open.feishu.cn/open-apis/bot/v2/hook/{0}", "chat-robot", uuid)
    yield _row("Discord", "https://discord.com/api/webhooks/112233445566778899/{0}", "chat-robot", made.of(URL64, 68))


def _headers(made: Chance) -> Iterator[Row]:
    yield _row("bearer header", "> Authorization: Bearer {0}\n< HTTP/1.1 200 OK", "authorization", made.of(URL64, 40))
    yield _row(
        "bearer in curl",
        "curl -H 'Authorization: Bearer {0}' https://api.example.net/v1",
        "authorization",
        made.of(HEX, 40),
    )
    yield _row("basic header", '{"Authorization": "Basic {0}"}', "authorization", made.basic())
    yield _row("token header", "headers = {'authorization': 'token {0}'}", "authorization", made.of(HEX, 40))
    yield _row("bearer alone", "bearer {0} 已过期", "authorization", made.of(ALNUM, 48))
    yield _row("key header", "X-Api-Key: {0}", "api-key", made.of(ALNUM, 32))
    yield _row("cookie", "Cookie: {0}\nHost: a", "authorization", f"sessionid={made.of(ALNUM, 32)}; theme=dark")
    yield _row(
        "curl user", "curl -s -u deploy:{0} https://ci.example.net/job/a/build", "authorization", made.password()
    )
    yield _row("docker config", '{"auths": {"r.example.net": {"auth": "{0}"}}}', "authorization", made.basic())


def _urls(made: Chance) -> Iterator[Row]:
    yield _row("PostgreSQL", "DATABASE_URL=postgres://app:{0}@db.internal:5432/app", "url-password", made.password())
    yield _row("Redis without user", "redis://:{0}@10.0.0.3:6379/0", "url-password", made.of(ALNUM, 20))
    yield _row(
        "MongoDB",
        "连接串 mongodb+srv://root:{0}@c0.abc.mongodb.net/?w=majority 可用",
        "url-password",
        made.of(ALNUM, 16),
    )
    yield _row("https", "git clone https://li:{0}@git.example.net/a/b.git", "url-password", made.of(ALNUM, 12))
    yield _row(
        "password with @", "mysql://app:{0}@db/app", "url-password", "P4" + made.of(LOWER, 4) + "@" + made.of(ALNUM, 6)
    )
    yield _row("amqp in JSON", '{"broker": "amqp://guest:{0}@mq:5672//"}', "url-password", made.of(ALNUM, 10))
    yield _row("token as user", "https://{0}@git.example.net/a/b.git", "url-password", made.of(HEX, 40))
    yield _row("key in a query", "GET https://api.example.net/v1?api_key={0}&page=2", "api-key", made.of(HEX, 32))


def _env(made: Chance) -> Iterator[Row]:
    yield _row("env file", "# .env\nDEBUG=1\nDB_PASSWORD={0}\nPORT=8080\n", "password", made.password())
    yield _row("env of words", "DB_PASSWORD={0}", "password", "correct" + "horse" + "battery")
    yield _row("export", "export JWT_SECRET={0}", "api-key", made.of(ALNUM, 32))
    yield _row("Rails", "SECRET_KEY_BASE={0}", "api-key", made.of(HEX, 128))
    yield _row("quoted", 'ENCRYPTION_KEY="{0}"', "api-key", made.of(BASE64, 43) + "=")
    yield _row("marks", "ADMIN_PASSWORD={0}", "password", "Ab," + made.of(ALNUM, 5) + "&x#" + made.of(ALNUM, 4))
    yield _row("diff", "-API_TOKEN={0}\n+API_TOKEN=${API_TOKEN}", "api-key", made.of(HEX, 40))
    yield _row("inline", "运行 `MYSQL_PASSWORD={0} make migrate` 成功", "password", made.password())
    yield _row("PowerShell", "$env:API_SECRET = '{0}'", "api-key", made.of(ALNUM, 24))
    yield _row("compose", "environment:\n  - POSTGRES_PASSWORD={0}\n  - TZ=UTC", "password", made.password())
    yield _row("DB_PASS", "DB_PASS={0}", "password", made.password(10))


def _structured(made: Chance) -> Iterator[Row]:
    yield _row("JSON", '{"user": "li", "password": "{0}"}', "password", made.password())
    yield _row("escaped JSON", '"body": "{\\"client_secret\\": \\"{0}\\"}"', "api-key", made.of(ALNUM, 32))
    yield _row("YAML", "db:\n  host: x\n  password: {0}\n", "password", made.password())
    yield _row("YAML quoted", "secret_key: '{0}'", "api-key", made.of(ALNUM, 40))
    yield _row("TOML", 'api_key = "{0}"', "api-key", made.of(ALNUM, 32))
    yield _row("Python", "def connect(user: str, password: str = '{0}'): ...", "password", made.password())
    yield _row("Python call", 'client.login("li", password="{0}")', "password", made.password())
    yield _row("Java properties", "spring.datasource.password={0}", "password", made.password())
    yield _row("XML", "<server><password>{0}</password></server>", "password", made.password())
    yield _row("camel case", "const accessToken = '{0}';", "api-key", made.of(ALNUM, 40))
    yield _row("Go", 'apiKey := "{0}"', "api-key", made.of(ALNUM, 36))
    yield _row("flag", "mysqldump -h db --password={0} app > a.sql", "password", made.password())
    yield _row("flag and blank", "cli login --token {0}", "api-key", made.of(ALNUM, 40))
    yield _row("table", "| 用户 | 密码 |\n|---|---|\n| 密码 | {0} |", "password", made.password())


def _prose(made: Chance) -> Iterator[Row]:
    yield _row("Chinese", "测试账号 admin，密码：{0}", "password", made.password())
    yield _row("Chinese is", "数据库密码是{0}，请尽快修改。", "password", made.password())
    yield _row("Chinese bold", "**密码**：`{0}`", "password", made.password())
    yield _row("Chinese digits", "初始密码为 {0}", "password", made.of(DIGITS, 8))
    yield _row("口令", "VPN 口令: {0}", "password", made.of(ALNUM, 10))
    yield _row("密钥", "加密密钥：{0}", "api-key", made.of(HEX, 32))
    yield _row("令牌", "访问令牌：{0}", "api-key", made.of(ALNUM, 32))
    yield _row("授权码", "邮箱授权码：{0}", "password", made.of(LOWER + DIGITS, 16))
    yield _row("English", "The admin password is {0} now.", "password", made.password())
    yield _row("bullet", "- password: `{0}`", "password", made.password())
    yield _row("API key", "API key: {0}", "api-key", made.of(ALNUM, 32))
    yield _row("weak", "password: {0}", "password", "hunter" + "2")
