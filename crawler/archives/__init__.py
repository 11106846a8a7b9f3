"""Describe web archives: their services, their mirrors' URLs, and what an archive can be asked.

The package also pairs citations with their mirrors. It sends no request; the clients are in
`crawler.archive_clients`.
"""

from crawler.archives.mirror_urls import (
    distrusted_services,
    get_service,
    is_archive_host,
    less_trusted_services,
    mirror_url,
    parse_mirror,
    service_title,
)
from crawler.archives.pairing import pair, pair_page

__all__ = [
    "distrusted_services",
    "get_service",
    "is_archive_host",
    "less_trusted_services",
    "mirror_url",
    "pair",
    "pair_page",
    "parse_mirror",
    "service_title",
]
