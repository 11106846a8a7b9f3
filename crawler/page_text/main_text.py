"""Extract the main text of a page, block by block, without navigation, forms and notices.

Every block (a paragraph, a list item, a table cell) is weighed by itself: a block that is mostly
links, or too short, is not main text (Kohlschütter et al. 2010, "Boilerplate detection using
shallow text features", https://doi.org/10.1145/1718487.1718542). Elements that the page names as
navigation, footer or comments are removed before. The work is bounded: at most `PAGE_LIMIT` bytes
are read, and no step follows the nesting of elements without a limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http.charsets import decode_text
from crawler.http.html_text import collapse_whitespace, count_letters, first_attribute
from crawler.http.urls import absolute_url, is_web_url

PAGE_LIMIT: Final = 512 * 1024  # bytes of a page that are read
_MAX_TEXT: Final = 200_000  # characters
_MAX_LINKS: Final = 3_000
_MAX_BLOCKS: Final = 3_000
_MAX_TAGS: Final = 15_000
_MAX_ANCESTORS: Final = 60  # steps up from a text to the block that contains it
_MIN_BLOCK_LETTERS: Final = 30  # an ideograph counts for two
_MAX_LINK_SHARE: Final = 0.5  # of the letters of a block of main text
_MAX_LABEL: Final = 300  # characters of a title, heading or link text
_MAX_NAMES: Final = 300  # characters of an element's class and id

_INVISIBLE: Final = (
    "script, style, noscript, template, svg, iframe, object, select, head, textarea, button, "
    "[hidden], [aria-hidden='true'], [style*='display:none' i], [style*='display: none' i]"
)
_BOILERPLATE: Final = (
    "nav, footer, aside, form, dialog, menu, [role='navigation'], [role='banner'], "
    "[role='contentinfo'], [role='complementary'], [role='search'], [role='dialog'], "
    "body > header, body > div > header"
)
_BOILERPLATE_NAME = re.compile(
    r"(?!(?:has|no|with|without|is|layout|show|hide)[-_])(?:"
    r"(?:[\w-]*[-_])?(?:nav|navi|navbar|navigation|menu|sidebar|side-?bar|footer|breadcrumbs?"
    r"|related|recommend\w*|sharing|social|advert\w*|cookies?|consent|newsletter|pagination|pager"
    r"|popup|modal|toolbar|copyright)(?:[-_][\w-]*)?"
    r"|(?:comment-?list|comments?|replies|disqus|ads?|adsense|banner|widget|foot|hot|rank|ranking"
    r"|tags|tag-list|share|subscribe|promo|sponsor\w*|masthead|topbar|skip-link))",
    re.IGNORECASE,
)
_MAX_REMOVED: Final = 300  # boilerplate elements

_TEXT_TAGS: Final = (
    "p", "div", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
    "pre", "figcaption", "hr",
)  # fmt: skip
_CONTAINER_TAGS: Final = (
    "section", "article", "main", "ul", "ol", "dl", "table", "tr", "figure", "header", "address",
    "center", "details", "summary",
)  # fmt: skip
_BLOCK_TAGS: Final = frozenset({*_TEXT_TAGS, *_CONTAINER_TAGS, "body", "html"})


class PageLink(Struct, frozen=True):
    """A link of a page: its absolute URL and its text."""

    url: str
    text: str


class PageText(Struct, frozen=True, kw_only=True):
    """The text of a page.

    Attributes:
        title: The text of the `title` element.
        heading: The text of the first `h1`.
        text: All text that a reader sees.
        blocks: The blocks of the main text. Line breaks in a block are `br` elements of the page.
        links: The links to other sites and pages.
        canonical: The page's canonical URL (`rel=canonical` or `og:url`), or "".
    """

    title: str = ""
    heading: str = ""
    text: str = ""
    blocks: tuple[str, ...] = ()
    links: tuple[PageLink, ...] = ()
    canonical: str = ""

    @property
    def main(self) -> str:
        """The main text, its blocks joined by line breaks."""
        return "\n".join(self.blocks)


def read_page_text(body: bytes, headers: Mapping[str, str], url: str) -> PageText:
    """Read the text of an HTML page or a plain text. XML is read as HTML.

    Args:
        body: The body, content coding undone. Only the first `PAGE_LIMIT` bytes are read.
        headers: The response headers, with lower-case names.
        url: The URL that relative URLs of the page are resolved against.

    Returns:
        The text; an empty one if the body is neither HTML, XML nor text.

    >>> page = read_page_text(
    ...     b"<title>Reef</title><nav><a href=/>Home</a></nav>"
    ...     b"<p>Corals are animals that build houses of stone.",
    ...     {},
    ...     "",
    ... )
    >>> page.title, page.blocks
    ('Reef', ('Corals are animals that build houses of stone.',))
    """
    content_type = headers.get("content-type", "")
    text = decode_text(body[:PAGE_LIMIT], content_type)
    media_type = content_type.partition(";")[0].strip().lower()
    if not media_type or "html" in media_type or "xml" in media_type:
        return _read_html(text, url)
    if media_type.startswith("text/"):
        return _read_plain_text(text)
    return PageText()


def _read_plain_text(text: str) -> PageText:
    """Return the text of a plain text, whose blocks are separated by blank lines."""
    paragraphs = re.split(r"\n\s*\n", text[:_MAX_TEXT])
    blocks = [collapse_whitespace(paragraph) for paragraph in paragraphs]
    return PageText(
        text=collapse_whitespace(text)[:_MAX_TEXT],
        blocks=tuple(block for block in blocks if count_letters(block) >= _MIN_BLOCK_LETTERS),
    )


def _read_html(text: str, url: str) -> PageText:
    """Return a page's title, text and links, and its main blocks without menus and the like."""
    tree = LexborHTMLParser(_truncate_tags(text))
    title, heading = _text_of(tree, "title"), _text_of(tree, "h1")
    canonical = first_attribute(tree, 'link[rel~="canonical" i]', "href") or first_attribute(
        tree, 'meta[property="og:url" i]', "content"
    )
    links = tuple(_links(tree, url))
    _remove(tree.css(_INVISIBLE))
    visible = ""
    if tree.body is not None:
        visible = collapse_whitespace(tree.body.text(separator=" "))[:_MAX_TEXT]
    _remove_boilerplate(tree.css(_BOILERPLATE), len(visible))
    named = [node for node in tree.css("[class], [id]") if _is_named_boilerplate(node)]
    _remove_boilerplate(named, len(visible))
    return PageText(
        title=title,
        heading=heading,
        text=visible,
        blocks=tuple(_main_blocks(tree)),
        links=links,
        canonical=_absolute(canonical, url),
    )


