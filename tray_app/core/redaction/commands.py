"""Secrets on command lines: which flag or place of which tool holds one, as the tools' manuals say.

A tool's name is the needle; on the rest of its line the flag is looked for, at most `_FAR` characters on.
"""

import re

from tray_app.core.redaction.forms import Form
from tray_app.core.redaction.kinds import SecretKind

_FAR = 240
_STOP = r"\s\"'`|;&<>\u2018-\u201d\u2e80-\u9fff\uff00-\uffef"
_VALUE = (
    r"[\"']?"
    rf"(?P<secret>(?<=')[^'\n]{{1,200}}+|(?<=\")[^\"\n]{{1,200}}+|(?<![\"'])[^{_STOP}$-][^{_STOP}]{{0,1000}}+)"
)
_AFTER_USER = rf"(?P<secret>(?(quote)(?:(?!(?P=quote))[^\n]){{1,200}}|[^{_STOP}$][^{_STOP}]{{0,200}}+))"
_QUOTE = "(?P<quote>[\"'])?"
_USER = r"[\w.@+-]{0,64}"

_DATABASES = (
    "mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mysqlpump|mysqlslap|mysqlsh|mysqlbinlog|mariadb|mariadb-dump"
)
_LOGINS = (
    "docker login|podman login|nerdctl login|buildah login|skopeo login|helm registry login|crane auth login|oras "
    "login|oc login"
    "|az login|az acr login"
)
_MONGO = "mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport|mongostat|mongotop"
_WITH_P = (
    f"{_LOGINS}|{_MONGO}|sshpass|mycli|cqlsh|twine|rdesktop|psexec|rabbitmqadmin|elasticsearch-users|useradd|usermod|"
    f"ncftpput"
    "|ncftpget|unlock-keychain|create-keychain|certutil|altool|hydra|crackmapexec|netexec|nxc|evil-winrm|argocd login|"
    "nacos|isql|impala-shell|beeline|clickhouse"
    "|medusa|ncftp|xfreerdp|sqoop|mysqlsh|obclient|gsql|ksql|disql|influx|wrangler"
)
_WITH_BIG_P = "sqlcmd|bcp|unzip|zip|ipmitool|mosquitto_pub|mosquitto_sub|security import|ssh-keygen|osql|isql"


def _line(tools: str, rest: str, *, least: int = 3, kind: SecretKind = SecretKind.PASSWORD) -> Form:
    """A form that begins with a tool's name and goes on with `rest` somewhere behind it."""
    words = "|".join(re.escape(tool) for tool in tools.split("|"))
    pattern = rf"(?<![\w.-])(?:{words})(?:\.exe|\.sh|\.com)?(?![\w-])[^\n`]{{0,{_FAR}}}?{rest}"
    return Form(kind=kind, needles=tuple(tools.split("|")), source=pattern, least=least)


def _piped(to: str, said: str) -> Form:
    return Form(
        kind=SecretKind.PASSWORD,
        needles=("echo ", "printf ", "<<<"),
        source=f"{said}{to}",
        least=3,
    )


