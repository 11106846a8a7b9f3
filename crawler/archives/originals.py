"""Parse the originals in the URLs of mirrors, where archives write them in many forms."""

from __future__ import annotations

import re

_MAX_ENCODINGS = 8  # levels of percent-encoding
# The start of a URL whose colon is percent-encoded: `http%3A`, or `http%253A` if it is encoded
# twice. If its slash is encoded too, the whole URL is.
_ENCODED_SCHEME = re.compile(
    r"(?P<scheme>https?|ftp)%(?P<nested>(?:25)*)3a(?P<slash>%(?:25)*2f)?", re.IGNORECASE
)
# The percent-escape of a printable ASCII character except the space.
_ASCII_ESCAPE = re.compile(r"%(2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])", re.IGNORECASE)
_ORIGINAL = re.compile(
    # a first scheme before a second one; the first is ignored
    r"(?:https?:/+(?=https?:?//))?"
    # the scheme, perhaps without its colon, and slashes
    r"(?:(?P<scheme>https?|ftp)(?::|(?=//)))?/*"
    r"(?P<user>[^/?#@\s]*@)?"
    # a name with a dot, an IPv6 address, or localhost
    r"(?P<host>(?:[^\s/?#:@\[\].%]+\.)+[^\s/?#:@\[\].%]+\.?|\[[0-9a-f:.]+\]|localhost)"
    r"(?::(?P<port>\d*))?"
    r"(?P<rest>(?:[/?#].*)?)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21"}


def parse_original(written: str) -> str | None:
    """Return the original that a mirror's URL contains, normalized; None if not a web address.

    A missing scheme is added (http as the archives do, https for port 443), and so are missing
    slashes. The default port is removed. A URL that is percent-encoded as a whole is decoded. If
    two schemes precede the host, as in `http://https://`, the second one is kept.

    >>> parse_original("https:/example.org:443/a%20b"), parse_original("example.org/?q=1")
    ('https://example.org/a%20b', 'http://example.org/?q=1')
    >>> parse_original("http%3A%2F%2Fexample.org%2F%25E4")
    'http://example.org/%E4'
    >>> parse_original("http://https//example.org"), parse_original("about:blank")
    ('https://example.org', None)
    """
    encoded = _ENCODED_SCHEME.match(written)
    if encoded is not None:
        levels = 1 + len(encoded["nested"]) // len("25")
        if levels > _MAX_ENCODINGS:
            return None
        if encoded["slash"]:
            for _ in range(levels):
                written = decode_ascii_escapes(written)
        else:
            written = f"{encoded['scheme']}:{written[encoded.end() :]}"
    parts = _ORIGINAL.fullmatch(written.strip())
    if parts is None or (parts["user"] and not parts["scheme"]):
        return None
    port = parts["port"] or ""
    default_scheme = "https" if port == _DEFAULT_PORTS["https"] else "http"
    scheme = (parts["scheme"] or default_scheme).lower()
    suffix = f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""
    return f"{scheme}://{parts['user'] or ''}{parts['host']}{suffix}{parts['rest']}"


def decode_ascii_escapes(text: str) -> str:
    """Return a text with the escapes of printable ASCII decoded.

    Spaces and other characters stay escaped, and mean the same.
    """
    return _ASCII_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