def _truncate_tags(text: str) -> str:
    """Return a page cut off after `_MAX_TAGS` tags.

    The parser takes time quadratic in the number of tags if each is nested in the one before.
    """
    if text.count("<") <= _MAX_TAGS:
        return text
    end = -1
    for _ in range(_MAX_TAGS):
        end = text.index("<", end + 1)
    return text[:end]


def _is_named_boilerplate(node: LexborNode) -> bool:
    """Return whether a class or the id of an element names it as boilerplate."""
    if node.tag in ("html", "body", "main", "article"):
        return False
    attributes = node.attributes
    classes, identifier = attributes.get("class") or "", attributes.get("id") or ""
    names = f"{classes} {identifier}"[:_MAX_NAMES].split()
    return any(_BOILERPLATE_NAME.fullmatch(name) for name in names)


def _remove_boilerplate(nodes: list[LexborNode], visible_length: int) -> None:
    """Remove boilerplate elements, but none that contains most of the page.

    Some sites put the whole page into a form, or into an element named "sidebar-left".
    """
    for node in reversed(nodes[:_MAX_REMOVED]):
        if len(node.text()) * 2 < visible_length:
            node.decompose()


def _remove(nodes: list[LexborNode]) -> None:
    """Remove elements, given in document order: children, which follow their parents, first."""
    for node in reversed(nodes):
        node.decompose()


@dataclass(slots=True)
class _Block:
    """The texts of one block, and how many of their letters are link text."""

    texts: list[str] = field(default_factory=list)
    letters: int = 0
    linked_letters: int = 0

    def add(self, text: str, *, is_linked: bool) -> None:
        """Add a text, and count its letters."""
        letters = count_letters(text)
        self.texts.append(text)
        self.letters += letters
        if is_linked:
            self.linked_letters += letters

    @property
    def is_main_text(self) -> bool:
        """Return whether the block is long enough, and not mostly link text."""
        return (
            self.letters >= _MIN_BLOCK_LETTERS
            and self.linked_letters <= self.letters * _MAX_LINK_SHARE
        )

    @property
    def text(self) -> str:
        """Return the joined texts."""
        return " ".join(self.texts).strip()


def _main_blocks(tree: LexborHTMLParser) -> Iterator[str]:
    """Join the texts of each block and yield the blocks that are main text."""
    if tree.body is None:
        return
    count = 0
    current_id, block = -1, _Block()  # no block has the id -1
    for node in tree.body.traverse(include_text=True):
        if node.tag == "br" and block.texts:
            block.texts.append("\n")
        if node.tag != "-text":
            continue
        text = collapse_whitespace(node.text(deep=False))
        if not text:
            continue
        block_id, is_linked = _block_of(node)
        if block_id != current_id:
            if block.is_main_text:
                yield block.text
                count += 1
            if count >= _MAX_BLOCKS:
                return
            current_id, block = block_id, _Block()
        block.add(text, is_linked=is_linked)
    if block.is_main_text:
        yield block.text


def _block_of(node: LexborNode) -> tuple[int, bool]:
    """Return the block that contains a text, and whether the text is link text.

    The block is the parser's id of its element, 0 if no element near the text is one.
    """
    parent, is_linked = node.parent, False
    for _ in range(_MAX_ANCESTORS):
        if parent is None:
            return 0, is_linked
        if parent.tag in _BLOCK_TAGS:
            return parent.mem_id, is_linked
        is_linked = is_linked or parent.tag == "a"
        parent = parent.parent
    return 0, is_linked


def _links(tree: LexborHTMLParser, base: str) -> Iterator[PageLink]:
    """Yield the links to the web of a page, without fragments."""
    for node in tree.css("a[href]")[:_MAX_LINKS]:
        url = _absolute(node.attributes.get("href") or "", base)
        if is_web_url(url):
            title = node.attributes.get("title") or ""
            text = collapse_whitespace(node.text()) or collapse_whitespace(title)
            yield PageLink(url.partition("#")[0], text[:_MAX_LABEL])


def _text_of(tree: LexborHTMLParser, selector: str) -> str:
    """Return the text of the first element that a CSS selector matches, "" if there is none."""
    node = tree.css_first(selector)
    return collapse_whitespace(node.text())[:_MAX_LABEL] if node else ""


def _absolute(url: str, base: str) -> str:
    """Return an absolute URL; "" if it is not a web address."""
    if not url:
        return ""
    if resolved := absolute_url(url, base):
        return resolved
    return url if is_web_url(url) else ""
