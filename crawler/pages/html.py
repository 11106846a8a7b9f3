"""Read a fetched HTML page into the same record as a Markdown page.

Offsets, lines and columns are those of the attribute in the HTML, if it is found there as written.
They only help a person to find the link: a published page is never edited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from ada_url import URL
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http.html_text import collapse_start, srcset_spans
from crawler.http.urls import host_of, is_web_url
from crawler.pages.citation_context import BYTES_AFTER, BYTES_BEFORE
from crawler.pages.html_input import MAX_DEPTH, decode_html, is_nested_too_deeply
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink, SurroundingText
from crawler.pages.source.bare_urls import MAX_URL_BYTES
from crawler.pages.source.decode import decode
from crawler.pages.source.html_attributes import footnote_label, is_text
from crawler.pages.source.regex_fallback import find_urls_by_regex
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind, Page

_URL_ATTRIBUTES = {
    "a": ("href",),
    "area": ("href",),
    "img": ("src", "srcset", "longdesc"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "blockquote": ("cite",),
    "q": ("cite",),
    "ins": ("cite",),
    "del": ("cite",),
}
_BLOCK_TAGS = frozenset(
    [
        "p", "li", "td", "th", "dd", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6",
        "div", "section", "article", "main", "body", "tr",
    ]
)  # fmt: skip
_SKIPPED_TAGS = frozenset(["script", "style", "template", "noscript", "pre", "code", "svg", "nav"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MAX_MISSED = 100_000_000  # bytes searched for values in vain, which takes a tenth of a second
_MAX_LABEL = 10_000  # characters of a link's text; links within each other share theirs
_NEARBY = 2_000  # bytes behind the previous value that are searched after that

_Attributes = Mapping[str, str | None]
"""The attributes of an element; the value of one without a value is None."""


def extract_html(source: bytes | str, *, url: str, encoding: str | None = None) -> Page:
    """Read one page of a published site.

    Only the content of a `main` or `article` element is read if there is one. Menus, scripts and
    code are left out.

    Args:
        source: The page.
        url: Its address.
        encoding: From the response's Content-Type header.

    Returns:
        The record of the page.

    Raises:
        NotText: The bytes are no text.

    >>> text = '<p><a href="https://b.example/">B</a> (accessed 2022-02-25)</p>'
    >>> page = extract_html(text, url="https://a.example/")
    >>> [(citation.url, citation.text, str(citation.accessed)) for citation in page.citations]
    [('https://b.example/', 'B', '2022-02-25')]
    """
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    decoded = decode(data) if isinstance(source, str) else decode_html(data, encoding)
    if is_nested_too_deeply(decoded.text):
        reason = f"its elements are nested more than {MAX_DEPTH:,} deep"
        return find_urls_by_regex(data, path=url, reason=reason)
    text = SourceText(decoded.text)
    sha256 = hashlib.sha256(data).hexdigest()
    builder = PageBuilder(text, url, sha256=sha256, encoding=decoded.encoding)
    tree = LexborHTMLParser(text.text)
    base = tree.css_first("base[href]")
    base_url = (base.attributes.get("href") if base else "") or ""
    if len(base_url) > MAX_URL_BYTES:  # each relative link would become that long
        base_url = ""
    reader = _TreeReader(text, url, _join(url, base_url))
    root = tree.css_first("main") or tree.css_first("article") or tree.body
    if root is not None:
        reader.read(root)
    builder.add_links(reader.raw_links)
    builder.anchors = tuple(dict.fromkeys(reader.anchors))
    title = tree.css_first("title")
    builder.read_mode = "site"
    builder.title = title.text(strip=True) if title else ""
    return builder.build()


@dataclass(slots=True)
class _TextBlock:
    """One unit of text.

    Attributes:
        location: The structure around it.
        text: Its pieces so far.
        length: The length of these pieces together, in characters.
        links: Its links, each with the lengths of the block's text up to its start and its end.
    """

    location: Location
    text: list[str] = field(default_factory=list)
    length: int = 0
    links: list[tuple[RawLink, int, int]] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Add a piece of text."""
        self.text.append(text)
        self.length += len(text)


