"""A user and a password side by side: netrc, `admin / …`, arguments of calls, `root:…@host`, and their like."""

from tray_app.core.redaction.forms import FIGURE, Form, form
from tray_app.core.redaction.kinds import SecretKind

PAIRS: tuple[Form, ...] = (
    # netrc(5), and prose that says it so
    form(
        SecretKind.PASSWORD,
        "login¬ login\n",
        r"login[ ]\S{1,80}\s{1,8}(?:account[ ]\S{1,80}\s{1,8})?password[ ](?P<secret>[^\s\"'`，。；]{3,200})",
        least=6,
    ),
    # PostgreSQL, "The Password File": host:port:database:user:password
    form(
        SecretKind.PASSWORD,
        ":5432: :5433: :6432: :*:",
        r"(?<![^\s\"'`])[\w.*-]{1,100}:(?:\d{4,5}|\*):[\w.*-]{1,60}:[\w.*-]{1,60}:(?P<secret>[^\s\"'`]{3,200})",
        inner=100,
        least=6,
    ),
    # `admin / X` behind a word that says what it is
    form(
        SecretKind.PASSWORD,
        "credential creds login account u/p user/pass username/pass user:pass logged¬in log¬in basic¬auth "
        "账密 账号 帐号 账户 用户名 登录 连接信息 连接串",
        r"(?:credentials?|creds|login|accounts?|u/p|user(?:name)?[/:]pass(?:word)?|账密|[账帐](?:号|户)[/和及、与]?(?:密码)?(?:分别)"
        r"?|"
        r"用户名?[/和及、与]?(?:密码)?(?:分别)?|登录(?:信息)?"
        r"|连接信息|连接串|(?:logged|log) in|basic auth)"
        r"(?: (?:is|are|as|with|for|to|details|info|data)){0,2}[是为]?[ \t]{0,2}[:：=→]?[ \t]{0,2}[`\"'“*]{0,2}"
        r"(?:[\w.-]{1,60}(?::\d{1,5})?/)?(?!https?:)\w[\w.@+-]{0,40}[`\"'”*]{0,2}"
        r"(?:[ ]{0,2}[/|、和][ ]{0,2}|[:：](?=\S))"
        r"[`\"'“*]{0,2}"
        r"(?P<secret>[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})(?![/(\[])",
        striking=True,
        loose=True,
    ),
    # calls: `auth=("li", "X")`, `login("li", "X")`, `getConnection(url, "root", "X")`, `connect("h", 22, "li", "X")`
    form(
        SecretKind.PASSWORD,
        "auth=( auth¬=¬( auth( auth¬( credential( credentials( login( connection( connect( client( session( basic( "
        "pdo( .begin( changeuserpassword( authenticate( signin(",
        r"(?:auth(?: ?= ?)?|credentials?|login|connection|connect|client|session|basic|pdo|\.begin|changeuserpassword|"
        r"authenticate|signin) ?\("
        r"(?:(?:[\"'][^\"'\n]{0,120}+[\"']|[$\w.]{1,60}+),\s{0,4}){1,4}?(?:some\()?"
        r"[\"'](?P<secret>(?=[^\"'\n]{0,60}\d)(?=[^\"'\n]{0,60}[a-z])[^\"'\n\s]{6,200})[\"']",
        striking=True,
        loose=True,
    ),
    # a key in a call: jwt.sign(payload, "X"), createHmac("sha256", "X"), Fernet(b"X"), AES_ENCRYPT(a, "X")
    form(
        SecretKind.API_KEY,
        "bearer_auth( jwt. hmac.new( createhmac( fernet( aes.new( aes.encrypt( createcipheriv( secretkeyspec( "
        "aes_encrypt( "
        "pgp_sym_encrypt( oss2.auth(",
        r"(?:bearer_auth|jwt\.(?:encode|decode|sign|verify)|hmac\.new|createhmac|fernet|aes\.new|aes\.encrypt|"
        r"createcipheriv"
        r"|secretkeyspec|aes_encrypt|pgp_sym_encrypt|oss2\.auth)\((?:(?:[\"'][^\"'\n]{0,120}+[\"']|[$\w.]{1,60}+|\{"
        r"[^{}\n]{0,120}+\}),\s{0,4}){0,2}?"
        r"b?[\"'](?P<secret>(?=[^\"'\n]{0,60}\d)[^\"'\n\s]{16,400})[\"']",
        striking=True,
        loose=True,
    ),
    form(SecretKind.PASSWORD, "USERPWD", r"USERPWD,?\s{0,2}[\"'][\w.@-]{1,60}:(?P<secret>[^\"'\n]{4,200})[\"']"),
    form(
        SecretKind.PASSWORD,
        "ConvertTo-SecureString¬ crypt('",
        r"(?:ConvertTo-SecureString(?:[ ]-String)?[ ][\"']?|crypt\(')(?P<secret>[^\s\"'`$(][^\s\"'`]{5,200})",
    ),
    # expect(1): `send "X\r"`
    form(
        SecretKind.PASSWORD,
        "send¬",
        r"send(?:_user)?[ ](?:--[ ])?\\{0,2}[\"'](?P<secret>[^\s\"'\\$]{6,200})\\{1,2}[rn]",
        striking=True,
    ),
    # `root:X@tcp(…)` of Go's MySQL driver, `system/X@orcl` of Oracle, `li:X@10.0.0.3` of impacket
    form(
        SecretKind.URL_PASSWORD, "@tcp( @unix(", r"[\w.-]{1,60}:(?P<secret>[^\s\"'`/]{3,100})@(?:tcp|unix)\(", inner=120
    ),
    form(SecretKind.URL_PASSWORD, "jdbc:oracle:thin:", r"jdbc:oracle:thin:[\w.-]{1,60}/(?P<secret>[^\s\"'`@]{3,100})@"),
    form(SecretKind.URL_PASSWORD, "tns:", r"tns: ?[\w.-]{1,60}/(?P<secret>[^\s\"'`@]{3,100})@"),
    form(
        SecretKind.URL_PASSWORD,
        "impacket-",
        r"impacket-\w{1,30}[ ](?:[\w.]{1,40}/)?[\w.-]{1,60}:(?P<secret>[^\s\"'`@]{3,100})@",
    ),
    # Redis: AUTH, ACL SETUSER; config files of network gear; nginx
    form(
        SecretKind.PASSWORD,
        "AUTH¬",
        r"(?<![A-Za-z_-])AUTH[ ](?:[a-z]\w{0,40}[ ])?(?P<secret>[^\s\"'`，。]{6,200})",
        striking=True,
    ),
    form(SecretKind.PASSWORD, "SETUSER¬", r"SETUSER[ ][^\n]{1,80}?[ ]>(?P<secret>[^\s\"'`]{4,200})"),
    form(
        SecretKind.PASSWORD,
        "password¬0¬ password¬5¬ password¬7¬ secret¬0¬ secret¬5¬",
        r"(?:password|secret) [057] (?P<secret>[^\s\"'`]{4,200})",
    ),
    # a seed phrase of a wallet (BIP 39): twelve words or more
    form(
        SecretKind.API_KEY,
        "mnemonic seed¬phrase recovery¬phrase 助记词",
        r"(?:mnemonic|seed phrase|recovery phrase|助记词)[\"'`]?[ ]{0,2}(?:is|=|:|：|是|为)?[ ]{0,2}[\"'`]?(?P<secret>"
        r"[a-z]{3,8}(?:[ ,，]{1,2}[a-z]{3,8}){11,23})",
    ),
    form(
        SecretKind.PASSWORD,
        "账号密码 用户名密码 账密",
        r"(?:账号密码|用户名密码|账密)[是为]?[ ]{0,2}[:：]?[ ]{0,2}\w[\w.@+-]{0,40}[ ,，]{1,2}(?P<secret>"
        r"[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})",
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "root/ admin/ administrator/ sa/ postgres/ elastic/ nacos/ guest/ root¬/¬ admin¬/¬ elastic¬/¬ nacos¬/¬ "
        "minioadmin¬/¬ "
        "root: admin: administrator: sa: postgres: elastic: nacos: guest:",
        r"(?<![\w/.-])(?:root|admin|administrator|sa|postgres|elastic|nacos|guest|minioadmin)(?:[ ]?/[ ]?|:)"
        r"(?P<secret>(?=[^\s]{0,30}[A-Z!@#$%^*])(?=[^\s]{0,30}\d)[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})(?![/(\[])",
        striking=True,
    ),
    form(SecretKind.PASSWORD, "?pwd= &pwd=", r"[?&]pwd=(?P<secret>[A-Za-z0-9]{4})(?![A-Za-z0-9])", mixed=True),
    form(
        SecretKind.URL_PASSWORD, "ss://", r"(?<![a-z])ss://(?P<secret>[A-Za-z0-9+/=_-]{16,400})(?=[@#\s]|$)", mixed=True
    ),
    form(SecretKind.URL_PASSWORD, "vmess://", r"vmess://(?P<secret>[A-Za-z0-9+/=_-]{16,2000})"),
    form(
        SecretKind.API_KEY,
        '"github-oauth" "gitlab-token" "gitlab-oauth" "bearer"',
        r'"(?:github-oauth|gitlab-token|gitlab-oauth|bearer)"\s{0,4}:\s{0,4}\{\s{0,8}"[^"\n]{1,80}"\s{0,4}:\s{0,4}"'
        r'(?P<secret>[^"\n]{10,200})"',
    ),
    form(
        SecretKind.API_KEY,
        "glm 智谱 zhipu",
        r"(?:glm|智谱|zhipu)[^\n]{0,40}?(?P<secret>[0-9a-f]{32}\.[a-z0-9]{16})(?![a-z0-9])",
        loose=True,
    ),
    form(SecretKind.API_KEY, "sonar.login", r"sonar\.login[=: ]{1,3}(?P<secret>[0-9a-zA-Z_]{20,100})", mixed=True),
    form(SecretKind.PASSWORD, "community¬", r"community[ ](?P<secret>[^\s]{6,60})[ ]R[OW]", mixed=True),
    form(
        SecretKind.PASSWORD,
        "enable¬secret¬ enable¬password¬",
        r"enable (?:secret|password) (?:\d )?(?P<secret>[^\s]{4,60})",
        mixed=True,
    ),
    # user and password by their names: then a row of hexadecimal figures is one, too
    form(
        SecretKind.PASSWORD,
        "密码 口令 password pwd pass",
        r"(?:用户名?|账号|帐号|账户|user(?:name)?|login)[是为:：= ]{1,3}[^\s,，;；]{1,60}[,，;；\s]{1,3}"
        r"(?:密码|口令|password|pwd|pass)"
        r"[是为:：= ]{1,3}[\"'`]?(?P<secret>(?![a-z_-]+\d{0,2}(?!\w))[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})",
        loose=True,
        mixed=True,
        inner=90,
    ),
    # `Credentials:⏎admin⏎X`, `RDP 10.0.0.9 administrator X`
    form(
        SecretKind.PASSWORD,
        "credential creds login 账号密码 账密 登录 账号",
        r"(?:(?:credentials?|creds|账号密码|账密|登录信息|登录账号|账号信息|login (?:info|details|data))[^\n]{0,30}"
        r"|(?:login|登录) ?[:：] ?|(?:login|登录)[^\n]{0,30}"
        r"(?=\n{1,2}[ \t]{0,8}(?:root|admin|administrator|ubuntu|postgres|[\w.+-]{1,40}@[\w.-]{1,40})\n))\n{1,2}"
        r"[ \t]{0,8}[\w.@+-]{2,40}\n[ \t]{0,8}(?P<secret>[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})(?=\s|$)",
        loose=True,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "远程桌面 rdp¬ ssh¬ vnc¬ 服务器 登录",
        r"(?:远程桌面|rdp|ssh|vnc|服务器|登录)[^\n]{0,40}?(?<![\w.@-])(?:root|admin|administrator|ubuntu)[ ]{1,2}"
        rf"(?P<secret>(?![0-9a-f-]{{7,40}}(?![0-9a-z])|{FIGURE})"
        r"[^\s\"'`<>/，。；、）\u4e00-\u9fff]{6,100})(?=[\s，。；]|$)",
        loose=True,
        striking=True,
    ),
    form(SecretKind.URL_PASSWORD, "@//", r"(?<![\w/:.@-])\w{1,30}/(?P<secret>[^\s\"'/]{4,100})@//[\w.-]", inner=140),
    # `… as the password`, `…作为密码`
    form(
        SecretKind.PASSWORD,
        "as¬the¬password as¬password as¬my¬password 作为密码 做密码 当密码 是密码",
        r"(?<![!-~])[\"'`“]?(?P<secret>[!-~]{6,60}?)[\"'`”]?[ ]?(?:as (?:the |my )?password|(?:作为|做|当|是)密码)",
        inner=64,
        striking=True,
    ),
    form(
        SecretKind.API_KEY,
        "ak/sk ak¬/¬sk",
        r"ak ?/ ?sk[\"'`]?[ ]?[:：=]?[ ]?[\w-]{16,64}[ ]?[/,，;；|][ ]?(?P<secret>[\w/+=-]{16,100})",
        mixed=True,
        loose=True,
    ),
    form(
        SecretKind.API_KEY,
        "curl¬",
        r"curl [^\n`]{0,200}?(?:-u|--user)[ =]?[\"']?(?P<secret>[A-Za-z0-9_-]{20,200}):?(?=[\"'\s])",
        striking=True,
    ),
    form(SecretKind.API_KEY, ";Key=", r";Key=(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})"),
    # `ops@example.net / X`
    form(
        SecretKind.PASSWORD,
        "¬/¬",
        r"(?<![\w/])[\w.+-]{1,40}@[\w.-]{1,40}[`\"']? / [`\"']?(?P<secret>[^\s\"'`<>，。；、）\u4e00-\u9fff]{6,60})",
        inner=90,
        striking=True,
    ),
    # passwords for programs at Google and Apple: four times four letters
    form(
        SecretKind.PASSWORD,
        "app¬password app-specific¬password 专用密码 应用密码",
        r"(?:app(?:-specific)? password|专用密码|应用密码)[\"'`]?(?: is|是|为)?[ ]?[:：]?[ ]?[\"'`]?"
        r"(?P<secret>[a-z]{4}(?:[ -][a-z]{4}){3})(?![a-z])",
        loose=True,
    ),
    form(
        SecretKind.API_KEY,
        "ak",
        r"(?<![a-z])ak[ ]?[:：= ][ ]?[\w/+=-]{16,64}[ ,，;；&\n]{1,3}sk[ ]?[:：= ][ ]?(?P<secret>[\w/+=-]{16,100})",
        mixed=True,
        loose=True,
    ),
    form(
        SecretKind.API_KEY,
        "curl¬",
        r"curl [^\n`]{0,200}?(?:-b|--cookie)[ =]?[\"']?[\w.-]{1,40}=(?P<secret>[^\s\"';]{12,400})",
        mixed=True,
    ),
    # `root:X@10.0.0.3:3306` without a scheme
    form(
        SecretKind.URL_PASSWORD,
        "root: admin: administrator: guest: sa: postgres: elastic: app: test: user: deploy:",
        r"(?<![\w/.@-])[a-z]{2,13}:(?P<secret>(?!//)[^\s\"'`<>，。；]{5,80})@(?=[\w.-]{1,80}(?::\d{2,5})?(?:[/\s，。；)]|$))",
        mixed=True,
    ),
    # `password … 从 X 改为 Y`, `password from X to Y`
    form(
        SecretKind.PASSWORD,
        "改为 改成 换成 更新为",
        r"(?:密码|口令|pass|pwd|token|secret|key|密钥|令牌)[^\n]{0,24}?从[^\n]{4,80}?(?:改|换|更新)(?:为|成)[ ]?"
        r"[`\"'“]?(?P<secret>[^\s\"'`”<>，。；\u4e00-\u9fff]{6,80})",
        inner=120,
        loose=True,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "¬from¬",
        r"(?:password|passwd|pwd|token|secret|key)[^\n]{0,24}? from [`\"']?[^\s]{4,80} to [`\"']?(?P<secret>"
        r"[^\s\"'`<>]{6,80})",
        inner=60,
        loose=True,
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "-u¬ --user¬",
        r"(?<!\S)(?:-u|--user)[ ][\"']?[\w.@-]{1,40}:(?P<secret>[^\s\"'`<>|;&]{6,100})",
        striking=True,
    ),
    form(
        SecretKind.PASSWORD,
        "pwgen openssl¬rand apg¬ makepasswd",
        r"(?:pwgen|openssl rand|apg|makepasswd)[^\n]{0,60}\n(?P<secret>[^\s\"'`<>]{8,200})(?=\s|$)",
        mixed=True,
    ),
)
