"""Read the links of a bibliography: each entry is one citation with its dates and copies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from crawler.pages.citation_context import BYTES_AFTER
from crawler.pages.formats.bibtex.bibdesk import without_repeated_links
from crawler.pages.formats.bibtex.eprints import eprint_url
from crawler.pages.formats.bibtex.fix_writer import BibtexFixWriter
from crawler.pages.formats.bibtex.latex import mask_escapes, plain_text, unescape_url
from crawler.pages.formats.bibtex.links import ARCHIVE_FIELDS, BibLink
from crawler.pages.formats.bibtex.parser import BibEntry, BibField, BibPiece, bib_entries
from crawler.pages.ignore_marks import ignore_mark, ignored_spans
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink, SurroundingText
from crawler.pages.reading_limit import ReadingLimit
from crawler.pages.source.bare_urls import MAX_URL_BYTES, bare_url_length, find_url_starts
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind, Page
from store.vocabulary.fixes import FixWriter

_IGNORE_MARK = ignore_mark(r"%|@comment[ \t]*\{", r"(?:\}|\r?$)")
_ENCODING = re.compile(rb"(?i)(?:%\s*Encoding:\s*|coding[:=]\s*|encoding=)([\w.:-]+)")
_DOI = re.compile(r"\s*(?:(?:info:)?doi[:/]?\s*)?(10\.\d{4,9}/\S+?)\s*\Z", re.IGNORECASE)
_WHOLE_URL = re.compile(rb"[\s{]*((?i:https?|ftp)://[^\s{}]*(?:\{[^{}\s]*\}[^\s{}]*)*)[\s}]*\Z")
_HREF = re.compile(rb"\\href[ \t]*\{((?:[^{}]|\{[^{}]*\})+)\}[ \t\r\n]*\{((?:[^{}]|\{[^{}]*\})*)\}")
# Before an argument of which TeX reads no white space
_URL_COMMAND = re.compile(rb"\\(?:url|href|nolinkurl|path|burl)[ \t]*\{\s*\Z")
# Fields with the day on which the author read the page, and fields of text that may name dates
_ACCESS_FIELDS = ("urldate", "accessed", "access-date", "accessdate", "lastchecked", "lastaccessed")
_NOTE_FIELDS = ("note", "annote", "addendum", "howpublished")
_UNREAD_FIELD = re.compile(r"(?:file|local-url|bdsk-file-\d+)\Z")  # fields with paths on a machine
_MAX_DEPTH = 5  # of names of `@string` in values of `@string`
# A URL that a program broke into lines (JabRef); of what follows, words alone are no part of it.
_WRAPPED_URL = re.compile(
    rb"[\s{]*((?i:https?|ftp)://[^\s{}]+"
    rb"(?:[ \t]*\n\s*(?!(?i:https?|ftp)://|www\.)(?=[A-Za-z]*[0-9/_.=&%?-])[^\s{}]+)+)[\s}]*\Z"
)
_EPRINT = re.compile(r"\s*(?:(arxiv):\s*)?([\w.:/-]+)\s*\Z", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class BibtexReader(FormatReader):
    """Read BibTeX and BibLaTeX bibliographies."""

    name: ClassVar[str] = "bibtex"
    title: ClassVar[str] = "BibTeX"
    suffixes: ClassVar[frozenset[str]] = frozenset([".bib", ".bibtex"])
    ignore_mark: ClassVar[None] = None  # a mark before an entry covers all of it

    def declared_encoding(self, data: bytes) -> str | None:
        """Return the encoding that a comment of JabRef or Emacs names."""
        declared = _ENCODING.search(data[:2048])
        return declared[1].decode() if declared else None

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links of a bibliography to its record.

        Raises:
            PageSyntaxError: It has no entry.
        """
        del options
        data, entries = source.data, list(bib_entries(source.data))
        if not entries and find_url_starts(data) and b"@" not in data:
            raise PageSyntaxError("it has no BibTeX entry", 1)
        for entry in entries:
            if entry.problem:
                line = source.line_at(entry.problem_at)
                start = entry.fields[-1].end if entry.fields else entry.start
                builder.salvage(start, entry.end, entry.problem, line=line)
        builder.add_links(found.link for found in bib_links(data, entries))
        spans = ignored_spans(source, (), _IGNORE_MARK)
        builder.ignored_spans = _with_whole_entries(spans, entries)

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        del page, link_text
        return BibtexFixWriter(text, bib_links(text, list(bib_entries(text))))


def _with_whole_entries(
    spans: list[tuple[int, int]], entries: list[BibEntry]
) -> list[tuple[int, int]]:
    """Return ignored spans, and the spans of entries that begin in them."""
    if not spans:
        return spans
    not_ignored = UncoveredOffsets(spans)
    ignored = [entry for entry in entries if not not_ignored.contains(entry.start)]
    return [*spans, *((entry.start, entry.end) for entry in ignored)]


