"""Extract from the body of a response what rules need: title, text, metadata, markers, fragment.

The result is small enough to be stored with every probe. At most `BODY_LIMIT` bytes are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http.charsets import decode_text
from crawler.http.fetch import BODY_LIMIT
from crawler.http.html_text import (
    collapse_start,
    collapse_whitespace,
    count_letters,
    first_attribute,
)
from crawler.http.redirects import LONGEST_LOCATION, MAX_REFRESH_SECONDS, refresh_target
from crawler.http.urls import join_url
from crawler.liveness.evidence.html_markers import find_html_markers
from crawler.liveness.evidence.page_structure import (
    find_structures,
    has_empty_main,
    may_load_content,
    says_missing_in_data,
)
from crawler.liveness.evidence.shown_parts import digest_parts
from crawler.page_text.simhash import SIMHASH_KIND, simhash
from store.vocabulary import PageEvidence, format_timestamp

TEXT_LIMIT: Final = 2_000
TITLE_LIMIT: Final = 300
SCRIPTED_LETTERS: Final = 400  # a page with more text shows content without scripts
REDIRECT_LETTERS: Final = 200  # a page with more text is no mere redirect
_MAX_FRAGMENTS: Final = 200  # of one page; more are not looked for

# Readers do not see these elements, and some contain error texts that scripts show when needed.
_HIDDEN_ELEMENTS: Final = (
    "script, style, noscript, template, svg, iframe, object, select, [hidden], "
    "[style*='display:none' i], [style*='display: none' i]"
)
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|title|meta|!--|script)", re.IGNORECASE
)
_XML_TYPES: Final = frozenset({"application/xml", "text/xml"})
_XHTML_START = re.compile(rb"<(?:!doctype\s+)?html\b", re.IGNORECASE)
_MAX_XML_START: Final = 2_000  # bytes before the root element: a declaration, comments
# Fragments that scripts handle: routes, lines of code, times, pages of a document, views of an
# image, and comments, which are loaded later or stand on another page.
_LINE = r"L?\d+(?:C\d+)?"
_SCRIPTED_FRAGMENT = re.compile(
    rf"[!/].*|L\d+(?:C\d+)?(?:-{_LINE})?|(?:lines?-)?\d+[-:]\d+|t=.*|page=.*|.*[=&/].*|\w+\(.*\)"
    r"|(?:issue|c)?comment[-_]?\d+|discussion[-_]r?\d+|note_\d+|diff-[0-9a-f]{8,}\w*"
    r"|(?:pullrequestreview|event|discussioncomment|answer|post|reply|msg)-?\d+"
)
# Short URLs of mirrors name no original. These elements of the archives' pages do: archive.today's
# field with the long URL, the source in Perma.cc's record, the URL in Ghost Archive's player.
_PERMA_SOURCE: Final = "input#source_url"
_MEMENTO_FIELDS: Final = (
    ("input#SHARE_LONGLINK", "value"),
    (_PERMA_SOURCE, "value"),
    ("replay-web-page[url]", "url"),
)
_ANY_MEMENTO_FIELD: Final = ", ".join(selector for selector, _ in _MEMENTO_FIELDS)
_PERMA_CREATED = re.compile(rb"insertLocalDateTime\('date_\d+', (\d{9,11}),")
_MAX_ADDRESS_LENGTH: Final = 2_000
_MAX_TYPE_LENGTH: Final = 255  # characters; RFC 6838 allows 127 for either half
# Where JavaScript frameworks render an application.
_APP_ROOT: Final = (
    "#root, #app, #__next, #__nuxt, #react-root, app-root, [ng-app], [data-reactroot], "
    "#q-app, #svelte"
)
# The scripts of applications that may render elsewhere.
_APP_SCRIPTS: Final = (
    'script[type="module"][src], script[src*="webpack" i], script[src*="chunk" i], '
    'script[src*="bundle" i]'
)
# Elements that show something on a page without text.
_EMBEDDED: Final = (
    "img, picture, svg, canvas, video, audio, object, embed, applet, frame, iframe, "
    'input[type="image" i], [background], [style*="url(" i]'
)


def read_body(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    *,
    served: bool = False,
    fragments: Sequence[str] = (),
) -> PageEvidence:
    """Extract the evidence from the start of a response's body.

    Args:
        body: Decompressed; bytes over the limit are ignored.
        headers: Of the response, by lower-case name.
        url: The URL of the response, with the fragment of the citation.
        served: Whether it has a success status. A served page with much text is an article, and not
            searched for markers of walls.
        fragments: The fragments that citations of the page name, beside the one of `url`; without
            `#`.

    Returns:
        The evidence; of anything but HTML and text only length, hash and refresh. Other XML than
        XHTML is a text with its tags.

    >>> body = b"<title>Reef</title><p id=top>Corals &amp; fish"
    >>> page = read_body(body, {"content-type": "text/html"}, "https://example.org/reef#top")
    >>> page.title, page.text, page.fragment_found
    ('Reef', 'Corals & fish', True)
    """
    declared = headers.get("content-type", "")
    content_type = declared.partition(";")[0].strip().lower()[:_MAX_TYPE_LENGTH]
    if not content_type and _HTML_START.match(body):
        content_type = "text/html"
    is_xhtml = content_type in _XML_TYPES and _XHTML_START.search(body, 0, _MAX_XML_START)
    if "html" in content_type or is_xhtml:
        named = tuple(dict.fromkeys(filter(None, (url.partition("#")[2], *fragments))))
        return _read_html(body, headers, url, served=served, fragments=named)
    start = body[:BODY_LIMIT]
    decoded = ""
    is_error_in_json = "json" in content_type and not served
    is_text = content_type.startswith("text/") or content_type in _XML_TYPES
    if is_text or is_error_in_json:
        decoded = decode_text(start, declared)[:BODY_LIMIT]
    is_missing = served and "json" in content_type and says_missing_in_data(body)
    return PageEvidence(
        length=len(start),
        html_markers=("missing-in-data",) if is_missing else (),
        text=collapse_start(decoded, TEXT_LIMIT)[:TEXT_LIMIT],
        simhash=(fingerprint := simhash(decoded)),
        simhash_kind="" if fingerprint is None else SIMHASH_KIND,
        refresh=refresh_target(headers.get("refresh", ""), url),
    )


def _read_html(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    *,
    served: bool,
    fragments: Sequence[str],
) -> PageEvidence:
    """Return what the HTML of a response shows; see `read_body` for the arguments."""
    start, is_complete = body[:BODY_LIMIT], len(body) < BODY_LIMIT
    source = decode_text(start, headers.get("content-type", ""))
    tree = LexborHTMLParser(source)
    fragments_found = _find_fragments(tree, fragments)
    title = _title(tree)
    canonical = _canonical_url(tree)[:_MAX_ADDRESS_LENGTH]
    meta_robots = first_attribute(tree, 'meta[name="robots" i]', "content")
    robots = [text for text in (meta_robots, headers.get("x-robots-tag", "")) if text]
    refresh_to, refresh_base = _refresh(tree, headers, url)
    memento = _find_memento_url(tree, start)[:_MAX_ADDRESS_LENGTH]
    has_app_root = tree.css_first(_APP_ROOT) is not None
    has_app_scripts = has_app_root or tree.css_first(_APP_SCRIPTS) is not None
    has_scripts = tree.css_first("script[src]") is not None
    has_password_field = tree.css_first('input[type="password" i]') is not None
    visible = _visible_text(tree)  # removes hidden elements, so it comes last
    text = collapse_start(visible, TEXT_LIMIT)
    refresh = refresh_target(refresh_to, refresh_base, refresh_patience(text))
    is_short, has_embedded, parts_digest = len(text) < TEXT_LIMIT, True, ""
    markers = find_html_markers(start) if is_short or not served else ()
    if is_short:  # What else the page shows matters only beside little text.
        whole = LexborHTMLParser(source)
        has_embedded = whole.css_first(_EMBEDDED) is not None
        if is_complete and not has_app_root:
            structures = _shown_structures(tuple(find_structures(whole, url, refresh)), text)
            markers = tuple(dict.fromkeys((*markers, *structures)))
        if is_complete:
            parts_digest = digest_parts(whole, url)
        if has_scripts and not has_app_scripts:
            has_app_scripts = has_empty_main(tree)
        if count_letters(text) < SCRIPTED_LETTERS:
            has_app_scripts = has_app_scripts or may_load_content(whole)
    # app-shell: the root of an application with hardly any text, as its scripts load the content.
    # app-root: any other page with an application's root or scripts, which may load more.
    if has_app_root and len(text) < TITLE_LIMIT:
        markers = (*markers, "app-shell")
    elif has_app_scripts:
        markers = (*markers, "app-root")
    if not text and not has_embedded and not has_app_scripts:
        markers = (*markers, "no-content")
    if not is_complete or "app-shell" in markers:
        # The rest of the page may have the others.
        fragments_found = {name: True for name, is_there in fragments_found.items() if is_there}
    return PageEvidence(
        length=len(start),
        title=title,
        text=text[:TEXT_LIMIT],
        headings=_headings(tree),
        simhash=(fingerprint := simhash(visible)),
        simhash_kind="" if fingerprint is None else SIMHASH_KIND,
        canonical=_resolve(canonical, url),
        robots=",".join(robots).lower()[:TITLE_LIMIT],
        refresh=refresh,
        password_field=has_password_field,
        fragment_found=all(fragments_found.values()) if fragments_found else None,
        missing_fragments=tuple(name for name, is_there in fragments_found.items() if not is_there),
        html_markers=markers,
        parts_digest=parts_digest,
        memento=memento,
    )


def _shown_structures(structures: Sequence[str], text: str) -> Sequence[str]:
    """Return the markers of a page's structure: `blank` for one without anything to be seen."""
    shown = [name for name in structures if name != "pictures"]
    if "static" in shown and not text and "pictures" not in structures:
        return ("blank",)
    return shown


