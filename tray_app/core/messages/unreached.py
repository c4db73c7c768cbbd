"""Why nothing of a message left this computer: each cause by its name, with what mends it, and who has to act."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text, text


class Cause(StrEnum):
    """Values are entries of `network.toml`."""

    PROXY_UNUSABLE = "proxy_unusable"  # a proxy variable holds no address that can be used
    PROXY_DOWN = "proxy_down"  # nothing answers at the proxy's address, or nothing that is a proxy
    PROXY_LOGIN = "proxy_login"  # the proxy wants a user name and a password
    PROXY_REFUSES = "proxy_refuses"  # the proxy does not let us through to this host
    PROXY_FAILS = "proxy_fails"  # the proxy lets us through, and cannot reach the host itself
    CERTIFICATE = "certificate"  # not trusted: a company's TLS proxy, a portal, another host
    CERTIFICATE_FILE = "certificate_file"  # SSL_CERT_FILE or SSL_CERT_DIR names nothing that can be used
    CLOCK = "clock"  # by this computer's clock the certificate is not valid: mostly it is the clock
    NAME = "name"  # the host's name cannot be resolved
    TLS = "tls"  # what answers does not speak TLS as we do
    REFUSED = "refused"
    TIME_OUT = "time_out"
    NO_NETWORK = "no_network"


_SET_UP = frozenset(
    {
        Cause.PROXY_UNUSABLE,
        Cause.PROXY_DOWN,
        Cause.PROXY_LOGIN,
        Cause.PROXY_REFUSES,
        Cause.CERTIFICATE,
        Cause.CERTIFICATE_FILE,
        Cause.CLOCK,
        Cause.NAME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """`host` is the message's, `what` the thing in the way: a proxy's address without its login, a variable, a code."""

    cause: Cause
    host: str
    what: str = ""

    @property
    def set_up(self) -> bool:
        """Whether the owner must act; else it passes, and what waits goes out by itself."""
        return self.cause in _SET_UP

    @property
    def reason(self) -> Text:
        """What is wrong."""
        return text(f"network.{self.cause}", host=self.host, what=self.what)

    @property
    def hint(self) -> Text:
        """What mends it."""
        return text(f"network.{self.cause}_hint", host=self.host, what=self.what)
