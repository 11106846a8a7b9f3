"""Parse BibTeX, keeping the bytes of every field, in linear time.

The grammar is that of BibTeX (https://www.bibtex.org/Format/): text outside of entries is a
comment, and an escaped brace counts as a brace. A broken entry ends at the next line that begins
an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from crawler.pages.reading_limit import ReadingLimit

_ENTRY = re.compile(rb"@[ \t\r\n]*([A-Za-z][\w:.+-]*)[ \t\r\n]*([{(])")
_NEXT_ENTRY = re.compile(rb"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
# Its length is limited, as keys without a comma behind them are read up to the next space.
_KEY = re.compile(rb"[^,={}\"#\s]{0,1000}+[ \t\r\n]{0,1000}+,")
_FIELD = re.compile(rb"[\s,]*([^\s=,{}()\"#%']+)\s*=\s*")
# A whole part of a value: text in braces or quotation marks without braces inside, or a name
_SIMPLE = re.compile(rb"\{([^{}@]*+)(?<!\\)\}|\"([^\"{}@]*+)\"|([^\s,{}()\"#%'=]+)")
_DELIMITERS = {1: b"{", 2: b'"', 3: b""}  # by the group of `_SIMPLE` that matched
_JOIN = re.compile(rb"\s*#\s*")
_END = re.compile(rb"[\s,]*([})])")
_COMMENT = re.compile(rb"[\s,]*%[^\n]*\n")
# Marks inside a value: braces and quotation marks, and the line of a next entry, which ends a value
# that is never closed. `_UNESCAPED` also matches escaped braces, which do not count.
_BRACES = re.compile(rb"[{}]|^[ \t]*@[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_UNESCAPED = re.compile(rb"\\[\\{}]|[{}]|^[ \t]*@[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_AFTER_VALUE = re.compile(rb"\s*[,})#]")
_QUOTED = re.compile(rb"[{}\"]|^[ \t]*@[A-Za-z]+[ \t]*[{(]", re.MULTILINE)


class BibPiece(Struct, frozen=True):
    """A part of a value: text between delimiters, or the name of a string or a number.

    Attributes:
        start: The first byte of the text, without its delimiters.
        end: The byte after it.
        delimiter: `{`, `"` or nothing.
    """

    start: int
    end: int
    delimiter: bytes


class BibField(Struct, frozen=True):
    """A field of an entry.

    Attributes:
        name: In lower case.
        name_start: The first byte of the name.
        pieces: The parts that `#` joins.
        end: The byte after its value, delimiters included.
    """

    name: str
    name_start: int
    pieces: tuple[BibPiece, ...]
    end: int


@dataclass(slots=True)
class BibEntry:
    """An entry, or `@string`.

    Attributes:
        kind: Its type in lower case.
        start: The offset of its `@`.
        end: The byte after the entry.
        fields: Its fields.
        problem: Why it could not be read to its end, or "".
        problem_at: The offset of the broken part.
    """

    kind: str
    start: int
    end: int
    fields: list[BibField] = field(default_factory=list)
    problem: str = ""
    problem_at: int = 0


class _BrokenEntry(Exception):
    """Raised inside this module if the rest of an entry cannot be read.

    Attributes:
        problem: What is wrong, in words for a person.
        at: The offset at which it was found.
    """

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem, self.at = problem, at


def bib_entries(data: bytes) -> Iterator[BibEntry]:
    """Yield the entries of a bibliography, comments and preambles left out.

    Args:
        data: The page.

    Raises:
        PageSyntaxError: Too many braces are not closed.
    """
    at, limit = 0, ReadingLimit(len(data))
    while head := _ENTRY.search(data, at):
        kind = head[1].decode(errors="replace").lower()
        entry = BibEntry(kind, head.start(), head.end())
        if kind == "comment":
            # BibTeX ignores only the word `@comment`; programs keep their settings in its braces.
            at = _skip_braces(data, head.end(), limit)
            continue
        try:
            if kind == "preamble":
                at = _skip_braces(data, head.end(), limit)
            else:
                at = _read_fields(data, entry, limit)
        except _BrokenEntry as broken:
            following = _NEXT_ENTRY.search(data, head.end())
            at = following.start() if following else len(data)
            entry.problem, entry.problem_at = broken.problem, broken.at
        entry.end = at
        if kind != "preamble" or entry.problem:
            yield entry


def _skip_braces(data: bytes, start: int, limit: ReadingLimit) -> int:
    """Return the offset behind the brace that closes a text, `start` if none does."""
    try:
        return _closing_brace(data, start, limit) + 1
    except _BrokenEntry:
        return start


def _read_fields(data: bytes, entry: BibEntry, limit: ReadingLimit) -> int:
    """Read the fields of an entry, and return where it ends."""
    at = entry.end
    if entry.kind != "string":
        key = _KEY.match(data, at)
        at = key.end() if key else at
    while True:
        while comment := _COMMENT.match(data, at):  # which Biber allows
            at = comment.end()
        if end := _END.match(data, at):
            return end.end()
        name = _FIELD.match(data, at)
        if name is None:
            raise _BrokenEntry("an entry has no closing bracket, or text between its fields", at)
        pieces, at = _read_value(data, name.end(), limit)
        text = name[1].decode(errors="replace").lower()
        entry.fields.append(BibField(text, name.start(1), pieces, at))


def _read_value(data: bytes, at: int, limit: ReadingLimit) -> tuple[tuple[BibPiece, ...], int]:
    """Return the parts of the value at an offset, and the offset behind them.

    Raises:
        _BrokenEntry: There is no value, or it is never closed.
    """
    pieces = []
    while True:
        if simple := _SIMPLE.match(data, at):
            group = simple.lastindex or 3
            pieces.append(BibPiece(*simple.span(group), _DELIMITERS[group]))
            at = simple.end()
        elif data.startswith(b"{", at):
            end = _closing_brace(data, at + 1, limit)
            pieces.append(BibPiece(at + 1, end, b"{"))
            at = end + 1
        elif data.startswith(b'"', at):
            end = _closing_quote(data, at + 1)
            pieces.append(BibPiece(at + 1, end, b'"'))
            at = end + 1
        else:
            raise _BrokenEntry("a field has no value", at)
        joined = _JOIN.match(data, at)
        if joined is None:
            return tuple(pieces), at
        at = joined.end()


def _closing_brace(data: bytes, start: int, limit: ReadingLimit) -> int:
    r"""Return the offset of the brace that closes a value.

    Some programs write escaped braces (`\{`) that are not balanced, so these do not count at first.
    BibTeX counts them, and `{C:\}` is closed only that way.

    Raises:
        _BrokenEntry: The value is never closed.
    """
    try:
        end = _find_closing(data, start, _UNESCAPED, limit)
        if b"\\" not in data[start:end] or _AFTER_VALUE.match(data, end + 1):
            return end
    except _BrokenEntry:
        pass
    return _find_closing(data, start, _BRACES, limit)


def _find_closing(data: bytes, start: int, braces: re.Pattern[bytes], limit: ReadingLimit) -> int:
    """Return the offset of the brace that closes a value, counting the braces of a pattern."""
    depth, end = 1, len(data)
    for mark in braces.finditer(data, start):
        if mark[0] == b"{":
            depth += 1
        elif mark[0] == b"}":
            depth -= 1
            if not depth:
                limit.spend(mark.end() - start)
                return mark.start()
        elif mark[0][:1] != b"\\":
            end = mark.start()
            break
    limit.spend(end - start)
    raise _BrokenEntry("a brace is never closed", start - 1)


def _closing_quote(data: bytes, start: int) -> int:
    """Return the offset of the quotation mark that closes a value, outside of braces."""
    depth = 0
    for mark in _QUOTED.finditer(data, start):
        if mark[0] == b"{":
            depth += 1
        elif mark[0] == b"}":
            depth -= 1
        elif mark[0] != b'"':  # the line of a next entry
            break
        elif depth <= 0:
            return mark.start()
    raise _BrokenEntry("a quotation mark is never closed", start - 1)
