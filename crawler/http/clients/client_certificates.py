"""Which hosts are shown a certificate of ours, and which one."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from crawler.config import narrowest_first
from crawler.http.clients.interface import ClientCertificate
from crawler.http.urls import host_of


class ClientCertificates:
    """Chooses per URL, by the tables of `[hosts]`: certificate and key come from one table, the narrowest that names them."""

    def __init__(self, hosts: Mapping[str, Mapping[str, Any]]) -> None:
        self._identities = [
            (
                pattern,
                ClientCertificate(
                    Path(hosts[pattern]["client_certificate"]), Path(hosts[pattern]["client_key"])
                ),
            )
            for pattern in narrowest_first(hosts)
            if hosts[pattern].get("client_certificate")
        ]

    def __call__(self, url: str) -> ClientCertificate | None:
        """Give what a URL's host is shown; None for nothing."""
        if not self._identities or not url.startswith("https:"):
            return None
        host = host_of(url)
        return next(
            (identity for pattern, identity in self._identities if fnmatchcase(host, pattern)), None
        )