def bib_links(data: bytes, entries: list[BibEntry]) -> Iterator[BibLink]:
    """Yield the links of entries.

    Args:
        data: The page.
        entries: Its entries.

    Raises:
        PageSyntaxError: Its values contain names of `@string` for too much text.
    """
    limit = ReadingLimit(len(data))
    strings: dict[str, BibField] = {}
    for entry in entries:
        if entry.kind == "string":
            strings |= {each.name: each for each in entry.fields}
    for entry in entries:
        if entry.kind != "string":
            yield from _EntryReader(data, entry, strings, limit).links()


@dataclass(slots=True)
class _EntryReader:
    """Read the links of one entry.

    Attributes:
        data: The page.
        entry: The entry.
        strings: The fields of `@string`, by name.
        limit: Limits the text that replaces names of `@string`.
    """

    data: bytes
    entry: BibEntry
    strings: Mapping[str, BibField]
    limit: ReadingLimit
    _first_fields: dict[str, BibField] = field(init=False)  # the first field of each name

    def __post_init__(self) -> None:
        self._first_fields = {each.name: each for each in reversed(self.entry.fields)}

    def links(self) -> Iterator[BibLink]:
        """Yield the links of the entry, in its order."""
        links: list[BibLink] = []
        for bib_field in self.entry.fields:
            links += self._field_links(bib_field)
        found = without_repeated_links(links)
        if not found:
            return
        title, after = plain_text(self._text("title")), self._context()
        originals = [each.link.url for each in found if each.field.name == "url"]
        has_archive = any(each.field.name in ARCHIVE_FIELDS for each in found)
        names = {each.name for each in self.entry.fields}
        has_archive_field = not names.isdisjoint(ARCHIVE_FIELDS)
        main = next((each for each in found if each.field.name == "url"), found[0])
        main.is_main = True
        for each in found:
            link, each.has_archive_field = each.link, has_archive_field
            # No other link follows in this text.
            link.surrounding_text = SurroundingText("", after, next_link_at=len(after))
            each.has_archive = has_archive
            if each.field.name not in ARCHIVE_FIELDS:
                link.text = link.text or title
            elif originals and link.url.count("://") == 1:
                link.title = originals[0]  # the URL of the copy does not contain its original
            yield each

    def _field_links(self, bib_field: BibField) -> Iterator[BibLink]:
        """Yield the links in a field: a DOI, a whole URL, or URLs in text."""
        if _UNREAD_FIELD.match(bib_field.name):
            return
        if len(bib_field.pieces) > 1 or not bib_field.pieces[0].delimiter:
            yield from self._joined_links(bib_field)
            return
        (piece,) = bib_field.pieces
        identifier = None
        if bib_field.name == "doi":
            identifier = self._doi(bib_field, piece)
        elif bib_field.name == "eprint":
            identifier = self._eprint(bib_field, piece)
        value = self.data[piece.start : piece.end]
        if identifier:
            yield identifier
        elif b"://" not in value and b"www." not in value:
            return
        elif whole := _WHOLE_URL.match(self.data, piece.start, piece.end):
            yield self._link(bib_field, whole.span(1))
        elif bib_field.name == "url" and (
            wrapped := _WRAPPED_URL.match(self.data, piece.start, piece.end)
        ):
            url = unescape_url(b"".join(wrapped[1].split()).decode(errors="replace"))
            joined = self._link(bib_field, wrapped.span(1), url)
            joined.is_joined = True
            yield joined
        else:
            yield from self._urls_in_text(bib_field, piece)

    def _doi(self, bib_field: BibField, piece: BibPiece) -> BibLink | None:
        """Return the link of the field `doi`, None if its value is no DOI."""
        value = self.data[piece.start : piece.end]
        doi = _DOI.match(unescape_url(value.decode(errors="replace")))
        if doi is None:
            return None
        start = piece.start + value.find(b"10.")
        span = start, piece.start + len(value.rstrip())
        return self._link(bib_field, span, f"https://doi.org/{doi[1]}")

    def _eprint(self, bib_field: BibField, piece: BibPiece) -> BibLink | None:
        """Return the link of an eprint, whose type another field names; None if it has none."""
        written = self.data[piece.start : piece.end].decode(errors="replace")
        number = _EPRINT.match(written)
        if number is None:
            return None
        named = self._text("eprinttype") or self._text("archiveprefix") or number[1] or ""
        url = eprint_url(named.strip().lower(), number[2])
        if url is None:
            return None
        start = piece.start + len(written[: number.start(2)].encode())
        span = start, start + len(number[2].encode())
        link = self._link(bib_field, span, url)
        link.is_identifier = True
        return link

    def _urls_in_text(self, bib_field: BibField, piece: BibPiece) -> Iterator[BibLink]:
        r"""Yield `\href{…}{…}`, `\url{…}` and bare URLs in the text of a field."""
        data, read_up_to = self.data, piece.start
        hrefs = {link.start(1): link for link in _HREF.finditer(data, piece.start, piece.end)}
        for at in find_url_starts(data[piece.start : piece.end]):
            start = piece.start + at
            if start < read_up_to:
                continue
            end, url = self._end_in_text(start, piece.end)
            read_up_to = max(end, start + 1)
            href = hrefs.get(start)
            link = self._link(bib_field, (start, end), url)
            link.is_joined = bool(url)
            if link.link.url.startswith("www."):
                if "/" not in link.link.url:
                    continue
                link.link.url = f"http://{link.link.url}"
            link.link.kind = CitationKind.INLINE if href else CitationKind.BARE
            if href:
                link.link.text = plain_text(href[2].decode(errors="replace"))
            yield link

    def _end_in_text(self, start: int, limit: int) -> tuple[int, str]:
        """Return where the URL in a text ends, and the URL if TeX joins it from several lines."""
        before = self.data[max(0, start - 40) : start]
        text = self.data[start : min(limit, start + MAX_URL_BYTES)].decode(errors="ignore")
        masked = mask_escapes(text)
        brace = masked.find("}") if before.rstrip().endswith(b"{") else -1
        if brace >= 0 and not re.search(r"\s", masked[:brace]):
            return start + len(text[:brace].encode()), ""
        if brace >= 0 and _URL_COMMAND.search(before):
            argument = text[:brace].rstrip()
            joined = "".join(unescape_url(argument).split())
            is_wrapped = len(argument.split()) > 1
            return start + len(argument.encode()), joined if is_wrapped else ""
        return start + len(text[: bare_url_length(masked)].encode()), ""

    def _joined_links(self, bib_field: BibField) -> Iterator[BibLink]:
        """Yield the URL of a field whose value has several parts, with the span of all parts."""
        text = unescape_url("".join(self._piece_text(piece) for piece in bib_field.pieces).strip())
        if bib_field.name == "doi" and (doi := _DOI.match(text)):
            text = f"https://doi.org/{doi[1]}"
        if _WHOLE_URL.match(text.encode()):
            first, last = bib_field.pieces[0], bib_field.pieces[-1]
            link = self._link(bib_field, (first.start, last.end), text)
            link.is_joined = True
            yield link

    def _piece_text(self, piece: BibPiece, depth: int = 0) -> str:
        """Return the text of a part of a value, with names of `@string` replaced."""
        self.limit.spend(1 + piece.end - piece.start)
        text = self.data[piece.start : piece.end].decode(errors="replace")
        if piece.delimiter or depth > _MAX_DEPTH:
            return text
        replaced = self.strings.get(text.lower())
        if replaced is None:
            return text
        return "".join(self._piece_text(each, depth + 1) for each in replaced.pieces)

    def _link(self, bib_field: BibField, span: tuple[int, int], url: str = "") -> BibLink:
        """Return the link of a field.

        Args:
            bib_field: The field.
            span: The first byte of its URL, and the byte after it.
            url: The URL; by default the bytes, without escapes.
        """
        url = url or unescape_url(self.data[span[0] : span[1]].decode(errors="replace"))
        location = Location(block=self.entry.start, is_single_unit=True, end=self.entry.end)
        link = RawLink(*span, url, CitationKind.REFERENCE, location, (span[0], span[1]))
        return BibLink(link, self.entry, bib_field)

    def _text(self, name: str) -> str:
        """Return the text of the entry's first field with a name, "" if there is none."""
        found = self._first_fields.get(name)
        return "".join(self._piece_text(piece) for piece in found.pieces) if found else ""

    def _context(self) -> str:
        """Return a text with the dates and notes of the entry, as `citation_context` reads it."""
        notes = " ".join(plain_text(self._text(name)) for name in _NOTE_FIELDS)[:BYTES_AFTER]
        accessed = next(filter(None, map(self._text, _ACCESS_FIELDS)), "")[:BYTES_AFTER]
        text = f" {self._published()}. {re.sub(r'https?://[^ ]+', '', notes)}"
        return f"{text}. Accessed {accessed}." if accessed else f"{text}."

    def _published(self) -> str:
        """Return the day of publication, or "" if the day is not given."""
        if date := self._text("date"):
            return date if re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", date) else ""
        year, month, day = (self._text(name).strip() for name in ("year", "month", "day"))
        named = month[:3].lower()
        number = str(_MONTHS.index(named) + 1) if named in _MONTHS else month
        if all(each.isascii() and each.isdigit() for each in (year, number, day)):
            return f"{year}-{number:0>2}-{day:0>2}"
        return ""
