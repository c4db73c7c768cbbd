"""An HTTPS server on loopback with certificates of its own authority, as a company's TLS proxy has them."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.patience import PATIENCE_S

HOST = "oapi.dingtalk.com"
_DAY = timedelta(days=1)
_OK = b'{"errcode":0,"errmsg":"ok"}'


class Authority:
    """Signs certificates; `file` is its own, to be trusted.

    They are as plain as companies make them, without key identifiers and key usage: Python 3.13 is strict by itself.
    """

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Example Company Root")
        self.folder = folder
        own = self._certificate(self._name, self._key.public_key(), (-_DAY * 99, _DAY * 99), authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str = HOST, *, valid: tuple[timedelta, timedelta] = (-_DAY, _DAY)) -> ssl.SSLContext:
        """Give what a server of that host serves with; `valid` is from and until, seen from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._certificate(_name(host), key.public_key(), valid, host=host)
        plain = serialization.NoEncryption()
        file = self.folder / "server.pem"
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + signed.public_bytes(serialization.Encoding.PEM)
            + self.file.read_bytes()  # sent along; of a chain that ends nowhere Wine says nothing
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certificate(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        valid: tuple[timedelta, timedelta],
        *,
        host: str = "",
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        begun = begun.serial_number(x509.random_serial_number())
        begun = begun.not_valid_before(now + valid[0]).not_valid_after(now + valid[1])
        begun = begun.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if host:
            begun = begun.add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        return begun.sign(self._key, hashes.SHA256())


def _name(said: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, said)])


def _names(host: str) -> list[x509.GeneralName]:
    try:
        return [x509.IPAddress(ip_address(host))]
    except ValueError:
        return [x509.DNSName(host)]


class TlsServer(ThreadingHTTPServer):
    """Says "ok" to every POST; `posts` counts them."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.posts = 0
        self._heard = threading.Condition()

    def hear(self) -> None:
        with self._heard:
            self.posts += 1
            self._heard.notify_all()

    def wait_for_posts(self, count: int) -> bool:
        """Wait until so many have come."""
        with self._heard:
            return self._heard.wait_for(lambda: self.posts >= count, PATIENCE_S)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that trusts nobody hangs up: that is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: TlsServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.hear()
        self.do_HEAD()
        self.wfile.write(_OK)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(_OK)))
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Keep still."""


@contextlib.contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[TlsServer]:
    """Serve until the end of the block; each connection speaks TLS in a thread of its own."""
    with TlsServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
