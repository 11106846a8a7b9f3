"""HTTP: URLs, headers, charsets, redirects, sitemaps, safe name resolution, and a fetch's types.

The functions exported here parse responses, as bytes or text, and never raise: they return None or
an empty text for invalid input. `FetchRequest` and `FetchResponse` are shared by the prober and the
clients (`crawler.http.clients`). The package does not use probes, archives or jobs.
"""

from crawler.http.charsets import codec_of, decode_page, decode_text
from crawler.http.fetch import BODY_LIMIT, Fetch, FetchRequest, FetchResponse, RequestPermit
from crawler.http.headers import (
    decode_header,
    parse_http_date,
    parse_number,
    retry_after,
    truncate_header,
)
from crawler.http.redirects import (
    LONGEST_LOCATION,
    MAX_REDIRECTS,
    REDIRECT_STATUSES,
    redirect_target,
    refresh_target,
)

__all__ = [
    "BODY_LIMIT",
    "LONGEST_LOCATION",
    "MAX_REDIRECTS",
    "REDIRECT_STATUSES",
    "Fetch",
    "FetchRequest",
    "FetchResponse",
    "RequestPermit",
    "codec_of",
    "decode_header",
    "decode_page",
    "decode_text",
    "parse_http_date",
    "parse_number",
    "redirect_target",
    "refresh_target",
    "retry_after",
    "truncate_header",
]
