"""Find the reader of a page by its suffix: built-in formats, and those of other packages.

Another package adds a format by an entry point of the group `holdfast.page_readers` that refers to
a subclass of `crawler.pages.interface.FormatReader`. In its pyproject.toml:

    [project.entry-points."holdfast.page_readers"]
    org = "harbour_pages:OrgReader"
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from posixpath import splitext
from typing import NamedTuple

from crawler.pages.interface import FormatReader
from crawler.process.installed_plugins import installed_plugins

ENTRY_POINT_GROUP = "holdfast.page_readers"
SKIPPED = "skip"  # the format, in settings, of files that are not read

logger = logging.getLogger("holdfast.pages")


class BuiltInFormat(NamedTuple):
    """A format of this package, which is imported only if a page needs it.

    Attributes:
        location: The module below `crawler.pages.formats` and the class of its reader.
        suffixes: The same as `FormatReader.suffixes` of the reader.
        is_source: The same as `FormatReader.is_source` of the reader.
    """

    location: str
    suffixes: frozenset[str]
    is_source: bool = True


# By name; a test compares them with the readers. The first format is that of unknown suffixes.
BUILT_IN: Mapping[str, BuiltInFormat] = {
    "markdown": BuiltInFormat(
        "markdown:MarkdownReader",
        frozenset(
            [
                ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdwn", ".mkdown", ".mdtxt",
                ".qmd", ".rmd", ".livemd",
            ]
        ),
    ),
    "mdx": BuiltInFormat("markdown:MdxReader", frozenset([".mdx"])),
    "jupyter": BuiltInFormat("notebook:NotebookReader", frozenset([".ipynb"])),
    "canvas": BuiltInFormat("canvas:CanvasReader", frozenset([".canvas"])),
    "html": BuiltInFormat(
        "html:HtmlReader", frozenset([".html", ".htm", ".xhtml"]), is_source=False
    ),
    "bibtex": BuiltInFormat("bibtex:BibtexReader", frozenset([".bib", ".bibtex"])),
    "rst": BuiltInFormat("rst:RstReader", frozenset([".rst", ".rest"])),
    "asciidoc": BuiltInFormat(
        "asciidoc:AsciidocReader", frozenset([".adoc", ".asciidoc", ".asc"])
    ),
    "wikitext": BuiltInFormat(
        "wikitext:WikitextReader", frozenset([".wiki", ".mediawiki", ".wikitext"])
    ),
    "dokuwiki": BuiltInFormat("dokuwiki:DokuwikiReader", frozenset([".dokuwiki"])),
}  # fmt: skip
DEFAULT_FORMAT = next(iter(BUILT_IN))


class UnknownFormatError(ValueError):
    """Raised if settings name a format that does not exist; the message says what to do."""


@cache
def reader_named(name: str) -> FormatReader:
    """Return the reader of a format.

    Raises:
        KeyError: There is no such format.
    """
    if name not in BUILT_IN:
        return _plugin_readers()[name]
    module, _, attribute = BUILT_IN[name].location.partition(":")
    reader = getattr(import_module(f"crawler.pages.formats.{module}"), attribute)
    return reader()  # type: ignore[no-any-return]


def format_names() -> Sequence[str]:
    """Return the names of all formats, the built-in ones first."""
    return [*BUILT_IN, *_plugin_readers()]


@cache
def _plugin_readers() -> Mapping[str, FormatReader]:
    """Return the readers of plug-ins, by the name of their format."""
    return {reader.name: reader for reader in load_plugins(installed_plugins(ENTRY_POINT_GROUP))}


def load_plugins(entry_points: Iterable[EntryPoint]) -> Sequence[FormatReader]:
    """Return the readers of plug-ins.

    A plug-in that cannot be loaded, or that claims a name or suffix of another format, is logged
    and left out.

    Args:
        entry_points: Those of the group `ENTRY_POINT_GROUP`.
    """
    suffixes = (suffix for built_in in BUILT_IN.values() for suffix in built_in.suffixes)
    used = {SKIPPED, *BUILT_IN, *suffixes}  # names and suffixes that belong to a format
    readers: list[FormatReader] = []
    for point in sorted(entry_points, key=lambda point: point.name):
        try:
            reader = _load(point, used)
        except _UnusablePluginError as problem:
            logger.warning("page format %s (%s) is left out: %s", point.name, point.value, problem)
        else:
            used |= {reader.name, *reader.suffixes}
            readers.append(reader)
    return readers


class _UnusablePluginError(Exception):
    """Raised if an entry point has no reader that can be used; the message says why."""


def _load(point: EntryPoint, used: set[str]) -> FormatReader:
    """Return the reader of an entry point.

    Args:
        point: The entry point.
        used: The names and suffixes that belong to other formats.

    Raises:
        _UnusablePluginError: It cannot be used.
    """
    try:
        loaded = point.load()
        reader = loaded() if isinstance(loaded, type) else loaded
    except Exception as error:
        problem = f"it cannot be loaded: {type(error).__name__}: {error}"
        raise _UnusablePluginError(problem) from error
    if not isinstance(reader, FormatReader):
        raise _UnusablePluginError("it is not a crawler.pages.interface.FormatReader")
    if taken := used & {reader.name, *reader.suffixes}:
        raise _UnusablePluginError(f"{min(taken)} belongs to another format")
    return reader


@cache
def _names_by_suffix() -> Mapping[str, str]:
    """Return the names of formats by suffix, without settings."""
    names = {suffix: name for name, built_in in BUILT_IN.items() for suffix in built_in.suffixes}
    for reader in _plugin_readers().values():
        names |= dict.fromkeys(reader.suffixes, reader.name)
    return names


def formats_by_suffix(configured: Mapping[str, str] = {}) -> Mapping[str, str]:
    """Return the format of each suffix of pages.

    Args:
        configured: Formats by suffix from the settings, which override those of the readers.
            `skip` leaves files with the suffix out.

    Raises:
        UnknownFormatError: The settings name a format that does not exist.

    >>> formats_by_suffix({".md": "skip", ".text": "markdown"})[".text"]
    'markdown'
    """
    if not configured:
        return _names_by_suffix()
    names = dict(_names_by_suffix())
    for suffix, name in configured.items():
        if name != SKIPPED and name not in format_names():
            known = ", ".join([*format_names(), SKIPPED])
            raise UnknownFormatError(f'formats."{suffix}": unknown format "{name}": use {known}')
        names[suffix.lower()] = name
    return {suffix: name for suffix, name in names.items() if name != SKIPPED}


def reader_of(path: str, configured: Mapping[str, str] = {}) -> FormatReader:
    """Return the reader of a page by its suffix; a page without a known one is Markdown.

    Args:
        path: The page.
        configured: See `formats_by_suffix`.

    >>> reader_of("docs/a.MD").name, reader_of("LICENSE").name
    ('markdown', 'markdown')
    """
    return reader_named(formats_by_suffix(configured).get(suffix_of(path), DEFAULT_FORMAT))


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case, with its dot, or ""."""
    return splitext(path)[1].lower()


@cache
def source_suffixes() -> frozenset[str]:
    """Return the suffixes of the formats that people write; links to pages may have them."""
    formats: list[BuiltInFormat | FormatReader] = [*BUILT_IN.values(), *_plugin_readers().values()]
    return frozenset(suffix for each in formats if each.is_source for suffix in each.suffixes)