class _TreeReader:
    """One pass over the tree of a page.

    Attributes:
        raw_links: The links read so far.
        anchors: The fragments that elements define.
        headings: Levels and texts of the headings around the current node, the outermost first.
        blocks: The blocks around the current node, the outermost first.
        block_count: Number of blocks so far.
        cursor: The offset behind the latest attribute value that was found in the source.
    """

    def __init__(self, source: SourceText, url: str, base: str) -> None:
        self.source, self.host, self.base = source, host_of(url), base
        self.raw_links: list[RawLink] = []
        self.anchors: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.blocks: list[_TextBlock] = [_TextBlock(Location(is_single_unit=True))]
        self.block_count = 0
        self.cursor = 0
        self._missed_bytes = 0  # searched for values that the source does not contain as such

    def read(self, root: LexborNode) -> None:
        """Read a node and all below it, without recursion."""
        node: LexborNode | None = root
        while node is not None:
            child = self.enter(node)
            node = child if child is not None else self._next_after(node, root)
        self.close_block()

    def _next_after(self, node: LexborNode, root: LexborNode) -> LexborNode | None:
        """Leave a node and its finished ancestors, and return the node to read next."""
        current: LexborNode | None = node
        while current is not None:
            self.leave(current)
            if current.mem_id == root.mem_id:
                return None
            if current.next is not None:
                return current.next
            current = current.parent
        return None

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Read a node's beginning, and return its first child if that is to be read."""
        tag = node.tag or ""
        block = self.blocks[-1]
        if tag == "-text":
            block.add(" ".join((node.text_content or "").split()) + " ")
            return None
        attributes = node.attributes  # once: each call copies all values
        anchor = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if anchor:
            self.anchors.append(anchor)
        if tag in _SKIPPED_TAGS:
            return None
        if tag in _BLOCK_TAGS:
            self.block_count += 1
            label = footnote_label(anchor or "") if tag == "li" else None
            location = block.location._replace(
                section=tuple(text for _, text in self.headings),
                block=self.block_count,
                footnote=block.location.footnote or label,
                is_single_unit=True,
            )
            self.blocks.append(_TextBlock(location))
        elif tag == "blockquote":
            block.location = block.location._replace(quoted=True)
        urls = list(_url_values(attributes, tag))
        if urls:
            self.add_links(node, tag, attributes, urls)
        return node.child

    def leave(self, node: LexborNode) -> None:
        """Read a node's end."""
        tag = node.tag or ""
        if tag in _SKIPPED_TAGS:
            return
        if tag in _HEADINGS:
            text = "".join(self.blocks[-1].text).strip().removesuffix("¶").strip()
            self.headings = [heading for heading in self.headings if heading[0] < _HEADINGS[tag]]
            self.headings.append((_HEADINGS[tag], text))
        block = self.blocks[-1]
        if tag in _BLOCK_TAGS and len(self.blocks) > 1:
            self.close_block()
        elif tag == "blockquote":
            block.location = block.location._replace(quoted=False)

    def add_links(
        self, node: LexborNode, tag: str, attributes: _Attributes, urls: Sequence[str]
    ) -> None:
        """Add links for the values of an element's URL attributes."""
        block = self.blocks[-1]
        label = (node.text() if tag == "a" else attributes.get("alt")) or ""
        text = collapse_start(label, _MAX_LABEL)
        for written in urls:
            span = self.locate(written)
            link = RawLink(
                *span,
                self._target(written),
                CitationKind.IMAGE if tag == "img" else CitationKind.HTML,
                block.location,
                span,
                text,
                attributes.get("title") or "",
            )
            self.raw_links.append(link)
            length_after = block.length + len(text) + 1 if tag == "a" else block.length
            block.links.append((link, block.length, length_after))

    def _target(self, written: str) -> str:
        """Return the URL of an attribute: absolute, or a path for links within the site."""
        is_absolute = is_web_url(written)
        address = written if is_absolute else _join(self.base, written)
        if not is_web_url(address):
            has_scheme = ":" in written  # mailto, data, javascript: counted by scheme
            return written if has_scheme else address
        if host_of(address) != self.host:
            return address
        if not is_absolute:
            return written
        scheme_host_path = written.split("/", 3)
        return f"/{scheme_host_path[3]}" if len(scheme_host_path) > 3 else "/"

    def locate(self, written: str) -> tuple[int, int]:
        """Return the byte span of an attribute's value, searched for behind the previous one.

        Returns:
            The first byte and the byte after it; an empty span if the source does not contain it.
        """
        data = self.source.data
        for spelling in dict.fromkeys((escape(written, quote=False), written)):
            encoded = spelling.encode("utf-8", "replace")
            is_limited = self._missed_bytes > _MAX_MISSED
            stop = self.cursor + _NEARBY + len(encoded) if is_limited else len(data)
            at = data.find(encoded, self.cursor, stop)
            if at >= 0:
                self.cursor = at + len(encoded)
                return at, self.cursor
            self._missed_bytes += len(data) - self.cursor
        return self.cursor, self.cursor

    def close_block(self) -> None:
        """Set the surrounding text of each link of a finished block."""
        block = self.blocks.pop()
        text = "".join(block.text)
        next_starts = [before for _, before, _ in block.links[1:]] + [len(text)]
        for (link, before, after), next_start in zip(block.links, next_starts, strict=False):
            link.surrounding_text = SurroundingText(
                text[max(0, before - BYTES_BEFORE) : before],
                text[after : after + BYTES_AFTER],
                next_link_at=min(max(0, next_start - after), BYTES_AFTER),
            )


def _url_values(attributes: _Attributes, tag: str) -> Iterator[str]:
    """Yield the URLs in the attributes of an element, as written."""
    for name in _URL_ATTRIBUTES.get(tag, ()):
        value = (attributes.get(name) or "").strip()
        if name == "srcset":
            yield from (value[start:end] for start, end in srcset_spans(value))
        elif value and not is_text(name, value):
            yield value


def _join(base: str, written: str) -> str:
    """Return a URL resolved against a base URL. An invalid one stays as written."""
    try:
        return URL(written, base).href
    except ValueError:
        return written or base
