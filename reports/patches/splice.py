"""Edits put into the bytes of a page, in its own encoding: what no edit names stays as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from reports.patches.records import TextEdit


class SpliceError(ValueError):
    """These edits cannot be made in this page's encoding; the message says why, in words for a person."""


def splice(data: bytes, encoding: str, edits: Sequence[TextEdit]) -> bytes:
    r"""Put edits into a page. Their offsets are those of its text in UTF-8, whatever its encoding; raises `CannotSplice`.

    >>> splice("见 http://a.example/ 。".encode("gb18030"), "gb18030", [TextEdit(4, 8, "https")]).decode("gb18030")
    '见 https://a.example/ 。'
    """
    result, at = bytearray(), 0
    for start, end, text in splice_spans(data, encoding, edits):
        result += data[at:start] + text
        at = end
    return bytes(result + data[at:])


def splice_spans(
    data: bytes, encoding: str, edits: Sequence[TextEdit]
) -> Iterator[tuple[int, int, bytes]]:
    """Give the edits in page order as spans of the page's own bytes and what they become. Raises `CannotSplice`."""
    ordered = sorted(
        edits, key=lambda edit: (edit.start, edit.end)
    )  # stable: of two additions at one place the first stays first
    if any(one.end > other.start for one, other in pairwise(ordered)):
        raise SpliceError("two edits overlap")
    if encoding == "utf-8":  # damaged bytes count one each, too
        yield from ((edit.start, edit.end, edit.text.encode()) for edit in ordered)
    else:
        yield from _in_encoding(data, encoding, ordered)


def _in_encoding(
    data: bytes, encoding: str, edits: Sequence[TextEdit]
) -> Iterator[tuple[int, int, bytes]]:
    """Walk through the text in both encodings side by side."""
    try:
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            raise SpliceError(
                f"the page does not stay the same when read and written as {encoding}"
            )
        utf8 = text.encode()
    except (UnicodeError, LookupError) as error:
        raise SpliceError(f"the page cannot be read as {encoding}") from error
    offset = at = 0  # the same place in UTF-8 and in the page
    for edit in edits:
        at += _length(utf8[offset : edit.start], encoding)
        end = at + _length(utf8[edit.start : edit.end], encoding)
        try:
            yield at, end, edit.text.encode(encoding)
        except UnicodeEncodeError as error:
            raise SpliceError(f"what is to be written there has no place in {encoding}") from error
        at, offset = end, edit.end


def _length(utf8: bytes, encoding: str) -> int:
    return len(utf8.decode().encode(encoding))
