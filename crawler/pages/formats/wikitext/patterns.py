"""Define the patterns of MediaWiki's markup, and find the ends of URLs and links."""

from __future__ import annotations

import re

from crawler.pages.source.bare_urls import bare_url_length

_CODE_TAGS = (
    "nowiki|pre|syntaxhighlight|source|math|chem|ce|score|templatedata|timeline|hiero|graph|mapframe"
    "|maplink|templatestyles"
)
TOKEN = re.compile(
    rf"""
    (?P<comment><!--)
    | <(?P<code>{_CODE_TAGS})\b[^<>]*>
    | (?P<ref><ref\b[^<>]*>) | (?P<refend></ref\s*>)
    | (?P<quote><blockquote\b[^<>]*>) | (?P<quoteend></blockquote)
    | (?P<argument>\{{\{{\{{(?!\{{)) | (?P<open>\{{\{{) | (?P<close>\}}\}})
    | (?P<link>\[\[) | (?P<linkend>\]\]) | (?P<bar>\|)
    | (?P<external>\[(?=(?:[Hh][Tt][Tt][Pp][Ss]?:)?//))
    | (?<![A-Za-z0-9+.-])(?P<url>[Hh][Tt][Tt][Pp][Ss]?://)
    | ^(?P<heading>={{1,6}})[^\n]+$
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
# References of characters that end a URL: brackets, white space, quotation marks and dashes
_STOP_ENTITIES = (
    r"&(?:lt|gt|quot|nbsp|e[mn]sp|thinsp|hellip|mdash|[lr]aquo|[lrb]dquo|"
    r"\#0*(?:34|60|62|160)|\#x0*(?:22|3[ce]|a0));"
)
ADDRESS = re.compile(
    rf"(?:https?:)?//(?:(?!''|{_STOP_ENTITIES})[^\s\[\]<>\"\u3000\u00a0])+", re.IGNORECASE
)
# A URL in text; `{{!}}` and `{{=}}` are characters of it.
FREE = re.compile(
    rf"https?://(?:\{{\{{[!=]\}}\}}|(?!''|\{{\{{|\}}\}}|{_STOP_ENTITIES})[^\s\[\]<>\"\u3000\u00a0])+",
    re.IGNORECASE,
)
# A template or argument that is part of the URL before it. A template is part of it only if another
# character of a URL follows; otherwise it is a remark, such as `{{dead link}}`. Variables and
# functions of MediaWiki (https://www.mediawiki.org/wiki/Help:Magic_words) are always part of it.
FILLED_IN = re.compile(
    r"\{\{\{|\{\{[^{}]*\}\}[A-Za-z0-9/_%?&=#-]"
    r"|(?<=[/=?&#_.-])\{\{\s*(?:"
    r"(?:FULL|BASE|SUB|ROOT|TALK|SUBJECT|ARTICLE)?PAGENAMEE?|(?:TALK|SUBJECT)SPACEE?|NAMESPACEE?"
    r"|PAGEID|(?:CURRENT|LOCAL|REVISION)[A-Z0-9]+|SITENAME|SERVER(?:NAME)?)\s*\}\}"
    r"|(?<=[/=?&#_.-])\{\{\s*(?:(?:urlencode|anchorencode|[ul]c(?:first)?|fullurl|localurl"
    r"|padleft|padright|formatnum)|\#[a-z]+):"
)
_TRAILING_PUNCTUATION = re.compile(r"[,;.:!?\\]+\Z")
PARAMETER_NAME = re.compile(r"\s*([^=|{}\[\]<>\n]*?)[ \t]*=\s*")
_COMMENTS = r"(?:\s*<!--(?s:(?!-->).){0,500}-->)*\s*"
PARAMETER_END = re.compile(rf"{_COMMENTS}(?:\||\}}\}})")
# What may be between the `=` of a parameter and the URL that is its value
BEFORE_VALUE = re.compile(rf"{_COMMENTS}\Z")
MAX_BEFORE_VALUE = 2000  # characters
LINK_OF_IMAGE = re.compile(r"\|\s*link\s*=\s*\Z")  # [[File:a.png|link=URL]]
_REF_NAME = re.compile(r"\bname\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s/>]+))", re.IGNORECASE)
REF_END = re.compile(r"</ref\s*>", re.IGNORECASE)
MAGIC_WORDS = (("{{!}}", "|"), ("{{=}}", "="))  # characters that would end a parameter
# Markup that is left out of a text; group 1 is the text of a link, which is kept.
MARKUP = re.compile(r"'{2,}|\{\{[^{}]*\}\}|\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]|<[^<>]*>")


def reference_label(tag: str) -> str:
    """Return the name of a reference, or "".

    >>> reference_label('<ref name="a b" />')
    'a b'
    """
    name = _REF_NAME.search(tag)
    return next(filter(None, name.groups()), "").strip() if name else ""


def without_trailing_punctuation(url: str) -> str:
    """Return a URL in text without punctuation at its end, by MediaWiki's rule.

    The end of a URL that is not ASCII is found as in Markdown.

    >>> without_trailing_punctuation("https://a.example/b)."), without_trailing_punctuation("https://a.example/b。")
    ('https://a.example/b', 'https://a.example/b')
    """
    if not url.isascii():
        return url[: bare_url_length(url)]
    kept = _TRAILING_PUNCTUATION.sub("", url)
    while kept.endswith(")") and "(" not in kept:
        kept = _TRAILING_PUNCTUATION.sub("", kept[:-1])
    return kept


def closing_bracket(text: str, start: int, stop: int) -> int:
    """Return the index of the `]` that closes an external link, or -1.

    Args:
        text: The page.
        start: The index at which the link's text begins; it may contain `[[links]]`.
        stop: The index at which the search ends.
    """
    depth = 0
    for bracket in re.compile(r"\[\[|\]\]|\]").finditer(text, start, stop):
        if bracket[0] == "[[":
            depth += 1
        elif bracket[0] == "]]" and depth:
            depth -= 1
        else:
            return bracket.start()
    return -1
