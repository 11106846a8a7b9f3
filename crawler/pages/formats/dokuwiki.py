"""Read and fix DokuWiki pages.

Citations are `[[url|text]]`, bare URLs and images on the web (`{{url|caption}}`), see
https://www.dokuwiki.org/wiki:syntax. Links within the wiki are not read: plugins, interwiki
prefixes and settings for names of pages decide where they lead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from crawler.pages.anchors import Heading, heading_anchors
from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.edits import capture_date, mirror_insertion
from crawler.pages.fixes.embedded_media import Embed, embed_at
from crawler.pages.interface import FormatReader, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, LocationIndex, RawLink
from crawler.pages.source.bare_urls import MAX_URL_BYTES, bare_url_length
from crawler.pages.source.source_text import ByteOffsets, SourceText
from store.vocabulary import Citation, CitationKind, Page
from store.vocabulary.fixes import (
    CitationFix,
    FixWriter,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_CODE_TAGS = "code|file|nowiki|html|php"
_TOKEN = re.compile(
    rf"""
    <(?P<code>{_CODE_TAGS})\b[^<>\n]*> | (?P<percent>%%) | (?P<comment><!--)
    | ^(?P<indented>(?=[ ]{{2}}|\t)(?![ \t]*[*-])[^\n]+)
    | ^(?P<heading>[ \t]*==[^\n]+==[ \t]*)$
    | (?P<note>\(\() | (?P<link>\[\[[ \t]*(?=(?:https?|ftp)://)) | (?P<within>\[\[)
    | (?P<media>\{{\{{[ \t]*(?=https?://)) | (?P<url>(?<![a-z0-9])(?:https?|ftp)://)
    | (?P<host>(?<![\w.@/:-])www\.(?=[\w-]+\.\w))
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^|\s\]<>]+(?:\][^|\s\]<>]+)*")
_FREE = re.compile(r"(?:(?!\[\[|\{\{)[^\s|*^<>\"\\`])+")
_WITH_SPACES = re.compile(r"[^|\n\]<>]+")
_MARK = re.compile(r"''|\]\]|\}\}")  # of other markup, which ends a bare URL
# The size and the options of an image, behind the last question mark
_OPTIONS = re.compile(r"\?(?:[\dx&]|nolink|linkonly|direct|(?:no|re)?cache)+\Z", re.IGNORECASE)
_MAX_LINK = 4_000  # characters of a link with its text
_MAX_BEFORE = 200  # characters before a bare URL that are searched for a mark
_MAX_LINE = 10_000  # characters that are searched for the beginning and the end of a line
_LEVEL_AND_SIGNS = 7  # a heading of level 1 has six equals signs, one of level 5 has two
_UNSAFE = re.compile(r"[\s<>\[\]\"{}|]")
_IN_CALL = re.compile(rb"\{\{(?:(?!\}\}).)*\Z")
_IN_ATTRIBUTE = re.compile(rb"<[A-Za-z][^<>]*=\s*[\"']?[^\"'<>]*\Z")


class DokuwikiReader(FormatReader):
    """Read DokuWiki pages."""

    name: ClassVar[str] = "dokuwiki"
    title: ClassVar[str] = "DokuWiki"
    suffixes: ClassVar[frozenset[str]] = frozenset([".dokuwiki"])

    def read(self, source: SourceText, builder: PageBuilder, options: ReadOptions) -> None:
        """Add the links and headings of a page to its record."""
        del options
        scanner = _Scanner(source)
        scanner.read()
        builder.locations, builder.code_spans = scanner.locations, scanner.code_spans
        builder.add_links(scanner.links)
        builder.outline = scanner.headings
        builder.top_headings = [each.text for each in scanner.headings if each.level == 1]
        builder.anchors = tuple(dict.fromkeys(heading_anchors(scanner.headings)))

    def fix_writer(self, text: bytes, page: Page, link_text: str) -> FixWriter:
        """Return the writer of one page's fixes."""
        del page
        source = SourceText(text.decode(errors="replace"))
        scanner = _Scanner(source)
        scanner.read()
        links = {each.start: each for each in scanner.links}
        return _DokuwikiFixWriter(source.data, links, link_text)


class _Scanner:
    """Find the links, headings and code of one page in one pass.

    Attributes:
        links: Its links to the web.
        headings: Its headings.
        code_spans: Bytes of code.
    """

    def __init__(self, source: SourceText) -> None:
        self._text, self._offsets = source.text, ByteOffsets(source)
        self._section: list[tuple[int, str]] = []  # levels and texts of the headings above
        self._note: tuple[int, int] | None = None  # the indexes around an open footnote
        self._unclosed: set[str] = set()  # marks that nothing closes from here on
        self.links: list[RawLink] = []
        self.headings: list[Heading] = []
        self.code_spans: list[tuple[int, int]] = []

    @property
    def locations(self) -> LocationIndex:
        """Return the blocks, sections and footnotes around the links of the page."""
        index, previous = LocationIndex(0, Location()), 0
        for link in self.links:
            if link.location.block != previous:
                index.add(link.markup[0], link.location)
                previous = link.location.block
        return index

    def read(self) -> None:
        """Read the page."""
        at = 0
        while token := _TOKEN.search(self._text, at):
            at = self._read_token(token, str(token.lastgroup))

    def _read_token(self, token: re.Match[str], kind: str) -> int:
        """Read what begins with a token, and return the index at which reading continues."""
        start, end = token.span()
        if kind == "code":
            return self._skip(start, end, f"</{token['code'].lower()}>", is_code=True)
        if kind == "percent":
            return self._skip(start, end, "%%", is_code=True)
        if kind == "comment":
            return self._skip(start, end, "-->", is_code=False)
        if kind == "indented":
            self.code_spans.append((self._offsets.at(start), self._offsets.at(end)))
            return end
        if kind == "heading":
            self._add_heading(token["heading"].strip())
            return end
        if kind == "note":
            stop = self._find("))", end)
            if stop >= 0:
                self._note = start, stop
            return end
        if kind == "within":
            stop = self._text.find("]]", end, end + _MAX_LINK)
            return stop + 2 if stop >= 0 and "\n" not in self._text[end:stop] else end
        if kind in {"url", "host"}:
            return self._read_bare(start)
        return self._read_bracketed(start, end, "]]" if kind == "link" else "}}")

    def _find(self, mark: str, at: int) -> int:
        """Return the index of the next mark, or -1; a missing one is looked for once."""
        if mark in self._unclosed:
            return -1
        found = self._text.find(mark, at)
        if found < 0:
            self._unclosed.add(mark)
        return found

    def _skip(self, start: int, end: int, mark: str, *, is_code: bool) -> int:
        """Return the index behind the mark that closes what begins at `start`."""
        stop = self._find(mark, end)
        if stop < 0:
            return end
        stop += len(mark)
        if is_code:
            self.code_spans.append((self._offsets.at(start), self._offsets.at(stop)))
        return stop

    def _read_bare(self, start: int) -> int:
        """Read a URL in text, and return the index behind it."""
        free = _FREE.match(self._text, start, start + MAX_URL_BYTES)
        url = free[0] if free else ""
        if mark := _MARK.search(url):
            url = url[: mark.start()]
        if self._note and self._note[0] < start < self._note[1]:
            url = url[: self._note[1] - start]
        before = self._text[max(0, start - _MAX_BEFORE) : start].rpartition("\n")[2]
        url = url[: bare_url_length(url, before)]
        if url[:4].lower() == "www.":  # DokuWiki makes a link of such a host, too
            link = self._add(start, url, CitationKind.BARE, (start, start + len(url)))
            link.url = f"http://{url}"
        elif url.partition("://")[2]:
            self._add(start, url, CitationKind.BARE, (start, start + len(url)))
        return start + max(len(url), len("ftp://"))

    def _read_bracketed(self, opening: int, start: int, mark: str) -> int:
        """Read `[[url|text]]` or `{{url|caption}}`, and return the index behind it.

        Args:
            opening: The index of the brackets.
            start: The index of the URL.
            mark: The brackets that close the link.

        Returns:
            The index behind the link; behind the URL if no brackets close it.
        """
        close = self._text.find(mark, start, start + _MAX_LINK)
        if close < 0:
            return self._read_bare(start)
        written, bar, text = self._text[start:close].partition("|")
        url = written.strip()
        kind = CitationKind.INLINE
        if mark == "}}":
            kind, url = CitationKind.IMAGE, _OPTIONS.sub("", url)
        # A space before the text is part of the URL; without a text, its author meant to write one.
        if not (_WITH_SPACES if bar and mark == "]]" else _ADDRESS).fullmatch(url):
            return self._read_bare(start)
        link = self._add(start, url, kind, (opening, close + len(mark)))
        link.text = " ".join(text.split())
        return close + len(mark)

    def _add(self, start: int, url: str, kind: CitationKind, markup: tuple[int, int]) -> RawLink:
        """Add a link, and return it."""
        offsets = self._offsets
        first = offsets.at(markup[0])
        location = self._location(markup[0])
        span = offsets.at(start), offsets.at(start + len(url))
        link = RawLink(*span, url, kind, location, (first, offsets.at(markup[1])))
        self.links.append(link)
        return link

    def _location(self, index: int) -> Location:
        """Return the structure around an index: the footnote, or the line."""
        section = tuple(text for _, text in self._section)
        text = self._text
        if self._note and self._note[0] < index < self._note[1]:
            start, stop = self._note
            end = self._offsets.at(stop)
            return Location(section, footnote="note", block=start, is_single_unit=True, end=end)
        start = text.rfind("\n", max(0, index - _MAX_LINE), index) + 1
        stop = text.find("\n", index, index + _MAX_LINE)
        end = self._offsets.at(min(len(text), index + _MAX_LINE) if stop < 0 else stop)
        line = text[start : start + 20].lstrip()
        # Negative, so that the block of a line is never that of a footnote.
        is_item = line.startswith(("* ", "- "))
        return Location(
            section, line.startswith(">"), block=-1 - start, is_single_unit=is_item, end=end
        )

    def _add_heading(self, line: str) -> None:
        """Add a heading to the outline, and to the sections around what follows."""
        signs = len(line) - len(line.lstrip("="))
        level = max(1, _LEVEL_AND_SIGNS - signs)
        title = line.strip("=").strip()
        outer = [heading for heading in self._section if heading[0] < level]
        self._section = [*outer, (level, title)]
        self.headings.append(Heading(title, level, None))


class _DokuwikiFixWriter(BasicFixWriter):
    """Write fixes on a DokuWiki page: behind the link, or in place of the URL."""

    def __init__(self, data: bytes, links: Mapping[int, RawLink], link_text: str) -> None:
        self._data, self._links, self._link_text = data, links, link_text

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self._data

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if it is not a link with the text of archive links.
        """
        link = self._links.get(citation.start)
        is_link = link is not None and citation.text == self._link_text
        return link.markup[1] if link and is_link else None

    def can_add(self, citation: Citation) -> bool:
        """Return whether text can be added behind the link."""
        if citation.start not in self._links or citation.kind is CitationKind.IMAGE:
            return False
        return _IN_ATTRIBUTE.search(self._before(citation)) is None

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, None for a link."""
        if citation.kind is CitationKind.BARE and _IN_CALL.search(self._before(citation)):
            return Embed.MEDIA  # of a plugin, such as {{rss>url}}
        return embed_at(self._data, citation.start, citation.url, citation.kind)

    def _before(self, citation: Citation) -> bytes:
        """Return the part of a citation's line that is before it."""
        start = self._data.rfind(b"\n", 0, citation.start) + 1
        return self._data[max(start, citation.start - _MAX_BEFORE) : citation.start]

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation.

        Raises:
            UnsupportedMarkupError: The URL has a character with a meaning in DokuWiki.
        """
        del citation
        if _UNSAFE.search(url):
            raise UnsupportedMarkupError(
                "the new URL has a character with a meaning in DokuWiki: edit it by hand"
            )
        return url

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the mirror behind the link.

        DokuWiki's footnotes stand in the text, so that style adds the day of the copy.
        """
        link = self._links[planned.citation.start]
        copy = f"[[{self.written_url(planned.target, planned.citation)}|{self._link_text}]]"
        date = capture_date(planned) if style is MirrorStyle.FOOTNOTE else ""
        text = f" ({copy}{date})"
        at = link.markup[1]
        return mirror_insertion(planned, TextEdit(at, at, text))
