"""Archive services: their mirrors' URLs, the pairing of originals and mirrors, and (in modules of their own) their clients."""

from crawler.archives.mirror_urls import (
    get_service,
    less_trusted_services,
    mirror_url,
    parse_mirror,
)
from crawler.archives.pairing import pair, pair_page

__all__ = [
    "get_service",
    "less_trusted_services",
    "mirror_url",
    "pair",
    "pair_page",
    "parse_mirror",
]
