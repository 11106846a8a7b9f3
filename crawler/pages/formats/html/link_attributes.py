"""Decide which attributes of HTML hold a URL that a page cites or needs.

The attributes are those of the HTML Standard's index (attributes whose value is a URL), obsolete
ones, SVG's, and those that scripts load images from. What is left out, and why, is in
docs/extraction.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawler.pages.html_names import COPY_ATTRIBUTE

# On any element, known or not: components have them too.
ANYWHERE = frozenset(
    [
        b"href", b"src", b"srcset", b"cite", b"poster", b"longdesc", b"imagesrcset", b"xlink:href",
        b"data-src", b"data-srcset", b"data-href", b"data-original", b"data-url", b"lowsrc",
        b"dynsrc", COPY_ATTRIBUTE,
    ]
)  # fmt: skip
SRCSETS = frozenset([b"srcset", b"imagesrcset", b"data-srcset"])
_ON_ELEMENT = {
    b"data": frozenset([b"object"]),
    b"background": frozenset(
        [b"body", b"table", b"tbody", b"thead", b"tfoot", b"tr", b"td", b"th"]
    ),
}
# Whose `href` names no page: the page's own base, and parts of a drawing.
_WITHOUT_HREF = frozenset([b"base", b"use", b"lineargradient", b"radialgradient", b"textpath"])
# Relations that describe the page itself, its site, or a host; most serve programs only.
_OWN_RELATIONS = frozenset(
    [
        "alternate", "amphtml", "author", "canonical", "dns-prefetch", "edituri", "hub", "me",
        "micropub", "next", "openid.server", "openid.delegate", "openid2.provider", "pingback",
        "preconnect", "prev", "previous", "profile", "search", "self", "shortlink", "shorturl",
        "start", "up", "webmention", "wlwmanifest", "https://api.w.org/",
        "authorization_endpoint", "token_endpoint", "opensearch", "image_src", "syndication",
    ]
)  # fmt: skip
# Properties of schema.org by which a page cites; the same keys are read in JSON-LD.
CITING_PROPERTIES = frozenset(
    [
        "citation", "isbasedon", "isbasedonurl", "mentions", "subjectof", "references", "license",
        "archivedat", "discussionurl", "exampleofwork",
    ]
)  # fmt: skip
# Names of `meta` by which a page cites (Dublin Core).
_CITING_NAMES = frozenset(
    [
        "dc.source", "dcterms.source", "dc.relation", "dcterms.relation", "dcterms.references",
        "dcterms.isversionof", "dcterms.isreplacedby", "dcterms.replaces", "dcterms.license",
    ]
)  # fmt: skip
_MEDIA_PARAMETERS = frozenset(["movie", "src", "url", "filename", "data"])


def holds_url(tag: bytes, name: bytes) -> bool:
    """Return whether an attribute holds a URL, or several.

    Args:
        tag: The element, in lower case.
        name: The attribute, in lower case.
    """
    if name in ANYWHERE:
        return not (tag in _WITHOUT_HREF and name in {b"href", b"xlink:href"})
    return name in _ON_ELEMENT and tag in _ON_ELEMENT[name]


def is_citing_link(values: Mapping[str, str]) -> bool:
    """Return whether a `link` element names something the page cites or needs.

    Args:
        values: Its attributes.
    """
    relations = set(values.get("rel", "").lower().split())
    if "stylesheet" in relations:
        return True
    properties = set(values.get("itemprop", "").lower().split())
    if not relations:
        return not CITING_PROPERTIES.isdisjoint(properties)
    return _OWN_RELATIONS.isdisjoint(relations)


def is_citing_meta(values: Mapping[str, str]) -> bool:
    """Return whether the content of a `meta` element is a URL that the page cites.

    Args:
        values: Its attributes.
    """
    properties = set(values.get("itemprop", "").lower().split())
    is_named = values.get("name", "").lower() in _CITING_NAMES
    return is_named or not CITING_PROPERTIES.isdisjoint(properties)


def is_media_parameter(values: Mapping[str, str]) -> bool:
    """Return whether the value of a `param` element is the URL of what a plug-in plays."""
    return values.get("name", "").lower() in _MEDIA_PARAMETERS
