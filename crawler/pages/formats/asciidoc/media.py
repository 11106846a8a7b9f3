"""Read images, videos and sounds, and the links in their attributes."""

from __future__ import annotations

import re

from crawler.pages.formats.asciidoc.block_attributes import BlockAttributes
from crawler.pages.formats.asciidoc.content import AdocContent
from crawler.pages.formats.asciidoc.lines import Line
from crawler.pages.formats.asciidoc.links import AdocForm, AdocPlace
from crawler.pages.formats.asciidoc.targets import resource_path
from store.vocabulary import CitationKind

_LINK_ATTRIBUTE = re.compile(
    r"""(?:^\[?|,)\s*(?:link|poster|xlink)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^,\]"'\n][^,\]\n]*))"""
)
# Names without a path are options, such as `autoplay`.
_FIRST_ATTRIBUTE = re.compile(
    r"""\[?\s*(?:"([^"\n]*[./{][^"\n]*)"|'([^'\n]*[./{][^'\n]*)'|([^\s,\]"'=#.%][^,\]"'\n=]*))"""
    r"""(?=\s*(?:,|\]|\Z))"""
)
_SERVICES = frozenset(["youtube", "vimeo", "wistia"])


def add_media(
    content: AdocContent,
    line: Line,
    macro: re.Match[str],
    place: AdocPlace,
    attributes: BlockAttributes,
) -> None:
    """Add the target of a block macro and the links in its attributes.

    Args:
        content: The page.
        line: The line of the macro.
        macro: The match of `block_patterns.BLOCK_MACRO`: its name, target and attributes.
        place: The structure around it.
        attributes: Those in the lines above it.
    """
    start = line.start + macro.start(3)
    add_attribute_links(content, start, macro[3], place)
    names = {each.strip() for each in macro[3].split(",")}
    if macro[1] == "video" and not _SERVICES.isdisjoint({*names, attributes.style}):
        return
    if macro[1] == "video":
        _add_poster(content, start, macro[3], place)
    target = content.attributes.resolve(macro[2])
    add_target(content, (line.start + macro.start(2), line.start + macro.end(2)), target, place)


def _add_poster(content: AdocContent, start: int, written: str, place: AdocPlace) -> None:
    """Add the poster of a video, which is its first attribute if that has no name."""
    found = _FIRST_ATTRIBUTE.match(written)
    if found is None:
        return
    value = next(filter(None, found.groups())).rstrip()
    if re.search(r"[./{]", value):
        first = start + found.start(found.lastindex or 0)
        add_target(content, (first, first + len(value)), content.attributes.resolve(value), place)


def add_target(content: AdocContent, span: tuple[int, int], target: str, place: AdocPlace) -> None:
    """Add the target of an image, video or sound.

    Args:
        content: The page.
        span: Where it is written, as indexes.
        target: The target, with the values of its attributes.
        place: The structure around it.
    """
    path: str | None = target
    if "://" not in target and not target.startswith(("data:", "/", "{")):
        folder = (content.attributes.get("imagesdir") or "").rstrip("/")
        path = resource_path(target, content.path, "image")
        if "://" in folder:
            path = f"{folder}/{target}"
            place = place._replace(problem="its URL begins in imagesdir: edit it by hand")
        elif path == target and folder:
            path = f"{folder}/{target}"
    if path is not None:
        kind = CitationKind.IMAGE
        content.add_address(*span, path, place, kind=kind, form=AdocForm.IMAGE)


def add_attribute_links(content: AdocContent, start: int, written: str, place: AdocPlace) -> None:
    """Add the links in the attributes of a macro or block.

    Args:
        content: The page.
        start: The index at which the attributes are written.
        written: The attributes.
        place: The structure around them.
    """
    if "=" not in written:
        return
    for found in _LINK_ATTRIBUTE.finditer(written):
        group = next(number for number in (1, 2, 3) if found[number] is not None)
        value = found[group].strip()
        first = start + found.start(group) + len(found[group]) - len(found[group].lstrip())
        url = content.attributes.resolve(value)
        if url in {"self", "none", ""}:
            continue
        content.add_address(first, first + len(value), url.rstrip("^"), place)
