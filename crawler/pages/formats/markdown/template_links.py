"""Read links that templates generate: Hugo's `ref`, Jekyll's `link`, and the site's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crawler.pages.formats.markdown.authors_comments import enclosed_spans
from crawler.pages.raw_links import LocationIndex, RawLink
from crawler.pages.source.intervals import UncoveredOffsets
from crawler.pages.source.source_text import SourceText
from store.vocabulary import CitationKind

_QUOTED = r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|[^\s\"'`%>}|]+"
_REF = re.compile(
    rf"\{{\{{[<%]\s*(?:rel)?ref\s+(?:path\s*=\s*)?(?P<ref>{_QUOTED})(?P<rest>[^\n]*?)[%>]\}}\}}"
)
_LIQUID = re.compile(
    rf"\{{%-?\s*(?P<tag>link|post_url)\s+(?P<path>{_QUOTED})(?P<rest>[^%\n]*)%\}}"
    r"(?P<tail>#[^\s)\"'>]*)?"
)
_CALL = re.compile(
    rb"\{\{[<%][ \t]*(?:rel)?ref[ \t][^\n]{1,400}?[%>]\}\}"
    rb"|\{%-?[ \t]*(?:link|post_url)[ \t][^\n%]{1,400}%\}(?:#[^\s)\"'>]*)?"
)
# The opening and closing tags of blocks whose content template engines show as written.
_SHOWN_AS_WRITTEN = (
    (re.compile(rb"\{%-?\s*raw\b"), re.compile(rb"\{%-?\s*endraw\s*-?%\}")),
    (re.compile(rb"\{%-?\s*highlight\b"), re.compile(rb"\{%-?\s*endhighlight\s*-?%\}")),
    (re.compile(rb"\{\{<\s*highlight\b"), re.compile(rb"\{\{<\s*/\s*highlight\s*>\}\}")),
)
_SITE_ADDRESS = re.compile(r"\A\{\{-?\s*site\.(?:baseurl|url)\s*-?\}\}")
_RELATIVE_URL = re.compile(
    r"\A\{\{-?\s*[\"']([^\"'{}]*)[\"']\s*\|\s*(?:relative_url|absolute_url|relURL|absURL)\s*-?\}\}"
)
# Templates and placeholders: {{…}}, {%…%}, <%…%>, ${…}, {name}, <name>, %NAME%, @@name@@.
_TEMPLATE = re.compile(
    r"\{\{|\}\}|\{%|%\}|<[%?]|[%?]>|\$\{|\{(?:[A-Za-z_][\w.]*|\.*)\}|\A\{.*\}\Z|<[A-Za-z_-]+>|%[({]\w+[)}]"
    r"|\$[A-Za-z][\w.-]*(?:\([\w./-]+\))?\$|#\{|%[A-Z]+(?:_[A-Z]+)+%|\A%[A-Z]{4,}%|@@\w+@@|\A__[A-Z]+__|\A\[\["
)
# Blocks, conditions and the variable for the content, which only templates of pages have.
_PAGE_TEMPLATE = re.compile(
    r"\$(?:body\$|(?:if|for)\()|\{%-?\s*(?:block|extends|include|if|for)\b|<%=?\s|<\?(?:php|=)"
    r"|\{\{[-#>{\s]{0,5}[A-Za-z$.]"
    r"|<meta\s[^<>]{0,200}http-equiv\s*=\s*[\"']?refresh\b",  # put beside versions of a site
    re.IGNORECASE,
)
# A name that a build replaces by an address: `ENGLISH_URL`
_TO_REPLACE = re.compile(r"(?:[A-Z][A-Z0-9]*[_-])*(?:URL|URI|HREF|LINK)(?:_[A-Z]+)?(?=#|\Z)")


class TemplateCall(NamedTuple):
    """A call of a template that makes a link.

    Attributes:
        kind: `ref`, `link` or `post_url`.
        path: The page as named.
        fragment: The fragment, or "".
        is_certain: The call can be read without its template engine.
    """

    kind: str
    path: str
    fragment: str
    is_certain: bool


def find_template_links(
    source: SourceText, covered: Iterable[tuple[int, int]], locations: LocationIndex
) -> Iterator[RawLink]:
    """Yield a link for each call of `ref`, `relref`, `link` and `post_url` in the text of a page.

    Calls in blocks that the template engine shows as written are left out.

    Args:
        source: The page.
        covered: Spans of bytes in which no call is looked for, such as code.
        locations: The structure of the page.
    """
    data = source.data
    if b"{" not in data or (b"{%" not in data and b"{{" not in data):
        return
    not_searched = list(covered)
    for opener, closer in _SHOWN_AS_WRITTEN:
        not_searched += enclosed_spans(data, opener, closer)
    searched = UncoveredOffsets(not_searched)
    for match in _CALL.finditer(data):
        start, end = match.span()
        if searched.contains(start):
            text = source.text_between(start, end)
            kind = CitationKind.INLINE
            yield RawLink(start, end, text, kind, locations.at(start), (start, end))


def read_template_call(target: str) -> TemplateCall | None:
    """Return a call of `ref`, `relref`, `link` or `post_url`; None for other text.

    >>> read_template_call('{{< ref "posts/a.md#b" >}}')
    TemplateCall(kind='ref', path='posts/a.md', fragment='b', is_certain=True)
    >>> read_template_call("{% link _posts/2020-01-02-a.md %}#b").path
    '_posts/2020-01-02-a.md'
    """
    if call := _REF.match(target):
        path, _, fragment = call["ref"].strip("\"'`").partition("#")
        is_certain = not call["rest"].strip() and "{" not in path and "\\" not in path
        return TemplateCall("ref", path, fragment, is_certain)
    if call := _LIQUID.match(target):
        path = call["path"].strip("\"'`")
        fragment = (call["tail"] or "")[1:]
        is_certain = not call["rest"].strip(" -") and "{" not in path
        return TemplateCall(call["tag"], path, fragment, is_certain)
    return None


def is_page_template(text: str) -> bool:
    """Return whether an HTML source is a template or a redirect, which is published elsewhere.

    >>> is_page_template("<body>$body$</body>"), is_page_template("<p>It costs $5 or $6</p>")
    (True, False)
    """
    return bool(_PAGE_TEMPLATE.search(text))


def has_template_markup(target: str) -> bool:
    """Return whether a target has a template's call or a placeholder.

    >>> targets = ("<% tp.date.now() %>", "{{date}}", "<name>", "50% off")
    >>> [has_template_markup(each) for each in targets]
    [True, True, True, False]
    >>> targets = ("{IMG1}", "{require('./a.png').default}", "a{1}.png")
    >>> [has_template_markup(each) for each in targets]
    [True, True, False]
    """
    return bool(_TEMPLATE.search(target))


def plain_target(target: str) -> str | None:
    """Return a target without templates that insert the site's address.

    Returns:
        The target; None if it has other templates or placeholders.

    >>> plain_target("{{ site.baseurl }}/a/"), plain_target("{{ '/a' | relative_url }}")
    ('/a/', '/a')
    >>> [plain_target(each) for each in ("{{ page.url }}", "$css$", "%PUBLIC_URL%/a.png")]
    [None, None, None]
    >>> plain_target("{{ page.url }}"), plain_target("ENGLISH_URL"), plain_target("LICENSE")
    (None, None, 'LICENSE')
    """
    if address := _RELATIVE_URL.match(target):
        rest = target[address.end() :]
        return f"/{address[1].lstrip('/')}{rest}" if not has_template_markup(rest) else None
    rest = _SITE_ADDRESS.sub("", target)
    if has_template_markup(rest) or _TO_REPLACE.match(rest):
        return None
    return rest if rest == target else f"/{rest.lstrip('/')}"