def _find_memento_url(tree: LexborHTMLParser, body: bytes) -> str:
    """Return the long URL of a mirror from its page, else the original URL, else ""."""
    if tree.css_first(_ANY_MEMENTO_FIELD) is None:
        return ""
    for selector, attribute in _MEMENTO_FIELDS:
        url = first_attribute(tree, selector, attribute)
        if not url:
            continue
        created = _PERMA_CREATED.search(body) if selector == _PERMA_SOURCE else None
        if created is None:
            return url
        timestamp = format_timestamp(datetime.fromtimestamp(int(created[1]), UTC))
        return f"https://perma-archives.org/warc/{timestamp}/{url}"
    return ""


def _title(tree: LexborHTMLParser) -> str:
    title = tree.css_first("head title") or tree.css_first("title")
    return collapse_whitespace(title.text())[:TITLE_LIMIT] if title else ""


def _canonical_url(tree: LexborHTMLParser) -> str:
    canonical = first_attribute(tree, 'link[rel~="canonical" i]', "href")
    return canonical or first_attribute(tree, 'meta[property="og:url" i]', "content")


def _visible_text(tree: LexborHTMLParser) -> str:
    """Return the text that readers see. Hidden elements are removed from the tree."""
    # Children come after their parents in the list and must be removed before them.
    for node in reversed(tree.css(_HIDDEN_ELEMENTS)):
        node.decompose()
    body = tree.body
    return body.text(separator=" ") if body else ""


