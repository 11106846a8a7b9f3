"""Choose the client certificate that is shown to a host."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from crawler.config import narrowest_first
from crawler.http.fetch import ClientCertificate
from crawler.http.urls import host_of


class ClientCertificates:
    """Chooses a certificate by URL.

    Args:
        hosts: The `[hosts]` tables of the configuration, by host pattern. Of the tables that match
            a host and name a certificate, the one with the narrowest pattern is used.
    """

    def __init__(self, hosts: Mapping[str, Mapping[str, Any]]) -> None:
        self._certificates: list[tuple[str, ClientCertificate]] = []
        for pattern in narrowest_first(hosts):
            table = hosts[pattern]
            if table.get("client_certificate"):
                certificate = ClientCertificate(
                    Path(table["client_certificate"]), Path(table["client_key"])
                )
                self._certificates.append((pattern, certificate))

    def __call__(self, url: str) -> ClientCertificate | None:
        """Return the certificate for a URL's host; None if there is none."""
        if not self._certificates or not url.startswith("https:"):
            return None
        host = host_of(url)
        for pattern, certificate in self._certificates:
            if fnmatchcase(host, pattern):
                return certificate
        return None
