"""Classify failures as the server's or as limits of our clients, by their messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from crawler.http.clients.interface import RequestFailed
from store.vocabulary import Fault

# Header fields that every request has. Others may carry a secret of the configuration.
_DEFAULT_FIELDS: Final = frozenset((
    "accept", "accept-encoding", "accept-language", "user-agent", "if-none-match",
    "if-modified-since",
))  # fmt: skip
# TLS alerts and errors that mean: server and client have no version, cipher or key in common.
_NO_COMMON_TLS = re.compile(
    r"handshake failure|handshake_failure|HandshakeFailure|insufficient.?security"
    r"|no (?:shared cipher|ciphers|protocols) ?(?:available)?|no application protocol"
    r"|(?:unsupported|unknown) protocol|(?:tlsv1 alert |alert )?protocol version"
    r"|(?:dh|ee|ca) key too small|(?:ca|ee) md too weak|key too small|bad ecpoint"
    r"|(?:unsafe )?legacy (?:renegotiation|sigalg)|wrong signature type|unknown group"
    r"|certificate required|unsupported certificate purpose|no suitable",
    re.IGNORECASE,
)
_NO_ISSUER = re.compile(
    r"unable to get (?:local )?issuer|unable to verify the first certificate", re.IGNORECASE
)
_GRAMMAR_FAULTS: Final = frozenset({Fault.BAD_RESPONSE, Fault.TRUNCATED})
# Messages of reqwest, and one of aiohttp, for errors that browsers ignore.
_IGNORED_BY_BROWSERS = re.compile(
    r"invalid (?:content-length|HTTP header) parsed|Expected LF after chunk (?:size|data)"
)
# Messages of reqwest for status lines and chunks that a more lenient parser may read.
_UNREADABLE_BY_REQWEST = re.compile(r"invalid HTTP status-code parsed|Invalid chunk")
# A byte order mark, as aiohttp's message shows it. Chromium skips up to four bytes before "HTTP".
_BYTE_ORDER_MARK = r"(?:\\+xef\\+xbb\\+xbf)"
# A status line with another version or spelling or behind a byte order mark, or markup without a
# head, which is HTTP/0.9 to browsers, as aiohttp's message shows them.
_UNUSUAL_START = re.compile(
    rf"b\\?['\"]{_BYTE_ORDER_MARK}?(?:HTTP(?:/[0-9.]{{1,5}})?|ICY) +[1-5][0-9]{{2}}\b"
    rf"|Expected HTTP/.{{0,60}}b\\?['\"]{_BYTE_ORDER_MARK}?"
    r"(?:\s|\\+[rn])*<(?:!doctype|html|head|body|title)\b",
    re.IGNORECASE | re.DOTALL,
)
# A SETTINGS or GOAWAY frame on stream 0 (RFC 9113, section 4.1) where a status line should be.
_HTTP2_FRAME = re.compile(r"""b['"]\\x00\\x00(?:\\x[0-9a-f]{2}|\\[trn]|[^\\])\\x0[47]\\x0[01]""")


def shares_no_tls(failure: RequestFailed) -> bool:
    """Return whether server and client have no version, cipher or key of TLS in common."""
    text = failure.detail.replace("_", " ")
    return failure.fault is Fault.TLS and _NO_COMMON_TLS.search(text) is not None


def lacks_issuer(failure: RequestFailed) -> bool:
    """Return whether the certificate of the issuer of a server's certificate is missing."""
    return failure.fault is Fault.TLS and _NO_ISSUER.search(failure.detail) is not None


def is_unknown_protocol(failure: RequestFailed) -> bool:
    """Return whether a response is not HTTP/1, by the message of reqwest."""
    return failure.fault is Fault.BAD_RESPONSE and "invalid HTTP version" in failure.detail


def may_be_read_leniently(failure: RequestFailed) -> bool:
    """Return whether a lenient parser may read a response, by the message of reqwest."""
    is_matched = _UNREADABLE_BY_REQWEST.search(failure.detail) is not None
    return failure.fault in _GRAMMAR_FAULTS and is_matched


def breaks_grammar(failure: RequestFailed) -> bool:
    """Return whether a response breaks HTTP's grammar in a way that browsers ignore."""
    patterns = (_IGNORED_BY_BROWSERS, _UNUSUAL_START)
    is_matched = any(pattern.search(failure.detail) for pattern in patterns)
    return failure.fault in _GRAMMAR_FAULTS and is_matched


def is_http2(failure: RequestFailed) -> bool:
    """Return whether a response begins with a frame of HTTP/2, by the message of aiohttp."""
    text = failure.detail.replace("\\\\", "\\")  # aiohttp quotes its message once more
    return failure.fault is Fault.BAD_RESPONSE and _HTTP2_FRAME.search(text) is not None


def carries_secrets(headers: Mapping[str, str]) -> bool:
    """Return whether a request has header fields that must not be sent with obsolete TLS."""
    return not _DEFAULT_FIELDS.issuperset(name.lower() for name in headers)


def was_cut_in_handshake(failure: RequestFailed, url: str) -> bool:
    """Return whether a server closed the connection during the TLS handshake."""
    if not url.lower().startswith("https:"):
        return False
    text = failure.detail.lower()
    if failure.fault is Fault.TLS:
        return "eof" in text
    return failure.fault is Fault.RESET and "cannot connect to host" in text
