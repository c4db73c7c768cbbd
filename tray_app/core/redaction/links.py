"""What may stand between a name and its value: `password = …`, `密码已重置为 …`, `name="password" value="…"`."""

from dataclasses import dataclass, field

from tray_app.core.redaction.values import Certainty

_CLOSE = r"[\\\"'*`\])】」”’]{0,4}"
_WRAP = (
    r"(?:[brn@](?=[\"'])|\[\]byte\(|(?:some|string(?:::from)?|sensitive|secret(?:str|string)?|md5|sha\d{0,3}|crypt"
    r"|password|_t|qstringliteral)\()?"
)
_OPEN = rf"(?:{_WRAP}(?P<open>\\{{0,3}}[\"'`“「‘]|'''|\"\"\"))"
_MARK = (
    r"(?:[:：=＝~]|[-=]>|>{1,2}(?=[ ])"
    r"|[\u2190-\u21ff\u2794-\u27bf\U0001f446-\U0001f449\ufe0f]{1,3}|[-—–]{1,2}|[（(【\[]"
    r"|…{1,2}|\.{3,40})"
)
_TAG = (  # a tag that ends, or one that holds a value
    r"(?:</[\w:-]{1,20}>|<!\[cdata\[|<(?:b|i|u|em|strong|code|kbd|samp|mark|span|font|p|td|tt|dd|li|div|small|big"
    r"|a|br ?/?|string|value|val|data|text)(?: [^<>\n]{0,80})?>)"
)
_ENGLISH = (
    r"(?: (?:of|for) (?:the )?(?:user )?[\"'`]?[\w@.:/-]{1,60}[\"'`]?(?= (?:is|was)|[:：=]| =))?"
    r"(?:[,;]? (?:is|it's|it is|was|are|were|be|being|became|will|would|should|must|may|can|has|have|had|been|now|"
    r"currently"
    r"|still|temporarily|re-?set|set|changed|updated|rotated|switched|to|from|as|again|equals?|which|works|i|we|you|"
    r"use|"
    r"using"
    r"|used|typed|entered|generated|created|value|follows|below)(?![a-z]))"
)


@dataclass(
    frozen=True, slots=True, kw_only=True, eq=False
)  # eq: each is one of a kind, and is looked up by the thousand
class ValueLink:
    """What may stand between a name and its value, and how sure the value is: without quotes, and in them."""

    source: str = field(repr=False)
    certainty: Certainty = Certainty.NAMED
    quoted: Certainty = Certainty.QUOTED


def _link(pattern: str, certainty: Certainty = Certainty.NAMED, *, quoted: Certainty = Certainty.QUOTED) -> ValueLink:
    return ValueLink(source=pattern, certainty=certainty, quoted=quoted)


