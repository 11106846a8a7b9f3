"""Read one page from bytes to its record, by the reader of its format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from crawler.pages.dialect import Dialect
from crawler.pages.interface import FormatReader, PageSyntaxError, ReadOptions
from crawler.pages.page_builder import PageBuilder
from crawler.pages.registry import reader_of
from crawler.pages.source.decode import Decoded, decode
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Page


def extract(
    source: bytes | str,
    *,
    path: str,
    dialect: Dialect = Dialect.MKDOCS,
    reader: FormatReader | None = None,
    read_file: Callable[[str], str | None] | None = None,
) -> Page:
    """Read one page: its citations, internal links, anchors and warnings.

    Args:
        source: The page. A text is encoded as UTF-8; all offsets are bytes of that.
        path: Its name in the record.
        dialect: How the wiki's renderer reads Markdown.
        reader: The reader of its format; by default that of its suffix, else Markdown's.
        read_file: See `ReadOptions.read_file`.

    Returns:
        The record of the page.

    Raises:
        NotText: The bytes are no text.

    >>> text = "《[来源](https://web.archive.org/web/2021/https://a.example/)》 (参照 2021-07-28)."
    >>> page = extract(text, path="a.md")
    >>> [(citation.text, str(citation.accessed)) for citation in page.citations]
    [('来源', '2021-07-28')]
    """
    reader = reader or reader_of(path)
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    decoded = decode(data, declared=reader.declared_encoding)
    text = SourceText(decoded.text)
    sha256 = hashlib.sha256(data).hexdigest()
    builder = _new_builder(text, path, sha256, decoded)
    options = ReadOptions(dialect=dialect, read_file=read_file)
    try:
        return reader.build(builder, options)
    except PageSyntaxError as error:
        builder = _new_builder(text, path, sha256, decoded)
        builder.salvage(0, len(text.data), str(error), line=error.line)
        builder.read_mode = reader.read_mode(options)
        return builder.build()


def _new_builder(text: SourceText, path: str, sha256: str, decoded: Decoded) -> PageBuilder:
    builder = PageBuilder(text, path, sha256=sha256, encoding=decoded.encoding)
    if decoded.guessed:
        builder.warn(0, "guessed-encoding", f"not UTF-8; read as {decoded.encoding}")
    return builder
