"""TLS settings for clients that verify servers with the system's certificate authorities."""

from __future__ import annotations

import ssl
from pathlib import Path

from crawler.http.wire.sockets import BudgetContext


def tls_context(ca_file: str = "") -> BudgetContext:
    """Return a context that trusts the system's authorities and those of a PEM file.

    Its sockets count all received bytes against a `WireBudget`.
    """
    context = BudgetContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def weak_tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context that also accepts obsolete TLS: version 1.0, SHA-1 and weak ciphers.

    Certificates are verified all the same. Send no secrets with it.
    """
    context = ssl.create_default_context(cafile=ca_file or None)
    if ca_file:
        context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # has no name before 3.12
    return context


def trusted_authorities(ca_file: str = "") -> str | bool:
    """Return what requests should verify servers against, as its `verify` argument.

    requests by itself ignores `SSL_CERT_FILE`, `SSL_CERT_DIR` and the system's store in favour of
    the list it is shipped with.

    Args:
        ca_file: A PEM file of authorities; "" for none. The sessions of `requests_session` trust
            the system's authorities, too.

    Returns:
        The path of the PEM file, else of the system's authorities; True if the system has none,
        which lets requests use its own list.

    Raises:
        FileNotFoundError: There is no such file.
    """
    if ca_file and not Path(ca_file).exists():
        raise FileNotFoundError(f"no certificates at {ca_file}")
    system = ssl.get_default_verify_paths()
    return ca_file or system.cafile or system.capath or True