FLAG = _link(r"[ \t]{1,4}(?=[^\s=:-])(?P<open>[\"'])?")
TAGGED = _link(rf"(?:\s[^<>\n]{{0,80}})?>(?:{_TAG})?")
LINKS = (
    # `password: str = "…"`; `password = …`, `"password": …`, `密码：…`, `| password | …`, `password=> …`
    _link(
        rf"{_CLOSE}(?: ?[(（\[][^()（）\[\]\n\"']{{1,30}}[)）\]])?[ \t]{{0,16}}[.·…]{{0,40}}+[ \t]{{0,2}}"
        r"(?::[ \t]?(?:[a-z_&][\w.]{0,30}(?:\[\w{0,20}\])?|\*?&?'?\w{0,10} ?str)(?:[ \t]\|[ \t]none)?(?:[ \t]=(?=[ "
        r"\t]{1,8}[^\s=])|[ \t]?=(?=[\"'`]))"
        r"|:=|={1,3}>?|:|：|＝|%3d|\||│|是|为|is\b|<-)"
        rf"(?:[ \t]{{0,8}}\|)?(?:[ \t*_~]|{_TAG}){{0,8}}(?:\|\|[ \t]|!!str |\[(?=[\"']))?{_OPEN}?"
    ),
    # `密码已重置为 …`, `密码如下：…`, `password是：…`, `密码（…）`, `密码“…”`
    _link(
        rf"{_CLOSE}(?![\u4e00-\u9fff]{{0,8}}脚本)"
        rf"(?:[ \t]{{0,4}}(?:[\u4e00-\u9fff]{{1,10}}+(?:[，,][\u4e00-\u9fff]{{1,8}}+)?[ \t]{{0,4}}(?:{_MARK})?|"
        rf"[，、]|"
        rf"{_MARK}|(?=[“「‘]))|(?<=[】」”’\]]))[ \t*]{{0,4}}"
        rf"{_OPEN}?(?=[!-~])",
        Certainty.BARE,
    ),
    # `密码是：…`, `密码改成 …`: what ends so tells the value, unless it is a length, a term or a rule
    _link(
        rf"{_CLOSE}[ \t]{{0,4}}"
        rf"(?![\u4e00-\u9fff]{{0,8}}(?:[长次期间数位策规类字格算强方版接名路文]|加密|(?<!数据)库|脚本|组件|模块))"
        rf"[\u4e00-\u9fff]{{0,7}}[是为成叫下][ \t]{{0,4}}[:：=]?[ \t*]{{0,4}}{_OPEN}?(?=[!-~])"
    ),
    # `密码：（…）`, `密码:[…]`
    _link(rf"{_CLOSE}[ \t]?[:：是为=][ \t]?[（(【\[]{{1,2}}(?=[!-~])", Certainty.BARE),
    # `账号admin密码…`
    _link(r"(?<=[\u4e00-\u9fff])(?=[!-~])", Certainty.BARE),
    # `password was reset to …`, `password for "li": …`
    _link(
        rf"{_CLOSE}(?:'s|{_ENGLISH})(?=(?P<more>(?:{_ENGLISH}){{0,4}}))(?P=more)[:：]?[ \t*]{{1,4}}{_OPEN}?",
        Certainty.BARE,
    ),
    _link(
        rf"(?: (?:is|was) (?:generated|set|created))?(?: (?:of|for) (?:the )?(?:key |user )?[\"'`]?[\w@.:/%-]{{1,60}}"
        rf"[\"'`]?(?:@'[^'\n]{{0,40}}')? ?){{1,2}}(?:[:：=]|is|=)[ \t]{{0,4}}{_OPEN}?"
    ),
    # `password for the new hire = …`, `token you asked for: …`, `access token (PAT) …`
    _link(
        rf"{_CLOSE} (?:for|of|to|on|in|at|you|we|i|that|which|from)(?: [^\n:：=!?;,]{{1,50}})?"
        rf"(?:[:：]|[ ](?:=|→|->))[ \t*]{{1,4}}{_OPEN}?(?=[!-~])",
        Certainty.BARE,
        quoted=Certainty.BARE,
    ),
    _link(
        rf"{_CLOSE} ?[(（][^()（）\n]{{1,30}}(?:[)）][ ]{{1,2}}|）){_OPEN}?(?=[!-~])",
        Certainty.BARE,
        quoted=Certainty.BARE,
    ),
    # `"password", "…"`, `.fill('#password', '…')`, `getenv("X") || '…'`, `:password, "…"`
    _link(rf"[\"'][\])]{{0,2}},\s{{0,4}}{_OPEN}", quoted=Certainty.BARE),
    _link(rf"[\"'\])]{{0,4}}\s{{0,2}}(?:\|\||\?\?|\?:|(?<= )or)\s{{0,2}}{_OPEN}"),
    _link(rf",\s{{0,4}}{_OPEN}", quoted=Certainty.BARE),
    # `user, password = "li", "…"`, `password, err := "…", nil`
    _link(rf"\)?[ ]?:?=[ ]?\(?[\"'][^\"'\n]{{0,60}}[\"'],[ ]?{_OPEN}", quoted=Certainty.BARE),
    _link(rf"(?:,[ ]?\w{{1,20}}){{1,2}}[ ]?:?=[ ]?{_OPEN}", quoted=Certainty.BARE),
    _link(rf"[\"'\])]{{1,4}}(?:\))?\.\w{{1,20}}\({_OPEN}"),
    # `setPassword("…")`, `PASSWORD('…')`; `PASSWORD '…'`, `#define PASSWORD "…"`, `password[] = "…"`
    _link(rf"[({{]{_OPEN}(?!\))"),
    _link(rf"[ \t]{{1,4}}(?:[a-z]{{2,10}}[ \t])?(?:\[\][ \t]?)?(?:=[ \t]?)?{_OPEN}"),
    _link(rf"\[\][ \t]?=[ \t]?{_OPEN}"),
    # `name="password" value="…"`, `name="password">…<`, `<key>password</key><string>…`, `<td>密码</td><td>…`
    _link(
        r"[\"'],?(?:\s{1,4}[a-z-]{1,20}=[\"'][^\"'\n<>]{0,60}[\"'],?){0,3}\s{1,4}(?:value|content|default)"
        r"\s?=\s?(?P<open>[\"'])"
    ),
    _link(rf"[\"'](?:\s[^<>\n]{{0,80}})?>(?:\s{{0,4}}{_TAG})?(?=[^<\s])"),
    _link(rf"[:：]?(?:\s{{0,4}}{_TAG}){{1,4}}[:：]?[ \t]{{0,4}}(?:{_TAG})?"),
    _link("&gt;"),
    # `"//registry/:_authToken" "…"`
    _link(rf"[\"'][ \t]{{1,4}}{_OPEN}"),
    # `{"name": "DB_PASSWORD", "value": "…"}`, and so in YAML
    _link(rf"{_CLOSE}[,:]?\s{{0,24}}\{{?\s{{0,8}}[\"']?value[\"']?\s?[:=]\s?{_OPEN}?"),
)
_BREAK = (
    r"[ \t]{0,4}\r?\n(?:[ \t]{0,8}(?:```\w{0,12}|[-=]{3,40})?\r?\n){0,3}[ \t>]{0,12}(?:[-*] |\d\. )?(?P<open>[`\"'])?"
)
NEXT_LINE = _link(
    r"[\\\"'*`\])】」]{0,4}[ \t]{0,4}(?:is|are|[\u4e00-\u9fff]{1,6})?[ \t]{0,2}[:：]?[ \t]?(?:[|>][+-]?)?[*]{0,2}"
    + _BREAK
)
LATER_LINE = _link(r"[ \t](?:[^\n:：!`\"'=]|(?<=[a-z])'(?=[a-z])){1,60}[:：!]" + _BREAK)
CELL = _link(r"[ ]?[,;\t][ \t]?", Certainty.BARE)  # `DB_PASSWORD,…` as a whole line
DECODED = _link(r"[^\n]{0,60}?base64 (?:-d|-D|--decode)[ ]{0,4}\r?\n")  # what a command printed
BARE = _link(r"[ \t]{1,4}", Certainty.BARE)
