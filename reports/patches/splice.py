"""Apply edits to the bytes of a page in its own encoding. All other bytes stay the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from store.vocabulary.fixes import TextEdit


class SpliceError(ValueError):
    """Raised if edits overlap or a page's encoding prevents them. The message is for the user."""


def splice(data: bytes, encoding: str, edits: Sequence[TextEdit]) -> bytes:
    r"""Return a page with edits applied.

    Args:
        data: The page's bytes.
        encoding: Their encoding.
        edits: Edits, with offsets in the page's text in UTF-8, whatever its encoding.

    Raises:
        SpliceError: Edits overlap, or cannot be made in this encoding.

    >>> page = "见 http://a.example/ 。".encode("gb18030")
    >>> splice(page, "gb18030", [TextEdit(4, 8, "https")]).decode("gb18030")
    '见 https://a.example/ 。'
    """
    result, offset = bytearray(), 0
    for start, end, text in splice_spans(data, encoding, edits):
        result += data[offset:start] + text
        offset = end
    return bytes(result + data[offset:])


def splice_spans(
    data: bytes, encoding: str, edits: Sequence[TextEdit]
) -> Iterator[tuple[int, int, bytes]]:
    """Yield edits in page order as (start, end, replacement) of the page's own bytes.

    Raises:
        SpliceError: Edits overlap, or cannot be made in this encoding.
    """
    # The sort is stable: of two additions at one place the first stays first.
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    if any(one.end > other.start for one, other in pairwise(ordered)):
        raise SpliceError("two edits overlap: edit this link by hand")
    if encoding == "utf-8":
        # Offsets are right even in a damaged page: each invalid byte counts as one.
        for edit in ordered:
            yield edit.start, edit.end, edit.text.encode()
    else:
        yield from _spans_in_encoding(data, encoding, ordered)


def _spans_in_encoding(
    data: bytes, encoding: str, edits: Sequence[TextEdit]
) -> Iterator[tuple[int, int, bytes]]:
    """Yield edits as spans of bytes in another encoding, walking through both texts in step."""
    utf8 = _read_as_utf8(data, encoding)
    utf8_offset = offset = 0
    for edit in edits:
        offset += _length(utf8[utf8_offset : edit.start], encoding)
        end = offset + _length(utf8[edit.start : edit.end], encoding)
        try:
            replacement = edit.text.encode(encoding)
        except UnicodeEncodeError as error:
            raise SpliceError(
                f"the new text cannot be written in {encoding}: save the page as UTF-8"
            ) from error
        yield offset, end, replacement
        offset, utf8_offset = end, edit.end


def _read_as_utf8(data: bytes, encoding: str) -> bytes:
    """Return the text of a page in UTF-8.

    Raises:
        SpliceError: Writing the text again would not give the same bytes.
    """
    try:
        text = data.decode(encoding)
        utf8 = text.encode()
        # A codec that writes a byte order mark, such as utf-16, would write one in each edit.
        writes_mark = bool("".encode(encoding))
        is_reversible = text.encode(encoding) == data and not writes_mark
    except (UnicodeError, LookupError) as error:
        raise SpliceError(
            f"the page cannot be read as {encoding}: save the page as UTF-8"
        ) from error
    if not is_reversible:
        raise SpliceError(
            f"the page changes when it is read and written as {encoding}: save the page as UTF-8"
        )
    return utf8


def _length(utf8: bytes, encoding: str) -> int:
    return len(utf8.decode().encode(encoding))
