"""Certificates for the hosts of the test internet: valid ones, and each kind of invalid one."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme

Chain = tuple[bytes, bytes]  # private key, certificates (leaf first), both PEM


ODD_HOSTS = "*.odd.test"  # they share a certificate


class Authority:
    """A certificate authority that tests trust, and one that they do not."""

    def __init__(self) -> None:
        self._trusted = trustme.CA(organization_name="Holdfast test internet")
        self._stranger = trustme.CA(organization_name="An authority nobody trusts")
        self._unsound: Mapping[str, Callable[[str], Chain]] = {
            "expired.test": self._expired,
            "not-yet-valid.test": self._not_yet_valid,
            "wrong-host.test": self._wrong_host,
            "self-signed.test": self._self_signed,
            "unknown-authority.test": self._unknown_authority,
        }

    def write_certificate(self, path: Path) -> None:
        """Write the authority's own certificate (PEM): what `ca_file` names."""
        self._trusted.cert_pem.write_to_path(path)

    def server_context(self) -> ssl.SSLContext:
        """Return a TLS context with a certificate by server name (SNI): valid, except for the hosts of this module."""
        contexts = cache(self.context_for)

        def choose(
            connection: ssl.SSLObject | ssl.SSLSocket, host: str | None, _context: ssl.SSLContext
        ) -> None:
            name = host or "unnamed.test"
            # the library that issues certificates knows no labels that it cannot decode
            is_odd = name.endswith(ODD_HOSTS[1:])
            connection.context = contexts(ODD_HOSTS if is_odd else name)

        context = self.context_for("unnamed.test")
        context.sni_callback = choose
        return context

    def context_for(self, host: str) -> ssl.SSLContext:
        key, certificates = self._unsound.get(host, self._sound)(host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with trustme.Blob(key + certificates).tempfile() as path:
            context.load_cert_chain(path)
        return context

    def _sound(self, host: str) -> Chain:
        return _chain(self._trusted.issue_cert(host))

    def _expired(self, host: str) -> Chain:
        now = datetime.now(UTC)
        return _chain(
            self._trusted.issue_cert(
                host, not_before=now - timedelta(days=400), not_after=now - timedelta(days=35)
            )
        )

    def _not_yet_valid(self, host: str) -> Chain:
        now = datetime.now(UTC)
        return _chain(
            self._trusted.issue_cert(
                host, not_before=now + timedelta(days=35), not_after=now + timedelta(days=400)
            )
        )

    def _wrong_host(self, _host: str) -> Chain:
        return _chain(self._trusted.issue_cert("elsewhere.test"))

    def _self_signed(self, _host: str) -> Chain:
        return self._stranger.private_key_pem.bytes(), self._stranger.cert_pem.bytes()

    def _unknown_authority(self, host: str) -> Chain:
        return _chain(self._stranger.issue_cert(host))


def _chain(leaf: trustme.LeafCert) -> Chain:
    return leaf.private_key_pem.bytes(), b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
