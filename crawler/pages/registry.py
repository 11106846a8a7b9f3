"""Find the reader of a page by its suffix: built-in formats, and those of other packages.

Another package adds a format by an entry point of the group `holdfast.page_readers` that refers to
a subclass of `crawler.pages.interface.FormatReader`. In its pyproject.toml:

    [project.entry-points."holdfast.page_readers"]
    org = "harbour_pages:OrgReader"
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from posixpath import splitext

from crawler.pages.formats.canvas import CanvasReader
from crawler.pages.formats.html import HtmlReader
from crawler.pages.formats.markdown import MarkdownReader, MdxReader
from crawler.pages.formats.notebook import NotebookReader
from crawler.pages.formats.rst import RstReader
from crawler.pages.formats.wikitext import WikitextReader
from crawler.pages.interface import FormatReader

GROUP = "holdfast.page_readers"
SKIPPED = "skip"  # the format, in settings, of files that are not read

# The first reads what has no known suffix.
BUILT_IN: tuple[type[FormatReader], ...] = (
    MarkdownReader,
    MdxReader,
    NotebookReader,
    CanvasReader,
    HtmlReader,
    RstReader,
    WikitextReader,
)

logger = logging.getLogger("holdfast.pages")


class UnknownFormatError(ValueError):
    """Raised if settings name a format that does not exist; the message says what to do."""


@cache
def format_readers() -> Mapping[str, FormatReader]:
    """Return the readers of all formats by name, the built-in ones first."""
    readers = with_plugins([reader() for reader in BUILT_IN], entry_points(group=GROUP))
    return {reader.name: reader for reader in readers}


def with_plugins(
    own: Sequence[FormatReader], found: Iterable[EntryPoint]
) -> Sequence[FormatReader]:
    """Return readers followed by those of plug-ins.

    A plug-in that cannot be loaded, or that claims a name or suffix of another, is logged and left
    out.

    Args:
        own: The built-in readers.
        found: The entry points.
    """
    readers = list(own)
    for point in sorted(found, key=lambda point: point.name):
        readers += _load(point, readers)
    return readers


def _load(point: EntryPoint, known: Sequence[FormatReader]) -> Iterator[FormatReader]:
    """Yield the reader of an entry point, or log why it cannot be used."""
    problem = ""
    try:
        loaded = point.load()
        reader = loaded() if isinstance(loaded, type) else loaded
    except Exception as error:  # noqa: BLE001  another package may raise anything
        problem = f"it cannot be loaded: {type(error).__name__}: {error}"
    else:
        if not isinstance(reader, FormatReader):
            problem = "it is not a crawler.pages.interface.FormatReader"
        else:
            used = {SKIPPED} | {each for other in known for each in (other.name, *other.suffixes)}
            if taken := used & {reader.name, *reader.suffixes}:
                problem = f"{min(taken)} belongs to another format"
            else:
                yield reader
    if problem:
        logger.warning("page format %s (%s) is left out: %s", point.name, point.value, problem)


@cache
def _names_by_suffix() -> Mapping[str, str]:
    readers = format_readers().values()
    return {suffix: reader.name for reader in readers for suffix in reader.suffixes}


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
        if name != SKIPPED and name not in format_readers():
            known = ", ".join([*format_readers(), SKIPPED])
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
    readers = format_readers()
    name = formats_by_suffix(configured).get(suffix_of(path))
    return readers[name] if name else readers[BUILT_IN[0].name]


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case, with its dot, or ""."""
    return splitext(path)[1].lower()


@cache
def source_suffixes() -> frozenset[str]:
    """Return the suffixes of the formats that people write, by which links name pages."""
    readers = format_readers().values()
    return frozenset(suffix for reader in readers if reader.is_source for suffix in reader.suffixes)
