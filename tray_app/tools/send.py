"""The tools that send what the agent wrote: text, markdown, link, action card, feed card."""

from tray_app.core.messages.message import (
    MAX_BUTTONS,
    MAX_LINKS,
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    TextMessage,
)
from tray_app.core.messages.requests import Send
from tray_app.tools.schema import MENTIONS, RECEIPT, ROBOT, address, body, mentions_in, object_of, title
from tray_app.tools.tool import Arguments, Tool

_AFTER = " Returns status and delivery_id, and reason and hint if it was not sent; queued is tried by itself."
_MARKDOWN = "Body in DingTalk's markdown: headings, bold, links, lists, images, quotes; no tables, no HTML."


def _text(arguments: Arguments) -> Send:
    return Send(
        message=TextMessage(content=arguments["content"], mentions=mentions_in(arguments)),
        robot=arguments.get("robot", ""),
    )


def _markdown(arguments: Arguments) -> Send:
    message = MarkdownMessage(title=arguments["title"], text=arguments["text"], mentions=mentions_in(arguments))
    return Send(message=message, robot=arguments.get("robot", ""))


def _link(arguments: Arguments) -> Send:
    message = LinkMessage(
        title=arguments["title"],
        text=arguments["text"],
        message_url=arguments["messageUrl"],
        pic_url=arguments.get("picUrl", ""),
    )
    return Send(message=message, robot=arguments.get("robot", ""))


def _action_card(arguments: Arguments) -> Send:
    message = ActionCard(
        title=arguments["title"],
        text=arguments["text"],
        buttons=tuple(Button(title=button["title"], url=button["url"]) for button in arguments["buttons"]),
        vertical=arguments.get("vertical", True),
        mentions=mentions_in(arguments),
    )
    return Send(message=message, robot=arguments.get("robot", ""))


def _feed_card(arguments: Arguments) -> Send:
    items = (
        FeedItem(title=item["title"], message_url=item["messageUrl"], pic_url=item["picUrl"])
        for item in arguments["links"]
    )
    return Send(message=FeedCard(links=tuple(items)), robot=arguments.get("robot", ""))


SEND_TEXT = Tool(
    name="dingtalk_send_text",
    title="Send a text message",
    description="Send plain text to the user's DingTalk group. Use it when the user asks to tell people something"
    " short." + _AFTER,
    arguments_schema=object_of(
        {"content": body("What to say, as plain text."), **MENTIONS, "robot": ROBOT}, required=("content",)
    ),
    answer_schema=RECEIPT,
    parse=_text,
)
SEND_MARKDOWN = Tool(
    name="dingtalk_send_markdown",
    title="Send a markdown message",
    description="Send a formatted message to the user's DingTalk group. Use it for anything longer than a sentence"
    " or two: summaries, lists, results with links." + _AFTER,
    arguments_schema=object_of(
        {
            "title": title("What phones show in the notification and the chat list; make it say the point."),
            "text": body(_MARKDOWN),
            **MENTIONS,
            "robot": ROBOT,
        },
        required=("title", "text"),
    ),
    answer_schema=RECEIPT,
    parse=_markdown,
)
SEND_LINK = Tool(
    name="dingtalk_send_link",
    title="Send a link",
    description="Send one link with a title, a few words and an optional picture to the user's DingTalk group. Use"
    " it to point people to a page: a pull request, a build, a document. DingTalk cannot mention anybody in a link;"
    " to mention people, send markdown with the link in it." + _AFTER,
    arguments_schema=object_of(
        {
            "title": title("Title of the link."),
            "text": body("A few words about it; phones show about two lines."),
            "messageUrl": address("Where the link leads: http, https or dingtalk. Never an address of this machine."),
            "picUrl": {**address("Picture beside the text: http or https."), "minLength": 0},
            "robot": ROBOT,
        },
        required=("title", "text", "messageUrl"),
    ),
    answer_schema=RECEIPT,
    parse=_link,
)
SEND_ACTION_CARD = Tool(
    name="dingtalk_send_action_card",
    title="Send a card with buttons",
    description="Send a markdown card with 1 to 10 buttons that open links to the user's DingTalk group. Use it when"
    " people should act: review, approve, open a dashboard. Buttons only open addresses; no answer comes back."
    + _AFTER,
    arguments_schema=object_of(
        {
            "title": title("What phones show in the notification and the chat list."),
            "text": body(_MARKDOWN),
            "buttons": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_BUTTONS,
                "items": object_of(
                    {"title": title("Words on the button."), "url": address("Where it leads.")},
                    required=("title", "url"),
                ),
                "description": "One button makes the whole card clickable.",
            },
            "vertical": {"type": "boolean", "default": True, "description": "Buttons below each other, not in a row."},
            **MENTIONS,
            "robot": ROBOT,
        },
        required=("title", "text", "buttons"),
    ),
    answer_schema=RECEIPT,
    parse=_action_card,
)
SEND_FEED_CARD = Tool(
    name="dingtalk_send_feed_card",
    title="Send a list of links with pictures",
    description="Send 1 to 10 links, each with a title and a picture, as one card to the user's DingTalk group. Use"
    " it for a digest of several pages. DingTalk cannot mention anybody in it." + _AFTER,
    arguments_schema=object_of(
        {
            "links": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_LINKS,
                "items": object_of(
                    {
                        "title": title("Title of the entry."),
                        "messageUrl": address("Where it leads."),
                        "picUrl": address("Its picture: http or https."),
                    },
                    required=("title", "messageUrl", "picUrl"),
                ),
                "description": "The entries; the first one is shown large.",
            },
            "robot": ROBOT,
        },
        required=("links",),
    ),
    answer_schema=RECEIPT,
    parse=_feed_card,
)
