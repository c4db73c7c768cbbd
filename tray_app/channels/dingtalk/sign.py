"""How a DingTalk webhook is signed: the signature itself, and the address that carries it."""

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote_plus

_OURS = frozenset({"timestamp", "sign"})


def sign(secret: str, *, now_ms: int) -> str:
    r"""Give base64(HMAC-SHA256(key=secret, message="<ms>\n<secret>")), not yet percent-encoded.

    The secret is taken as it is: a blank more makes another key. Pasted secrets are trimmed where they enter.
    """
    key = secret.encode(errors="surrogatepass")
    digest = hmac.new(key, f"{now_ms}\n".encode() + key, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed_url(webhook: str, secret: str, *, now_ms: int) -> str:
    """Add `timestamp` and `sign` to the webhook's query; both replace those of an address that was signed before.

    Everything else of the query stays byte for byte. The fragment is dropped: it is never sent. Without a secret the
    query stays as it is. The signature is percent-encoded exactly once: DingTalk refuses one that was encoded twice.
    """
    address, _, query = webhook.partition("#")[0].partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    if secret:
        pairs = [pair for pair in pairs if unquote_plus(pair.partition("=")[0]) not in _OURS]
        pairs += [f"timestamp={now_ms}", f"sign={quote(sign(secret, now_ms=now_ms), safe='')}"]
    return f"{address}?{'&'.join(pairs)}" if pairs else address
