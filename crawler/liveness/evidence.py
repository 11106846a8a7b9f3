"""What the body of an answer shows, read once and kept small: title, text, metadata, structures that give walls and parked domains away.

Bounded: `BODY_LIMIT` bytes are looked at, whatever is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http import BODY_LIMIT, LONGEST_LOCATION, decode_text
from crawler.http.html_text import collapse_whitespace, first_attribute
from crawler.http.urls import join_url
from crawler.liveness.html_markers import find_html_markers
from crawler.liveness.simhash import simhash
from store.vocabulary import PageEvidence, format_timestamp

TEXT_LIMIT: Final = 2_000
TITLE_LIMIT: Final = 300
_HASHED_TEXT: Final = 8_000
# A longer wait is a page that reloads itself for readers who stay, not a redirect.
_REFRESH_SECONDS: Final = 10

# Readers do not see these; a page's own error text often waits hidden in it.
_HIDDEN_ELEMENTS: Final = "script, style, noscript, template, svg, iframe, object, select, [hidden], [style*='display:none' i], [style*='display: none' i]"
_REFRESH = re.compile(r"\s*(\d*)(?:\.\d*)?\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
_HTML_START = re.compile(
    rb"\s*<(?:!doctype html|html|head|body|title|meta|!--|script)", re.IGNORECASE
)
# Fragments that scripts answer to: routes, lines of code, times, pages of a document.
_SCRIPTED_FRAGMENT = re.compile(r"[!/].*|L\d+(?:-L?\d+)?|t=.*|page=.*|.*[=&/].*")
# Short addresses of mirrors tell nothing. What the archives' pages behind them say: archive.today has a field to copy the long address from,
# Perma.cc's record names the source, Ghost Archive's player what it plays.
_MEMENTO_FIELDS: Final = (
    (b"SHARE_LONGLINK", "input#SHARE_LONGLINK", "value"),
    (b"source_url", "input#source_url", "value"),
    (b"<replay-web-page", "replay-web-page[url]", "url"),
)
_PERMA_CREATED = re.compile(rb"insertLocalDateTime\('date_\d+', (\d{9,11}),")
_MAX_ADDRESS_LENGTH: Final = 2_000
_MAX_TYPE_LENGTH: Final = 255  # characters; RFC 6838 allows 127 for either half
_APP_ROOT: Final = "#root, #app, #__next, #__nuxt, #react-root, app-root, [ng-app], [data-reactroot], #q-app, #svelte"


def read_body(
    body: bytes, headers: Mapping[str, str], url: str, *, served: bool = False
) -> PageEvidence:
    """Read the start of a body. `headers` has lower-case names; `url` is where it came from, with the fragment the citation asks for.

    What came with a success status (`served`) and has much text is an article: it is spared the search for marks of walls and the like.

    >>> page = read_body(b"<title>Reef</title><p id=top>Corals &amp; fish", {"content-type": "text/html"}, "https://example.org/reef#top")
    >>> page.title, page.text, page.fragment_found
    ('Reef', 'Corals & fish', True)
    """
    whole = len(body) < BODY_LIMIT
    body = body[:BODY_LIMIT]
    declared = headers.get("content-type", "")
    content_type = declared.partition(";")[0].strip().lower()[:_MAX_TYPE_LENGTH]
    if not content_type and _HTML_START.match(body):
        content_type = "text/html"
    refresh = _refresh_target(headers.get("refresh", ""), url)
    if "html" not in content_type and content_type != "application/xml":
        text = (
            collapse_whitespace(decode_text(body, declared)[:BODY_LIMIT])
            if content_type.startswith("text/")
            else ""
        )
        return PageEvidence(
            content_type=content_type,
            length=len(body),
            text=text[:TEXT_LIMIT],
            simhash=simhash(text[:_HASHED_TEXT]),
            refresh=refresh,
        )
    tree = LexborHTMLParser(decode_text(body, declared))
    found = _find_fragment(tree, url)
    title = _title(tree)
    canonical = first_attribute(tree, 'link[rel~="canonical" i]', "href") or first_attribute(
        tree, 'meta[property="og:url" i]', "content"
    )
    robots = ",".join(
        filter(
            None,
            (
                first_attribute(tree, 'meta[name="robots" i]', "content"),
                headers.get("x-robots-tag", ""),
            ),
        )
    )
    refresh = refresh or _meta_refresh(tree, url)
    memento = _find_memento_url(tree, body)[:_MAX_ADDRESS_LENGTH]
    app_root = tree.css_first(_APP_ROOT) is not None
    password = tree.css_first('input[type="password" i]') is not None
    text = _visible_text(tree)
    marks = () if served and len(text) >= TEXT_LIMIT else find_html_markers(body)
    if app_root and len(text) < TITLE_LIMIT:
        marks = (*marks, "app-shell")
    if found is False and (not whole or "app-shell" in marks):
        found = None
    return PageEvidence(
        content_type=content_type,
        length=len(body),
        title=title,
        text=text[:TEXT_LIMIT],
        simhash=simhash(text[:_HASHED_TEXT]),
        canonical=_resolve(canonical[:_MAX_ADDRESS_LENGTH], url),
        robots=robots.lower()[:TITLE_LIMIT],
        refresh=refresh,
        password_field=password,
        fragment_found=found,
        marks=marks,
        memento=memento,
    )


def _find_memento_url(tree: LexborHTMLParser, body: bytes) -> str:
    """What an archive's page says it shows: the long address of itself, else the original's."""
    for mark, selector, attribute in _MEMENTO_FIELDS:
        if mark in body and (told := first_attribute(tree, selector, attribute)):
            created = _PERMA_CREATED.search(body) if mark == b"source_url" else None
            return (
                f"https://perma-archives.org/warc/{format_timestamp(datetime.fromtimestamp(int(created[1]), UTC))}/{told}"
                if created
                else told
            )
    return ""


def _title(tree: LexborHTMLParser) -> str:
    title = tree.css_first("head title") or tree.css_first("title")
    return collapse_whitespace(title.text())[:TITLE_LIMIT] if title else ""


def _visible_text(tree: LexborHTMLParser) -> str:
    # Children come after their parents in the list and have to go before them.
    for node in reversed(tree.css(_HIDDEN_ELEMENTS)):
        node.decompose()
    body = tree.body
    return _collapse_start(body.text(separator=" ")) if body else ""


def _collapse_start(text: str) -> str:
    """Squeeze a text as far as it is looked at: of a long one the beginning is enough, unless that is mostly white space."""
    start = collapse_whitespace(text[: _HASHED_TEXT + _HASHED_TEXT // 4])
    return start if len(start) >= _HASHED_TEXT else collapse_whitespace(text)


def _resolve(address: str, base: str) -> str:
    return join_url(base, address) if 0 < len(address) <= LONGEST_LOCATION else ""


def _meta_refresh(tree: LexborHTMLParser, url: str) -> str:
    for node in tree.css('meta[http-equiv="refresh" i]'):
        # What stands in noscript is for readers without scripts only.
        if not _is_inside(node, "noscript"):
            return _refresh_target(node.attributes.get("content") or "", url)
    return ""


def _is_inside(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag == tag:
            return True
        parent = parent.parent
    return False


def _refresh_target(content: str, url: str) -> str:
    match = _REFRESH.match(content)
    if not match or not match[2].strip() or int(match[1][:4] or 0) > _REFRESH_SECONDS:
        return ""
    return _resolve(match[2].strip(), url)


def _find_fragment(tree: LexborHTMLParser, url: str) -> bool | None:
    """Whether the page has what the fragment names; None where it names nothing, or something only a script can know."""
    fragment = url.partition("#")[2].partition(":~:")[0]
    wanted = {fragment, unquote(fragment)}
    if not fragment or _SCRIPTED_FRAGMENT.fullmatch(fragment):
        return None
    if fragment.lower() == "top":
        return True
    wanted |= {"user-content-" + name for name in wanted}
    return any(
        node.attributes.get("id") in wanted or node.attributes.get("name") in wanted
        for node in tree.css("[id], a[name]")
    )
