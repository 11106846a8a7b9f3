"""Find the URLs of a page that the parser could not read, without their context."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator

from crawler.pages.source.bare_urls import (
    MAX_URL_BYTES,
    bare_url_length,
    find_url_starts,
    unescape_text,
)
from crawler.pages.source.decode import decode
from crawler.pages.source.placeholders import has_placeholder
from crawler.pages.source.source_text import SourceText
from store.vocabulary import Citation, CitationKind, Page, PageWarning

READ_PLAINLY = "read-plainly"  # the code of the warning
_SECONDS = 2.0  # of processor time for a page, and as many for each MB; a tenth is usual
_URLS_PER_CHECK = 32  # between two checks of the clock, which can take longer than reading a URL


def find_urls_by_regex(data: bytes, *, path: str, reason: str) -> Page:
    """Return a page with every URL that a regular expression finds in limited time.

    Args:
        data: The bytes of the page.
        path: Its name in records.
        reason: Why the parser was not used; it goes into the page's warning.

    Raises:
        NotText: The bytes are no text.

    >>> data = b"[a](https://a.example/b) `https://c.example/`"
    >>> page = find_urls_by_regex(data, path="a.md", reason="it took too long")
    >>> [citation.url for citation in page.citations], page.warnings[0].code
    (['https://a.example/b', 'https://c.example/'], 'read-plainly')
    """
    decoded = decode(data)
    source = SourceText(decoded.text)
    until = time.process_time() + _SECONDS * (1 + len(source.data) / 1_000_000)
    citations = tuple(_find_citations(source, path, until))
    message = fallback_warning(reason)
    if time.process_time() > until:
        line = citations[-1].line if citations else 0
        message += f"; those after line {line} were not looked for, it takes too long"
    return Page(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=decoded.encoding,
        citations=citations,
        warnings=(PageWarning(page=path, line=0, code=READ_PLAINLY, message=message),),
    )


def fallback_warning(reason: str) -> str:
    """Return the text of the warning about URLs that were found without a reader.

    Args:
        reason: Why none was used.
    """
    return f"its URLs were read without their context: {reason}"


def urls_by_regex(
    source: SourceText, start: int, end: int, *, until: float = math.inf
) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each URL between two offsets.

    A bare host name is no URL.

    Args:
        source: The page.
        start: The first offset.
        end: The offset behind the last one.
        until: The processor time of this process, in seconds, at which the search ends.
    """
    read_up_to = start
    for number, offset in enumerate(find_url_starts(source.data[start:end])):
        first = start + offset
        if number % _URLS_PER_CHECK == 0 and time.process_time() > until:
            return
        if first < read_up_to:
            continue
        text = source.text_between(first, min(end, first + MAX_URL_BYTES))
        written = text[: bare_url_length(text)]
        read_up_to = first + max(1, len(written.encode()))
        url = unescape_text(written)
        if url[:4].lower() == "www.":
            url = f"http://{url}"
        is_name = written[:4].lower() == "www." and "/" not in written
        if url.partition("://")[2] and not is_name:
            yield first, read_up_to, url


def _find_citations(source: SourceText, path: str, until: float) -> Iterator[Citation]:
    """Yield a citation for each URL, but none for a placeholder."""
    for start, end, url in urls_by_regex(source, 0, len(source.data), until=until):
        if not has_placeholder(url):
            line, column = source.position(start)
            yield Citation(
                page=path,
                line=line,
                column=column,
                start=start,
                end=end,
                url=url,
                kind=CitationKind.BARE,
                salvaged=True,
                block=line,
            )