COMMANDS: tuple[Form, ...] = (
    # `-pX` without a blank: the MySQL family, 7-Zip, RAR
    _line(_DATABASES, rf"[ ]-p(?=[^\s]){_VALUE}"),
    _line("7z|7za|7zr|7zz|rar|unrar", rf"[ ]-h?p(?=[^\s]){_VALUE}"),
    _line("mysqladmin", rf"[ ]password[ ]{_VALUE}"),
    # `-p X`
    _line(_WITH_P, rf"[ ]-p[ ]{{0,2}}{_VALUE}"),
    _line(_WITH_BIG_P, rf"[ ]-P[ ]{{0,2}}{_VALUE}"),
    _line("ssh-keygen", rf"[ ]-N[ ]{_VALUE}"),
    _line("plink|pscp|psftp|putty|kitty", rf"[ ]-pw[ ]{_VALUE}"),
    _line(
        "ldapsearch|ldapadd|ldapmodify|ldapdelete|ldappasswd|ldapwhoami|ldapcompare|dsconf|dsidm",
        rf"[ ]-w[ ]{{0,1}}{_VALUE}",
    ),
    _line("ldappasswd|slappasswd", rf"[ ]-[as][ ]{_VALUE}"),
    _line("redis-cli|valkey-cli|keydb-cli|redis-benchmark", rf"[ ]-a[ ]?{_VALUE}"),
    _line("redis-cli|valkey-cli", rf"[ ]--pass[ ]{_VALUE}"),
    _line("snmpwalk|snmpget|snmpset|snmpbulkwalk", rf"[ ]-A[ ]{_VALUE}"),
    _line("snmpwalk|snmpget|snmpset|snmpbulkwalk", rf"[ ]-X[ ]{_VALUE}"),
    _line("openssl", rf"[ ]-(?:k|K)[ ]{_VALUE}"),
    _line("openssl passwd", rf"[ ](?:-\w{{1,8}}[ ]){{0,3}}{_VALUE}"),
    _line("openssl|apksigner", rf"[ '\"=]pass:{_VALUE}"),
    _line(
        "keytool|jarsigner|apksigner|influx|ansible-vault",
        rf"[ ]--?(?:(?:src|dest)?(?:store|key)?pass(?:word)?)[ ]{_VALUE}",
    ),
    _line("xfreerdp|wfreerdp|sfreerdp|freerdp|mstsc|signtool|net use", rf"[ ]/p(?:[: ]){_VALUE}"),
    _line("cmdkey", rf"[ ]/pass:{_VALUE}"),
    _line("schtasks", rf"[ ]/rp[ ]{_VALUE}"),
    _line("iwctl|gpg|gpg2|borg", rf"[ ]--passphrase[ =]{_VALUE}"),
    _line("pdftotext|pdfinfo|pdftoppm|qpdf", rf"[ ]-[uo]pw[ ]{_VALUE}"),
    _line("pdftk", rf"[ ](?:input_pw|user_pw|owner_pw)[ ]{_VALUE}"),
    _line("curl", rf"[ ]--pass[ ]{_VALUE}"),
    _line("zabbix_sender|zabbix_get|nmcli", rf"[ .]?(?:--|\.)psk[ =]{_VALUE}"),
    # `-u user:X`
    _line(
        "curl",
        rf"[ ](?:-[a-zA-Z]{{0,4}}[uU]|--user|--proxy-user)[ =]?{_QUOTE}{_USER}:{_AFTER_USER}",
        kind=SecretKind.AUTHORIZATION,
    ),
    _line(
        "http|https|xh|ab|wrk|jenkins-cli|jenkins-cli.jar",
        rf"[ ](?:-a|-A|--auth|-auth)[ =]{_QUOTE}{_USER}:{_AFTER_USER}",
    ),
    _line("etcdctl|crictl|ctr|nerdctl", rf"[ ](?:--user|--creds|user add)[ =]{_QUOTE}{_USER}:{_AFTER_USER}"),
    _line(
        "secretsdump.py|wmiexec.py|psexec.py|smbexec.py|atexec.py|GetNPUsers.py",
        rf"[ ](?:[\w.]{{1,40}}/)?{_USER}:[\"']?(?P<secret>[^\s\"'`@]{{3,100}}+)[\"']?@",
    ),
    _line("keytool", rf"[ ]-new[ ]{_VALUE}"),
    _line("reg add", rf"[ ]/v[ ]\w{{0,40}}[pP]assword[ ][^\n]{{0,40}}?/d[ ]{_VALUE}"),
    _line("ansible-vault encrypt_string|rclone obscure|grafana-cli admin reset-admin-password", rf"[ ]{_VALUE}"),
    _line("put-parameter|keyvault secret set", rf"[ ]--value[ =]{_VALUE}", least=6),
    _line("security set-key-partition-list", rf"[ ]-k[ ]{_VALUE}"),
    _line("hatch publish", rf"[ ]-a[ ]{_VALUE}", kind=SecretKind.API_KEY),
    _line("coscmd config|obsutil config", rf"[ ]-[sk][ =]{_VALUE}", least=16, kind=SecretKind.TENCENT),
    _line("gitlab-runner register", rf"[ ]-r[ ]{_VALUE}", least=16, kind=SecretKind.GITLAB),
    _line("skopeo", rf"[ ]--(?:src-|dest-)?creds[ =]{_QUOTE}{_USER}:{_AFTER_USER}"),
    _line("lftp", rf"[ ]-u[ ]{_QUOTE}{_USER},{_AFTER_USER}"),
    _line(
        "smbclient|rpcclient|net rpc|net ads|smbmap|wbinfo|mount",
        rf"[ ](?:-U|-a|[^\n]{{0,60}}username=)[ ]?{_QUOTE}(?:{_USER}[\\/])?{_USER}%{_AFTER_USER}",
    ),
    _line("smbclient", rf"[ ]//[\w./-]{{1,80}}[ ]{_VALUE}"),
    _line(
        "sqlplus|expdp|impdp|exp|imp|rman|sqlldr",
        rf"[ ]{_QUOTE}[\w$]{{1,40}}/(?P<secret>[^\s@\"'/]{{3,100}}+)(?=[@\s\"'`]|$)",
    ),
    # at a place of its own
    _line("htpasswd", rf"[ ]-\w{{0,4}}b\w{{0,4}}[ ](?:-\w{{1,3}}[ ]){{0,3}}[\w./~-]{{1,100}}[ ]{_USER}[ ]{_VALUE}"),
    _line("htpasswd", rf"[ ]-nb\w?[ ]{_USER}[ ]{_VALUE}"),
    _line("net user", rf"[ ]{_USER}[ ](?!/){_VALUE}"),
    _line("net use", rf"[ ](?:[A-Z]:[ ])?\\\\[^\s]{{1,100}}[ ](?:/user:[^\s]{{1,60}}[ ])?(?!/){_VALUE}"),
    _line("rabbitmqctl", rf"[ ](?:add_user|change_password|authenticate_user)[ ]{_USER}[ ]{_VALUE}"),
    _line("wpa_passphrase", rf"[ ][\w-]{{1,32}}[ ]{_VALUE}"),
    _line(
        "vault login|cargo login|vault operator unseal|nuget setapikey|docker trust key|railway login",
        rf"(?<=\w)[ ](?!-){_VALUE}",
        least=16,
        kind=SecretKind.API_KEY,
    ),
    _line(
        "ngrok|cloudflared",
        rf"[ ](?:add-authtoken|authtoken|service install)[ ]{_VALUE}",
        least=16,
        kind=SecretKind.API_KEY,
    ),
    _line("gcloud auth activate-refresh-token", rf"[ ]{_USER}[ ]{_VALUE}", least=16, kind=SecretKind.API_KEY),
    _line(
        "mc",
        rf"[ ](?:alias set|config host add)(?:[ ][^\s]{{1,120}}){{3}}[ ]{_VALUE}",
        least=6,
        kind=SecretKind.API_KEY,
    ),
    _line("qshell", rf"[ ]account[ ][^\s]{{1,120}}[ ]{_VALUE}", least=16, kind=SecretKind.API_KEY),
    _line("wg", rf"[ ](?:private|preshared)-key[ ]<\((?:echo|printf)[ ]{_VALUE}", kind=SecretKind.PRIVATE_KEY),
    _line("poetry config|composer config", rf"[ ](?:http-basic|pypi-token)\.[\w.-]{{1,60}}[ ](?:{_USER}[ ])?{_VALUE}"),
    _line(
        "npm config set|npm set|yarn config set",
        rf"[ ][\w/:.-]{{0,80}}_?(?:[aA]uthToken|auth|password)[ =]{_VALUE}",
        kind=SecretKind.API_KEY,
    ),
    _line("bundle config", rf"[ ][\w.:/-]{{1,80}}[ ]{_QUOTE}{_USER}:{_AFTER_USER}"),
    _line("pulumi config set|wrangler secret put|heroku config:set", rf"[ ]--secret[ ]\w{{1,60}}[ ]{_VALUE}"),
    _line("aws configure set", rf"[ ]\w{{0,40}}(?:secret|token)\w{{0,40}}[ ]{_VALUE}", least=16, kind=SecretKind.AWS),
    _line(
        "tccli configure set|aliyun configure set",
        rf"[ ]secret\w{{0,40}}[ ]{_VALUE}",
        least=16,
        kind=SecretKind.API_KEY,
    ),
    _line("ossutil|ossutil64|dotnet nuget push|nuget push", rf"[ ]-k[ ]{_VALUE}", least=16, kind=SecretKind.API_KEY),
    _line("codecov|bash|vercel|doctl|frpc", rf"[ ]-t[ ]{_VALUE}", least=16, kind=SecretKind.API_KEY),
    _line("gem push", rf"[ ](?:--key|-k)[ ]{_VALUE}", least=32, kind=SecretKind.API_KEY),
    _line("kubeadm join", r"[ ]--token[ ](?P<secret>[a-z0-9]{6}\.[a-z0-9]{16})", kind=SecretKind.API_KEY),
    _line(
        "netlify|surge|vercel|tailscale|consul|nomad",
        rf"[ ]--?(?:auth|token|authkey|auth-key)[ =]{_VALUE}",
        least=16,
        kind=SecretKind.API_KEY,
    ),
    _line("gh secret set", rf"[ ](?:--body|-b)[ =]?{_VALUE}", least=6, kind=SecretKind.API_KEY),
    _line("rclone|nmcli", rf"[ ](?:pass|password)[ ]{_VALUE}", least=6),
    # any tool: a user and a password side by side
    Form(
        kind=SecretKind.PASSWORD,
        needles=(" -u ", " -U ", " --user ", " --username "),
        source=r"[ ](?:-u|-U|--user|--username)[ ][^\s]{1,80}[ ](?:[^\n`]{0,60}[ ])??(?:-p|-P|-w|-pw)[ =]?" + _VALUE,
        striking=True,
    ),
    # a flag or variable that names a command which prints the password
    Form(
        kind=SecretKind.PASSWORD,
        needles=("pass",),
        source=r"pass(?:word|wd|phrase|code)?[_-]?(?:cmd|command)[= :]{1,3}[\"']?(?:echo|printf)[ ](?:-\w[ ])?[\"']?"
        r"(?P<secret>[^\s\"'`$|;<>]{6,200})",
        mixed=True,
    ),
    # `echo X | …`, `… <<< X`
    _piped(
        r"[\"']?[ ]?\|[ ]?(?:sudo[ ])?(?:sudo[ ]-S|(?:docker|podman|nerdctl|helm[ ]registry)[ ]login|passwd|chpasswd|"
        r"gh[ ]auth|glab[ ]auth|"
        r"cryptsetup|su|kinit|gpg|openssl|smbpasswd|vncpasswd"
        r"|[^\n]{0,80}stdin)\b",
        rf"(?:echo|printf)[ ](?:-\w{{1,2}}[ ]|[\"']?%s(?:\\n)?[\"']?[ ])?(?:[\"']?{_USER}:(?=[^\n|]{{3,80}}\|[ ]?"
        rf"(?:sudo[ ])?chpasswd))?[\"']?"
        rf"(?P<secret>[^\s\"'`|;<>$][^\s\"'`|;<>]{{2,400}})",
    ),
    _line(
        "sudo -S|gh auth login|glab auth login|cryptsetup|wrangler|passwd|chpasswd|docker login|kinit",
        rf"<<<[ ]?{_QUOTE}(?:root:|{_USER}:)?{_AFTER_USER}",
    ),
    _line(
        "passwd|chpasswd|smbpasswd|docker login|sudo -S|su|kinit|cryptsetup",
        r"<<-?[ ]?[\"']?(?P<end>\w{1,20})[\"']?\n(?:[\w.-]{1,40}:)?"
        r"(?P<secret>(?!(?P=end))[^\s:]{4,200}(?:\n(?!(?P=end))[^\s]{1,200}){0,3})"
        r"(?=[ \t\r]{0,4}(?:\n|$))",
    ),
    Form(kind=SecretKind.PASSWORD, needles=("<<<",), source=rf"<<<[ ]?{_VALUE}", striking=True),
)
