"""Reads a fetched HTML page into the same record as a Markdown page.

Offsets, lines and columns are those of the attribute in the HTML as fetched, where it stands there as written; a published page is read, not
mended, so they only tell a person where to look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from ada_url import URL
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http import codec_of
from crawler.http.urls import host_of, is_external
from crawler.pages.decode import Decoded, decode
from crawler.pages.page_builder import PageBuilder
from crawler.pages.raw_links import Location, RawLink
from crawler.pages.regex_fallback import find_urls_by_regex
from crawler.pages.source_text import SourceText
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
        "p",
        "li",
        "td",
        "th",
        "dd",
        "dt",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "div",
        "section",
        "article",
        "main",
        "body",
        "tr",
    ]
)
_SKIPPED_TAGS = frozenset(["script", "style", "template", "noscript", "pre", "code", "svg", "nav"])
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_MAX_DEPTH = 15_000  # elements in each other: half a second of the parser's
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
_LEAF_OF_DRAWING = re.compile(r"<[^<>]*/>")
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.IGNORECASE | re.DOTALL)
# What has no content, or ends where the next one begins: it stands in nothing of its own kind.
_NOT_NESTING_TAGS = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "dt",
        "dd",
        "option",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "colgroup",
        "rp",
        "rt",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def extract_html(source: bytes | str, *, url: str, encoding: str | None = None) -> Page:
    """Read a fetched page: `url` is its address, from which relative links start, `encoding` what its header says. Pure. Raises `NotText`.

    What a `main` or `article` element holds is read where there is one; menus, scripts and code are not.

    >>> page = extract_html('<p><a href="https://b.example/">B</a> (accessed 2022-02-25)</p>', url="https://a.example/")
    >>> [(citation.url, citation.text, str(citation.accessed)) for citation in page.citations]
    [('https://b.example/', 'B', '2022-02-25')]
    """
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    decoded = decode(data) if isinstance(source, str) else _decode_html(data, encoding)
    if _nests_too_deep(decoded.text):
        return find_urls_by_regex(
            data, path=url, reason=f"its elements stand more than {_MAX_DEPTH:,} deep in each other"
        )
    page = SourceText(decoded.text)
    assembly = PageBuilder(
        page, url, sha256=hashlib.sha256(data).hexdigest(), encoding=decoded.encoding
    )
    tree = LexborHTMLParser(page.text)
    base = tree.css_first("base[href]")
    walk = _TreeReader(page, url, _join(url, (base.attributes.get("href") if base else "") or ""))
    root = tree.css_first("main") or tree.css_first("article") or tree.body
    if root is not None:
        walk.read(root)
    assembly.add_links(walk.found)
    assembly.anchors = tuple(dict.fromkeys(walk.anchors))
    title = tree.css_first("title")
    return assembly.build(title.text(strip=True) if title else "", None)


def _nests_too_deep(text: str) -> bool:
    """Tell whether elements stand so deep in each other that the parser, which takes the square of that, would hold up everything else."""
    if text.count("<") <= _MAX_DEPTH:
        return False
    depth = 0
    for tag in _TAG.finditer(
        _DRAWING.sub(lambda drawing: _LEAF_OF_DRAWING.sub("", drawing[0]), text)
    ):
        if tag[2].lower() not in _NOT_NESTING_TAGS:
            depth = max(0, depth + (-1 if tag[1] else 1))
            if depth > _MAX_DEPTH:
                return True
    return False


def _decode_html(data: bytes, encoding: str | None) -> Decoded:
    """The header decides, then a byte order mark or sound UTF-8, then what the page says of itself, then what it looks like."""
    decoded = None if encoding else decode(data)
    if decoded is not None and not decoded.guessed:
        return decoded
    declared = _CHARSET.search(data[:2048])
    for name in filter(None, (encoding, declared[1].decode() if declared else None)):
        if codec := codec_of(name):
            return Decoded(data.decode(codec, "replace"), name.lower())
    return decoded or decode(data)


@dataclass(slots=True)
class _TextBlock:
    """One unit of text: what was read of it so far, and its links with the length of the text before and with each."""

    number: int
    tag: str
    place: Location
    text: list[str] = field(default_factory=list)
    length: int = 0
    links: list[tuple[RawLink, int, int]] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)


class _TreeReader:
    """One pass over the tree."""

    def __init__(self, source: SourceText, url: str, base: str) -> None:
        self.source, self.host, self.base = source, host_of(url), base
        self.found: list[RawLink] = []
        self.anchors: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.blocks: list[_TextBlock] = [_TextBlock(0, "body", Location(whole=True))]
        self.count = 0
        self.cursor = 0

    def read(self, root: LexborNode) -> None:
        node: LexborNode | None = root
        while node is not None:
            child = self.enter(node)
            if child is not None:
                node = child
                continue
            while node is not None:
                self.leave(node)
                if node.mem_id == root.mem_id:
                    node = None
                elif node.next is not None:
                    node = node.next
                    break
                else:
                    node = node.parent
        self.close_block()

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Read a node's beginning; its first child, if it is to be read."""
        tag = node.tag or ""
        block = self.blocks[-1]
        if tag == "-text":
            block.add(" ".join((node.text_content or "").split()) + " ")
            return None
        anchor = node.attributes.get("id") or (node.attributes.get("name") if tag == "a" else None)
        if anchor:
            self.anchors.append(anchor)
        if tag in _SKIPPED_TAGS:
            return None
        if tag in _BLOCK_TAGS:
            self.count += 1
            footnote = block.place.footnote or _footnote_label(tag, anchor or "")
            place = block.place._replace(
                section=self.section(), block=self.count, footnote=footnote, whole=True
            )
            self.blocks.append(_TextBlock(self.count, tag, place))
        elif tag == "blockquote":
            block.place = block.place._replace(quoted=True)
        for written in _url_values(node, tag):
            self.add_pointer(node, tag, written)
        return node.child

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _SKIPPED_TAGS:
            return
        if tag in _HEADINGS:
            text = "".join(self.blocks[-1].text).strip().removesuffix("¶").strip()
            self.headings = [heading for heading in self.headings if heading[0] < _HEADINGS[tag]]
            self.headings.append((_HEADINGS[tag], text))
        if tag in _BLOCK_TAGS and len(self.blocks) > 1:
            self.close_block()
        elif tag == "blockquote":
            self.blocks[-1].place = self.blocks[-1].place._replace(quoted=False)

    def section(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.headings)

    def add_pointer(self, node: LexborNode, tag: str, written: str) -> None:
        block = self.blocks[-1]
        address = written if is_external(written) else _join(self.base, written)
        if not is_external(address) and ":" in written:
            address = written  # mailto, data, javascript: counted as what they are
        if is_external(address) and host_of(address) == self.host:
            address = (
                written
                if not is_external(written)
                else f"/{written.split('/', 3)[3]}"
                if written.count("/") > 2
                else "/"
            )
        text = (node.text() if tag == "a" else node.attributes.get("alt")) or ""
        start, end = self.locate(written)
        kind = CitationKind.IMAGE if tag == "img" else CitationKind.HTML
        title = node.attributes.get("title") or ""
        found = RawLink(
            start, end, address, kind, block.place, (start, end), " ".join(text.split()), title
        )
        self.found.append(found)
        block.links.append(
            (
                found,
                block.length,
                block.length + len(found.text) + 1 if tag == "a" else block.length,
            )
        )

    def locate(self, written: str) -> tuple[int, int]:
        """The bytes of an attribute, looked for behind the one before."""
        for spelling in dict.fromkeys((escape(written, quote=False), written)):
            at = self.source.data.find(spelling.encode("utf-8", "replace"), self.cursor)
            if at >= 0:
                self.cursor = at + len(spelling.encode("utf-8", "replace"))
                return at, self.cursor
        return self.cursor, self.cursor

    def close_block(self) -> None:
        """Tell each link of a finished block the words around it."""
        block = self.blocks.pop()
        text = "".join(block.text)
        following = [before for _, before, _ in block.links[1:]] + [len(text)]
        for (found, before, after), upto in zip(block.links, following, strict=False):
            found.surrounding_text = (text[:before], text[after:], max(0, upto - after))


def _url_values(node: LexborNode, tag: str) -> Iterator[str]:
    for name in _URL_ATTRIBUTES.get(tag, ()):
        value = (node.attributes.get(name) or "").strip()
        if name == "srcset":
            yield from (
                candidate.split()[0] for candidate in value.split(", ") if candidate.strip()
            )
        elif value:
            yield value


def _footnote_label(tag: str, anchor: str) -> str | None:
    """The label of a footnote as Python-Markdown (`fn:a`), GitHub (`user-content-fn-a`) and pulldown-cmark name it."""
    name = anchor.removeprefix("user-content-")
    return name[3:] if tag == "li" and name.startswith(("fn:", "fn-")) else None


def _join(base: str, written: str) -> str:
    try:
        return URL(written, base).href
    except ValueError:
        return written or base
