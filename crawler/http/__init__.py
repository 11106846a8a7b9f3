"""What HTTP answers say in their headers and charsets, read without ever raising.

Every function takes bytes or text as a server sent them, and returns a value or says "unreadable" (None, an empty text). Nothing here
knows probes, archives or the store: callers pass plain arguments.
"""

from crawler.http.charsets import codec_of, decode_page, decode_text
from crawler.http.fetch import BODY_LIMIT, Fetch, FetchRequest, FetchResponse, RequestPermit
from crawler.http.headers import (
    decode_header,
    parse_http_date,
    parse_number,
    parse_set_cookie,
    retry_after,
    truncate_header,
)
from crawler.http.redirects import (
    LONGEST_LOCATION,
    MAX_REDIRECTS,
    REDIRECT_STATUSES,
    redirect_target,
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
    "decode_page",
    "decode_text",
    "truncate_header",
    "parse_http_date",
    "parse_number",
    "parse_set_cookie",
    "decode_header",
    "redirect_target",
    "retry_after",
]
