"""Decide which attributes of HTML contain a URL that a page cites or needs.

The attributes are those of the HTML Standard's index (attributes whose value is a URL), obsolete
ones, SVG's, and those that scripts load images from. What is left out, and why, is in
docs/extraction.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawler.pages.source.html_vocabulary import COPY_ATTRIBUTE

# On any element, as custom elements may have them.
ANYWHERE = frozenset(
    [
        b"href", b"src", b"srcset", b"cite", b"poster", b"longdesc", b"imagesrcset", b"xlink:href",
        b"data-src", b"data-srcset", b"data-href", b"data-original", b"data-url", b"lowsrc",
        b"dynsrc", b"data-lazy-src", b"data-lazy-srcset", COPY_ATTRIBUTE,
    ]
)  # fmt: skip
SRCSETS = frozenset([b"srcset", b"imagesrcset", b"data-srcset", b"data-lazy-srcset"])
_ON_ELEMENT = {
    b"data": frozenset([b"object"]),
    b"background": frozenset(
        [b"body", b"table", b"tbody", b"thead", b"tfoot", b"tr", b"td", b"th"]
    ),
}
# Elements whose `href` is no link: the page's base address, and references within a drawing.
_WITHOUT_HREF = frozenset([b"base", b"use", b"lineargradient", b"radialgradient", b"textpath"])
# Values of `rel` for addresses of the page itself, its site or its host, which cite nothing.
_OWN_RELATIONS = frozenset(
    [
        "alternate", "amphtml", "author", "canonical", "dns-prefetch", "edituri", "hub", "me",
        "micropub", "next", "openid.server", "openid.delegate", "openid2.provider", "pingback",
        "preconnect", "prev", "previous", "profile", "search", "self", "shortlink", "shorturl",
        "start", "up", "webmention", "wlwmanifest", "https://api.w.org/",
        "authorization_endpoint", "token_endpoint", "opensearch", "image_src", "syndication",
    ]
)  # fmt: skip
# Properties of schema.org whose URL is a citation, in `itemprop` and in JSON-LD.
CITING_PROPERTIES = frozenset(
    [
        "citation", "isbasedon", "isbasedonurl", "mentions", "subjectof", "references", "license",
        "archivedat", "discussionurl", "exampleofwork",
    ]
)  # fmt: skip
# Names of `meta` whose content is a citation (Dublin Core).
_CITING_NAMES = frozenset(
    [
        "dc.source", "dcterms.source", "dc.relation", "dcterms.relation", "dcterms.references",
        "dcterms.isversionof", "dcterms.isreplacedby", "dcterms.replaces", "dcterms.license",
    ]
)  # fmt: skip
_MEDIA_PARAMETERS = frozenset(["movie", "src", "url", "filename", "data"])


def holds_url(tag: bytes, name: bytes) -> bool:
    """Return whether an attribute contains a URL, or several.

    Args:
        tag: The element, in lower case.
        name: The attribute, in lower case.
    """
    if name in ANYWHERE:
        return not (tag in _WITHOUT_HREF and name in {b"href", b"xlink:href"})
    return name in _ON_ELEMENT and tag in _ON_ELEMENT[name]


def is_citing_link(values: Mapping[str, str]) -> bool:
    """Return whether the `href` of a `link` element is a URL that the page cites or needs.

    Args:
        values: The values of its attributes, by name.
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
        values: The values of its attributes, by name.
    """
    properties = set(values.get("itemprop", "").lower().split())
    is_named = values.get("name", "").lower() in _CITING_NAMES
    return is_named or not CITING_PROPERTIES.isdisjoint(properties)


def is_media_parameter(values: Mapping[str, str]) -> bool:
    """Return whether the value of a `param` element is the URL of media that a plug-in plays."""
    return values.get("name", "").lower() in _MEDIA_PARAMETERS
