"""Whose certificates are trusted: the operating system's, or those that SSL_CERT_FILE and SSL_CERT_DIR name."""

import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_FILES = (  # where Linux systems keep them, beside where this Python's OpenSSL looks
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)


class NoCertificates(ValueError):
    """`variable` names a file or folder without certificates."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


def named_certificates(environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Give the values of SSL_CERT_FILE and SSL_CERT_DIR; empty ones name nothing."""
    return environ.get("SSL_CERT_FILE", "").strip(), environ.get("SSL_CERT_DIR", "").strip()


def missing_certificates(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Name the variables that point where nothing is."""
    file, folders = named_certificates(environ)
    if file and not Path(file).is_file():
        yield "SSL_CERT_FILE"
    if folders and not any(Path(folder).is_dir() for folder in folders.split(os.pathsep) if folder):
        yield "SSL_CERT_DIR"


def tls_context() -> ssl.SSLContext:
    """Build what TLS connections are made with. Raises NoCertificates."""
    for variable in missing_certificates():
        raise NoCertificates(variable)
    file, folders = named_certificates()
    if file or folders:
        try:
            return _trusting(file, folders)
        except OSError:  # no PEM in it, or not ours to read; ssl.SSLError is one too
            raise NoCertificates("SSL_CERT_FILE" if file else "SSL_CERT_DIR") from None
    if sys.platform == "linux" and not _system_has_any():
        import httpx

        return _lenient(httpx.create_ssl_context(trust_env=False))  # a bare container: those that httpx brings
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trusting(file: str, folders: str) -> ssl.SSLContext:
    """Trust these alone.

    Not by `ssl.create_default_context`: it writes to SSLKEYLOGFILE what opens our connections, tokens and all, and
    fails where it cannot.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file or None, folders or None)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an authority in between, as Python 3.13 trusts it
    return _lenient(context)


def _lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """Trust what the system's store and older Pythons trust: from 3.13 on, a company's plain certificate is refused."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _system_has_any() -> bool:
    places = ssl.get_default_verify_paths()
    folder = places.capath and Path(places.capath)
    return bool(places.cafile or (folder and any(folder.glob("*.0"))) or any(Path(file).is_file() for file in _FILES))
