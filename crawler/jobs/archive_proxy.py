"""Detect that the proxy for archives (`archives.proxy`) does not respond.

Nothing is requested through it then: copies would seem broken, and each request would last as long
as its timeout.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from crawler.archives.archive_hosts import archive_proxy_hosts
from crawler.config import Config, host_and_port
from crawler.politeness.rate_limit import Postponed

logger = logging.getLogger("holdfast.jobs")

_RETEST_SECONDS: Final = 60.0  # until a proxy that did not respond is tested again


class ArchiveProxyUnreachable(Postponed):
    """Raised if an archive is not requested because the proxy for archives does not respond."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot, "archives.proxy does not respond")


class ArchiveProxy:
    """Tests the proxy for archives before the first request through it, and after each that failed.

    It belongs to one event loop. A proxy that does not respond is named by one warning.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._is_proxied = archive_proxy_hosts(config)
        self._has_responded = False
        self._unreachable_until = float("-inf")
        self._test_lock = asyncio.Lock()

    @property
    def is_unreachable(self) -> bool:
        """Return whether the proxy did not respond to the last test."""
        return monotonic() < self._unreachable_until

    def is_used_for(self, url: str) -> bool:
        """Return whether a URL is requested through the proxy for archives."""
        if not self._config.archives.proxy:
            return False  # before the URL is parsed: each probe calls this twice
        endpoint = host_and_port(url)
        return endpoint is not None and self._is_proxied(*endpoint)

    async def responds(self, url: str, *, has_failed: bool = False) -> bool:
        """Return whether the proxy for archives responds, if a URL is requested through it.

        If it does not, the URL must not be requested, and a failed request says nothing about the
        archive.

        Args:
            url: The URL.
            has_failed: Whether a request for it has failed, so that the proxy is tested again.

        Returns:
            True also if the URL is not requested through the proxy.
        """
        if not self.is_used_for(url):
            return True
        async with self._test_lock:
            if self.is_unreachable:
                return False
            if self._has_responded and not has_failed:
                return True
            was_unreachable = self._unreachable_until > float("-inf")
            self._has_responded = await self._test(url)
            if self._has_responded:
                self._unreachable_until = float("-inf")
                return True
            self._unreachable_until = monotonic() + _RETEST_SECONDS
            if not was_unreachable:
                self._warn()
            return False

    async def _test(self, url: str) -> bool:
        """Return whether the proxy answers a request to connect to the host of a URL."""
        # Imported here: most commands read a database and request nothing.
        from crawler.http.clients.proxies import (  # noqa: PLC0415
            proxy_addresses,
            resolving_proxy_url,
        )
        from crawler.http.proxy_check import ProxiedEndpoint, any_proxy_answers  # noqa: PLC0415
        from crawler.http.safe_resolver import SafeResolver  # noqa: PLC0415

        endpoint, proxy = host_and_port(url), self._config.archives.proxy
        if endpoint is None:
            return True
        resolver = SafeResolver(proxies=proxy_addresses(override=proxy))
        try:
            return await any_proxy_answers(
                [ProxiedEndpoint(resolving_proxy_url(proxy), endpoint)], resolver
            )
        finally:
            await resolver.close()

    def _warn(self) -> None:
        proxy = self._config.archives.proxy
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        address = parts.netloc.rpartition("@")[2]  # without a password
        logger.warning(
            "the proxy %s (archives.proxy) does not respond: archive copies are not checked, and "
            "lookups and captures stay due, until it does: start it, or change archives.proxy",
            address,
        )
