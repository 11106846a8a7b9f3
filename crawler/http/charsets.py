"""Decode pages as browsers do: by the charsets of the Encoding Standard, and no other codecs.

Source: https://encoding.spec.whatwg.org/#names-and-labels. Python's registry also has `base64`,
`idna`, `undefined` and the like, which are no charsets and raise on some bytes; a label that means
one of those is treated as unknown.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import Final

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

from crawler.http.east_asian import recognise_encoding

_DETECTION_BYTES: Final = 8_192  # bytes of a page that detection reads
_MAX_LABEL_LENGTH: Final = 40  # characters; the standard's longest has 19
_MAX_CONTENT_TYPE_LENGTH: Final = 1_000  # characters
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MIN_LOST: Final = 2  # undecodable characters; one may be a fault of the page, or cut at its end
_FALLBACK: Final = "cp1252"  # browsers' own for western readers

_ISO_8859: Final = frozenset(
    f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)
)
_WINDOWS: Final = frozenset({"cp866", "cp874", *(f"cp{page}" for page in range(1250, 1259))})
_EAST_ASIAN: Final = frozenset({"gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"})
_SINGLE_BYTE: Final = (
    frozenset({"koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"}) | _ISO_8859 | _WINDOWS
)
_DETECTABLE: Final = sorted(_SINGLE_BYTE | _EAST_ASIAN)
UTF_16: Final = frozenset({"utf-16", "utf-16-be", "utf-16-le"})
# The names Python has for the standard's encodings, after w3lib has widened them (GBK to GB18030).
_CODECS: Final = frozenset({"utf-8"}) | _SINGLE_BYTE | _EAST_ASIAN | UTF_16


def decode_text(body: bytes, content_type: str = "") -> str:
    """Return a body as text; what cannot be decoded is replaced. See `decode_page`."""
    return decode_page(body, content_type)[1]


def decode_page(body: bytes, content_type: str = "") -> tuple[str, str]:
    r"""Decode a page by its declared charset, else by the one detected from its bytes.

    The charset is that of the byte order mark, else of the Content-Type header, else of the page's
    own `<meta>` or XML declaration, else the detected one. Browsers use the header's charset even
    if it is wrong. Here the page's own declaration or the detected charset replaces one that loses
    most of the text, because the text is needed to judge the page.

    Args:
        body: The page, or its beginning; it may end inside a character.
        content_type: The header's value, empty where there is none.

    Returns:
        The name of a Python codec and the text. What cannot be decoded is replaced by U+FFFD.

    >>> decode_page(b"caf\xe9", "text/html; charset=latin1")
    ('cp1252', 'café')
    >>> decode_page(b"plain", "text/html; charset=base64")
    ('utf-8', 'plain')
    >>> decode_page(b"<meta charset=gbk>\xd2\xb3\xc3\xe6", "text/html; charset=utf-8")
    ('gb18030', '<meta charset=gbk>页面')
    """
    bom_codec, bom = read_bom(body)
    if bom_codec and bom:
        return bom_codec, to_unicode(body[len(bom) :], bom_codec)
    codec = _known_codec(http_content_type_encoding(content_type[:_MAX_CONTENT_TYPE_LENGTH]))
    if codec:
        text = to_unicode(body, codec)
        better = _better_codec(body, codec, text)
        return (better, to_unicode(body, better)) if better else (codec, text)
    codec = _declared_codec(body) or _detect_codec(body)
    return codec, to_unicode(body, codec)


def _better_codec(body: bytes, codec: str, text: str) -> str | None:
    """Return the codec of a page whose server names a wrong one.

    Args:
        body: The page.
        codec: The server's codec.
        text: The page decoded by it.

    Returns:
        None if the server's codec may be right.
    """
    lost = text.count(_REPLACEMENT)
    if lost < _MIN_LOST or _decodes(body, codec):
        return None  # if it decodes, the page itself contains U+FFFD
    better = _declared_codec(body) or _detect_codec(body)
    if better == codec or not _decodes(body, better):
        return None
    # Text in another charset is hardly ever valid UTF-8. For other codecs, half of the characters
    # that are not ASCII must be lost. A quarter suffices for East Asian ones, as two bytes of a
    # Chinese character can be a letter in UTF-8.
    factor = 4 if better in _EAST_ASIAN else 2
    is_mostly_lost = factor * lost >= sum(not character.isascii() for character in text)
    return better if is_mostly_lost or better == "utf-8" else None


def _decodes(body: bytes, codec: str) -> bool:
    """Return whether a codec decodes a page; the page may end inside a character."""
    try:
        getincrementaldecoder(codec)().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def codec_of(label: str) -> str | None:
    """Return the Python codec that a charset's label means to a browser; None where it means none.

    >>> codec_of("GB2312"), codec_of("latin1"), codec_of("rot13"), codec_of("utf-7")
    ('gb18030', 'cp1252', None, None)
    """
    label = label.strip()
    if not (label.isascii() and label.isprintable() and len(label) <= _MAX_LABEL_LENGTH):
        return None
    return _known_codec(resolve_encoding(label))


def _known_codec(name: str | None) -> str | None:
    """Return a codec if it is one of the Encoding Standard, else None."""
    return name if name in _CODECS else None


def _declared_codec(body: bytes) -> str | None:
    """Return the codec that a page declares in its markup.

    A page whose markup can be read as ASCII is not in UTF-16, whatever it declares.
    """
    codec = _known_codec(html_body_declared_encoding(body))
    return None if codec in UTF_16 else codec


def _detect_codec(body: bytes) -> str:
    """Return the codec that fits the bytes: UTF-8 if it decodes them, else the best guess."""
    if _decodes(body, "utf-8"):
        return "utf-8"
    name = recognise_encoding(body, may_be_cut=True)
    if name is not None:
        return codec_of(name) or _FALLBACK
    from charset_normalizer import from_bytes  # noqa: PLC0415  slow to import, rarely needed

    best = from_bytes(body[:_DETECTION_BYTES], steps=3, cp_isolation=_DETECTABLE).best()
    if best is None:
        return _FALLBACK
    return codec_of(best.encoding) or _FALLBACK
