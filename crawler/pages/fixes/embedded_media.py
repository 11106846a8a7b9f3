"""Recognise URLs that a page embeds: images, videos and other media in tags, calls and directives.

Readers see the content of an embedded URL on the page itself. The URL of an archived page cannot
replace it: an `img` would show nothing, a player would not play.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from store.vocabulary import CitationKind

_MAX_BYTES = 2000  # searched for the beginning of the tag, call or directive
_IMAGE_NAME = re.compile(
    r"avatar|\bcover\b|\bfig(?:ure)?s?\b|gallery|\bicons?\b|image|\bimgs?\b|lightbox|\blogo"
    r"|photo|\bpic(?:ture)?s?\b|screenshot|\bsvg\b|thumb"
)
_MEDIA_NAME = re.compile(
    r"asciinema|audio|bilibili|codepen|dailymotion|embed|\bev\b|\bgist\b|html5media|iframe"
    r"|instagram|jsfiddle|media|meting|\bmovie|\bmp[34]\b|music|niconico|\bpdf|peertube|player"
    r"|podcast|slideshare|soundcloud|spotify|tiktok|\btrack\b|tweet|twitch|twitter|video|vimeo"
    r"|widget|youku|youtube"
)
_IMAGE_FILE = re.compile(r"\.(?:apng|avif|bmp|gif|ico|jpe?g|jxl|png|svg|webp)\Z")
_MEDIA_FILE = re.compile(
    r"\.(?:aac|avi|flac|m3u8|m4[av]|mid|mkv|mov|mp[34]|mpe?g|og[agv]|opus|pdf|swf|vtt|wav|webm|wm[av])\Z"
)
_LINK_ATTRIBUTES = frozenset(
    ["cite", "data-href", "href", "link", "longdesc", "target", "to", "xlink:href"]
)
_IMAGE_ATTRIBUTES = frozenset(
    [
        "background", "cover", "data-lazy-srcset", "data-srcset", "image", "imagesrcset", "img",
        "lowsrc", "poster", "srcset", "thumbnail",
    ]
)  # fmt: skip
_SOURCE_ATTRIBUTES = frozenset(
    [
        "code", "data", "data-lazy-src", "data-original", "data-src", "dynsrc", "movie", "source",
        "src",
    ]
)  # fmt: skip
_LINK_TAGS = frozenset(["a", "area", "base", "blockquote", "del", "ins", "meta", "q"])

# The text before a URL ends inside a tag, an element, a call of a template, a directive's argument,
# a directive's option, or the value of a parameter.
_OPEN_TAG = re.compile(r"<(?P<name>[A-Za-z][\w.:-]*)(?P<rest>(?:\s[^<>]*)?)\Z")
_CONTENT_OF = re.compile(r"<(?P<name>[A-Za-z][\w.:-]*)(?:\s[^<>]*)?>\s*\Z")
_CALL = re.compile(
    r"(?:\{\{[<%]?|\{%-?)\s*#?(?P<name>[\w/.-]+)(?P<rest>(?:(?!\}\}|%\}).)*)\Z", re.DOTALL
)
_DIRECTIVE = re.compile(
    r"(?:\A|\n)[ \t>]*(?:\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?(?P<rst>[\w:.-]+)::"
    r"|[:`~]{3,}[ \t]*\{(?P<fence>[\w:.-]+)\}|:{3,}[ \t]*(?P<box>[\w-]+)"
    r"|::?(?P<leaf>[\w-]+)(?:\[[^\]\n]*\])?\{[^}\n]*"
    r"|(?P<macro>[a-z]+)::)[ \t]*\Z"
)
_OPTION = re.compile(
    r"(?:\A|\n)[ \t>]*(?:\.\.[ \t]+[^\n]*::|[:`~]{3,}[ \t]*\{|:[\w-]+:)[^\n]*\n"
    r"[ \t>]*:[\w-]+:[ \t]*\Z"
)
# Vue has a string in the quotation marks of the attribute: `:src="'…'"`.
_PARAMETER = re.compile(r"(?P<name>[\w:.-]+)\s*=\s*(?:\{\s*)?(?:[\"'`]\s*){0,2}[^\"'`]*\Z")
# Obsidian's `![[url]]`, and `@[youtube](url)` of markdown-it plug-ins
_MARK = re.compile(r"(?P<wiki>!\[\[)\Z|@\[(?P<at>[\w-]+)\]\(\Z")
_TYPED_IMAGE = re.compile(r"!\[type:(?:video|audio)\b[^\]\n]*\]\(<?\Z")  # of mkdocs-video
# Directives that show the content of the URL: a table, raw text, an included file
_CONTENT_OPTION = re.compile(
    r"(?:\A|\n)[ \t]*\.\.[ \t]+(?:(?:csv-table|raw)::[^\n]*\n(?:[ \t]+:[^\n]*\n)*[ \t]+:url:[ \t]*"
    r"|(?:literal)?include::[ \t]*)\Z|(?:\A|\n)include::\Z"
)
_CSS_URL = re.compile(r"url\(\s*[\"']?\Z", re.IGNORECASE)


class Embed(Enum):
    """A kind of embedded content."""

    IMAGE = auto()
    MEDIA = auto()  # a video, a player, a frame, a program: anything but an image


class _Place(NamedTuple):
    """The name of the tag, call or directive that a URL is in, and of its attribute there."""

    name: str
    attribute: str
    is_tag: bool


def embed_at(data: bytes, start: int, url: str, kind: CitationKind) -> Embed | None:
    """Return the kind of content that a page embeds at a URL, or None if it is a link.

    Args:
        data: The page's text in UTF-8.
        start: The first byte of the URL.
        url: The URL.
        kind: The kind of the citation.
    """
    if kind is CitationKind.FRONTMATTER:
        return None
    before = data[max(0, start - _MAX_BYTES) : start].decode(errors="replace")
    if kind is CitationKind.IMAGE:
        directive = _DIRECTIVE.search(before)
        is_medium = bool(directive and _MEDIA_NAME.search(_first_group(directive).lower()))
        if is_medium or _TYPED_IMAGE.search(before):
            return Embed.MEDIA
        return _embed_of_file(url) or Embed.IMAGE
    if _CONTENT_OPTION.search(before):
        return Embed.MEDIA
    if _CSS_URL.search(before):
        return Embed.IMAGE
    if mark := _MARK.search(before):
        return Embed.MEDIA if mark["wiki"] or _MEDIA_NAME.search(mark["at"].lower()) else None
    place = _place_of(before)
    if place is None:
        return None
    return embed_of(place.name, place.attribute, url, is_tag=place.is_tag)


def embed_of(name: str, attribute: str, url: str, *, is_tag: bool = True) -> Embed | None:
    """Return the kind of content that a tag, call or directive embeds, or None if it is a link.

    Args:
        name: Its name, in lower case.
        attribute: The attribute's name in lower case; empty for an argument without one.
        url: The URL.
        is_tag: It is a tag of HTML, or a component.

    >>> embed_of("a", "href", "https://a.example/"), embed_of("img", "src", "https://a.example/")
    (None, <Embed.IMAGE: 1>)
    >>> embed_of("iframe", "src", "https://a.example/")
    <Embed.MEDIA: 2>
    """
    if is_tag and name == "link":
        return Embed.MEDIA
    is_image = bool(_IMAGE_NAME.search(name))
    is_svg = is_tag and name in {"image", "feimage"}
    if (attribute in _LINK_ATTRIBUTES and not is_svg) or (is_tag and name in _LINK_TAGS):
        return None
    if attribute in _IMAGE_ATTRIBUTES:
        return Embed.IMAGE
    if is_image or _MEDIA_NAME.search(name):
        return _embed_of_file(url) or (Embed.IMAGE if is_image else Embed.MEDIA)
    is_source = is_tag and name in {"object", "param", "source", "script"}
    if is_source or attribute in _SOURCE_ATTRIBUTES:
        return _embed_of_file(url) or Embed.MEDIA
    return None


def is_directive_argument(data: bytes, start: int) -> bool:
    """Return whether a URL is the argument or an option of a directive, which ends with its line.

    Args:
        data: The page's text in UTF-8.
        start: The first byte of the URL.
    """
    text = data[max(0, start - _MAX_BYTES) : start].decode(errors="replace")
    lines = "\n".join(text.rsplit("\n", 2)[-2:])  # an option is below another one or the opening
    return bool(_DIRECTIVE.search(lines) or _OPTION.search(lines))


def _place_of(before: str) -> _Place | None:
    """Return the tag, call or directive that is still open before a URL, or None."""
    if directive := _DIRECTIVE.search(before):
        return _Place(_first_group(directive).lower(), "", is_tag=False)
    paragraph = before.rpartition("\n\n")[2]
    if tag := _OPEN_TAG.search(paragraph):
        return _Place(tag["name"].lower(), _attribute(tag["rest"]), is_tag=True)
    if content := _CONTENT_OF.search(paragraph):
        name = content["name"].lower()
        is_medium = _MEDIA_NAME.search(name) or _IMAGE_NAME.search(name)
        return _Place(name, "", is_tag=True) if is_medium else None
    opener = max(paragraph.rfind("{{"), paragraph.rfind("{%"))
    call = _CALL.match(paragraph, opener) if opener >= 0 else None
    if call is None:
        return None
    return _Place(_call_name(call), _attribute(call["rest"]), is_tag=False)


def _call_name(call: re.Match[str]) -> str:
    """Return the name of a call, or the name of what a generic call such as `include` calls."""
    name = call["name"].lower()
    if name.rpartition(".")[2] in {"include", "partial", "render", "component", "widget", "import"}:
        words = call["rest"].lower().lstrip(" \t:").split(maxsplit=1)
        return words[0].partition("|")[0] if words else name
    return name.rpartition("/")[2]


def _attribute(rest: str) -> str:
    """Return the attribute whose value a URL behind a text begins, in lower case; "" if none.

    Args:
        rest: The text of a tag or call up to the URL, without its name.
    """
    found = _PARAMETER.search(rest)
    return re.sub(r"\A(?:v-bind)?:", "", found["name"].lower()) if found else ""


def names_image(url: str) -> bool:
    """Return whether the path of a URL ends in the suffix of an image.

    >>> names_image("https://a.example/b.PNG?size=2"), names_image("https://a.example/photo/7")
    (True, False)
    """
    return _embed_of_file(url) is Embed.IMAGE


def _embed_of_file(url: str) -> Embed | None:
    """Return the kind of media that a URL's suffix names, or None."""
    path = re.split(r"[?#]", url.lower(), maxsplit=1)[0]
    if _MEDIA_FILE.search(path):
        return Embed.MEDIA
    return Embed.IMAGE if _IMAGE_FILE.search(path) else None


def _first_group(match: re.Match[str]) -> str:
    """Return the text of the first group that matched."""
    return next(text for text in match.groups() if text)
