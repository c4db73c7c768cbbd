"""DingTalk's own Python SDK as a program: prints each message it hears; it swallows being cancelled, so end it.

python -m tests.support.sdk_listener API CLIENT_ID CLIENT_SECRET
"""

import sys

import dingtalk_stream
from dingtalk_stream import AckMessage, ChatbotMessage


class Listener(dingtalk_stream.AsyncChatbotHandler):
    def process(self, callback: dingtalk_stream.CallbackMessage) -> tuple[int, str]:
        heard = ChatbotMessage.from_dict(callback.data)
        sys.stdout.write(f"{heard.message_id} {heard.text.content}\n")
        sys.stdout.flush()
        return AckMessage.STATUS_OK, "OK"


def main(api: str, client_id: str, client_secret: str) -> None:
    client = dingtalk_stream.DingTalkStreamClient(dingtalk_stream.Credential(client_id, client_secret))
    dingtalk_stream.DingTalkStreamClient.OPEN_CONNECTION_API = f"{api}/v1.0/gateway/connections/open"
    client.register_callback_handler(ChatbotMessage.TOPIC, Listener())
    client.start_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