def _headings(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Return the first visible heading of each level, "" for none."""
    nodes = (tree.css_first(level) for level in ("h1", "h2", "h3"))
    texts = (collapse_whitespace(node.text(separator=" ")) if node else "" for node in nodes)
    return tuple(text[:TITLE_LIMIT] for text in texts)


def _resolve(address: str, base: str) -> str:
    return join_url(address, base) if 0 < len(address) <= LONGEST_LOCATION else ""


def refresh_patience(text: str) -> int:
    """Return how many seconds a refresh may wait that replaces a page with this text.

    Readers of a page with some text see it until then: it is the page that was cited.
    """
    return 0 if count_letters(text) > REDIRECT_LETTERS else MAX_REFRESH_SECONDS


def _refresh(tree: LexborHTMLParser, headers: Mapping[str, str], url: str) -> tuple[str, str]:
    """Return the content of a page's refresh, or "", and the URL to which it is relative.

    That is the header, or the first meta element outside `noscript`, which is relative to the
    page's `<base>`, as every address on the page is.
    """
    if refresh_target(headers.get("refresh", ""), url):
        return headers["refresh"], url
    for node in tree.css('meta[http-equiv="refresh" i]'):
        if not _is_inside(node, "noscript"):
            base = first_attribute(tree, "base[href]", "href")
            return node.attributes.get("content") or "", _resolve(base, url) or url
    return "", url


def _is_inside(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False


def _find_fragments(tree: LexborHTMLParser, fragments: Sequence[str]) -> dict[str, bool]:
    """Return whether a page has each of the given fragments.

    Fragments that only a script can resolve are left out, among them those that the page's scripts
    or their data name, as on GitHub; so are all of a page with frames, which may contain them.
    """
    found: dict[str, bool] = {}
    if tree.css_first("frameset") is not None:
        return found
    names: set[str | None] = set()
    for fragment in fragments[:_MAX_FRAGMENTS]:
        element = fragment.partition(":~:")[0]
        if not element or _SCRIPTED_FRAGMENT.fullmatch(element):
            continue
        if not names:
            names = {""}  # read once
            for node in tree.css("[id], a[name]"):
                names |= {node.attributes.get("id"), node.attributes.get("name")}
            for node in tree.css(r"[xml\:id]"):
                names.add(node.attributes.get("xml:id"))
        spellings = {element, unquote(element)}
        spellings |= {"user-content-" + name for name in spellings}  # as GitHub writes them
        is_there = element.lower() == "top" or not names.isdisjoint(spellings)
        if is_there or not _is_in_script(tree, unquote(element)):
            found[fragment] = is_there
    return found


def _is_in_script(tree: LexborHTMLParser, name: str) -> bool:
    """Return whether an inline script, or the data of one, has a name between quotation marks."""
    quoted = re.compile(rf"[\"'#-]{re.escape(name)}\\*[\"']")
    return any(quoted.search(script.text(deep=True)) for script in tree.css("script"))
