"""Describe web archives: their services, their mirrors' URLs, and the interface of their clients.

The package also pairs citations with their mirrors. It sends no request; the clients are in
`crawler.archive_clients`.
"""

from crawler.archives.mirror_urls import (
    get_service,
    is_archive_host,
    mirror_url,
    parse_mirror,
    service_title,
)
from crawler.archives.pairing import pair, pair_page
from crawler.archives.trust import ServiceTrust, service_trust

__all__ = [
    "ServiceTrust",
    "get_service",
    "is_archive_host",
    "mirror_url",
    "pair",
    "pair_page",
    "parse_mirror",
    "service_title",
    "service_trust",
]
