"""Find structures of a page that show that it is empty, or not the cited page.

The markers are added to a page's evidence, beside those of `html_markers`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.http.html_text import first_attribute
from crawler.http.urls import absolute_url, host_of, is_web_url

# With one of these elements a page may show more than its text.
_ACTIVE: Final = (
    "frameset, frame, iframe, object, embed, template, canvas, noscript, applet, video, audio"
)
_VISIBLE: Final = "img, picture, svg, input, textarea, button, form, link[rel~=icon i]"
# Where pages have their content.
_CONTENT: Final = (
    "main, article, [role=main], #content, #main, #page, #view, #container, #wrapper, #body, "
    "#main-content, #page-content, #router-view, .content, .view, .page, .main, .app, .container"
)
# Scripts that count visits and change nothing on the page.
_COUNTER = re.compile(
    r"google-analytics|googletagmanager|gtag\(|hm\.baidu\.com|mc\.yandex\.ru|matomo|piwik|_paq|"
    r"plausible|cloudflareinsights|cnzz\.com|statcounter|counter\.yadro",
    re.IGNORECASE,
)
# Elements that scripts fill, and scripts that do so.
_FILLED: Final = (
    "div[id], section, article[id], main, ul, ol, tbody, table[id], dl[id], p[id], span[id]"
)
_LOADS = re.compile(
    r"\bfetch\(|XMLHttpRequest|\$\.(?:get|getJSON|ajax|post)\(|\baxios\b|\.innerHTML\s*=|"
    r"document\.write(?:ln)?\("
)
# A script that opens another page, and one that reads or keeps the address that was requested.
# Applications on servers of files have them on the page for missing files.
_OPENS_PAGE = re.compile(
    r"\blocation\.(?:replace|assign)\(|\blocation(?:\.href)?\s*=(?!=)|"
    r"\b(\w+)\.replace\(\s*\1\.(?:protocol|origin)\b"
)
_READS_ADDRESS = re.compile(
    r"\.(?:pathname|search|hash)\b|\blocation\.href\b(?!\s*=(?!=))|"
    r"\bsessionStorage\.\w+\s*=[^=;]*\blocation\b"
)
_DATA_SCRIPT: Final = "application/ld+json"
_MAX_COUNTER_SCRIPT: Final = 1_500  # characters; a longer script does more
_MAX_SCRIPTS: Final = 20

# The keys of an API's error in JSON: those of its status, and those that may accompany it.
_STATUS_KEYS: Final = frozenset(
    {"code", "status", "statuscode", "status_code", "errcode", "errorcode", "error_code"}
)
_MESSAGE_KEYS: Final = frozenset(
    {"msg", "message", "error", "errors", "errmsg", "error_message", "errormessage", "detail"}
    | {"details", "title", "reason", "description", "info"}
)
_EMPTY_KEYS: Final = frozenset({"data", "result", "results", "items", "payload", "content", "body"})
_OTHER_KEYS: Final = frozenset(
    {"success", "ok", "timestamp", "time", "path", "url", "uri", "method", "type", "instance"}
    | {"request_id", "requestid", "trace_id", "traceid", "version"}
)
_MISSING: Final = frozenset({"404", "410"})
_MAX_DATA: Final = 4_000  # bytes


def find_structures(tree: LexborHTMLParser, url: str, refresh: str) -> Iterator[str]:
    """Yield the markers of a page before hidden elements are removed from its tree.

    Yields:
        `parked` if the page is one frame of another site whose URL has this one's name;
        `forwards-address` if a script sends readers on with the address that they requested;
        `static` if no script, frame, video or refresh changes what the page shows; `pictures` if
        it has pictures or fields.
    """
    if _is_frame_of_domain_market(tree, url):
        yield "parked"
    scripts = tree.css("script")
    if any(_forwards_address(script, refresh) for script in scripts[:_MAX_SCRIPTS]):
        yield "forwards-address"
    if refresh or tree.css_first(_ACTIVE) is not None or len(scripts) > _MAX_SCRIPTS:
        return
    if all(_only_counts_visits(script) for script in scripts):
        yield "static"
    if tree.css_first(_VISIBLE) is not None:
        yield "pictures"


def has_empty_main(tree: LexborHTMLParser) -> bool:
    """Return whether the place of a page's content is empty, as where a script fills it.

    >>> has_empty_main(LexborHTMLParser("<p>Menu</p><main></main>"))
    True
    >>> has_empty_main(LexborHTMLParser("<main>Reef</main>"))
    False
    """
    return any(map(_is_empty, tree.css(_CONTENT)))


def may_load_content(tree: LexborHTMLParser) -> bool:
    """Return whether scripts may load what a page with little text shows.

    That is if a script requests or writes content, or if there are a script and an empty element.

    >>> may_load_content(LexborHTMLParser("<ul id=list></ul><script src=/list.js></script>"))
    True
    >>> may_load_content(LexborHTMLParser("<p>Reef</p><script src=/menu.js></script>"))
    False
    """
    scripts = [each for each in tree.css("script") if not _only_counts_visits(each)]
    if any(_LOADS.search(script.text() or "") for script in scripts):
        return True
    has_source = any(script.attributes.get("src") for script in scripts)
    return has_source and any(map(_is_empty, tree.css(_FILLED)))


def _is_empty(place: LexborNode) -> bool:
    return next(place.iter(), None) is None and not place.text().strip()


def says_missing_in_data(body: bytes) -> bool:
    """Return whether a body of JSON is an API's error that something does not exist.

    >>> says_missing_in_data(b'{"status": 404, "message": "no such item", "data": null}')
    True
    >>> says_missing_in_data(b'{"code": 404, "name": "Peugeot 404"}')
    False
    """
    if len(body) > _MAX_DATA:
        return False
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(data, dict):
        return False
    inner = data.get("error")
    if isinstance(inner, dict) and _has_missing_status(inner):
        return set(map(_key, data)) <= {"error"} | _OTHER_KEYS
    return _has_missing_status(data)


def _has_missing_status(data: dict[Any, Any]) -> bool:
    fields = {_key(name): value for name, value in data.items()}
    statuses = {str(fields[key]) for key in _STATUS_KEYS & fields.keys()}
    if statuses.isdisjoint(_MISSING) or not _MESSAGE_KEYS & fields.keys():
        return False
    if any(fields[key] for key in _EMPTY_KEYS & fields.keys()):
        return False
    return fields.keys() <= _STATUS_KEYS | _MESSAGE_KEYS | _EMPTY_KEYS | _OTHER_KEYS


def _key(name: object) -> str:
    return str(name).lower()


def _is_frame_of_domain_market(tree: LexborHTMLParser, url: str) -> bool:
    """Return whether a page is a single frame of another site whose query names this host."""
    if tree.css_first("frameset") is None or len(tree.css("frame")) != 1:
        return False
    target = absolute_url(first_attribute(tree, "frame", "src"), url) or ""
    host = host_of(url).removeprefix("www.")
    if not is_web_url(target) or host_of(target).endswith(host):
        return False
    return host in unquote(target.partition("?")[2]).lower()


def _forwards_address(script: LexborNode, refresh: str) -> bool:
    text = script.text() or ""
    opens_page = bool(refresh) or _OPENS_PAGE.search(text) is not None
    return opens_page and _READS_ADDRESS.search(text) is not None


def _only_counts_visits(script: LexborNode) -> bool:
    attributes = script.attributes
    if (attributes.get("type") or "").strip().lower() == _DATA_SCRIPT:
        return True
    text = script.text() or ""
    words = f"{attributes.get('src') or ''} {text}"
    return len(text) <= _MAX_COUNTER_SCRIPT and _COUNTER.search(words) is not None
