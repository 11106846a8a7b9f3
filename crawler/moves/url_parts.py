"""Split a URL into the pieces that sites reuse when they rewrite their URLs.

A piece is a folder, the page's name, a value of the query, a part of the date, or the page's title.
This module makes no requests.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from crawler.http.urls import InvalidUrl, request_url, split_url

_MAX_SEGMENTS: Final = 12
_MAX_URL: Final = 1_000  # characters
_MAX_TITLE: Final = 500  # characters
_MAX_VALUES: Final = 6  # of a query
_MAX_WORDS: Final = 40  # of one piece
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_WORD = re.compile(r"[^\W_]+")
_CAPITAL_IN_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# The letters after an apostrophe (it's, don't, we're, we've, I'll, I'd, I'm). If a site replaces
# apostrophes by hyphens, they look like words.
_AFTER_APOSTROPHE: Final = frozenset(("s", "t", "re", "ve", "ll", "d", "m"))
# Words that many sites leave out when they make a URL from a title.
_STOP_WORDS: Final = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "he"),
        *("her", "his", "how", "in", "into", "is", "it", "its", "of", "on", "or", "that", "the"),
        *("their", "this", "to", "was", "will", "with"),
    }
)
_MONTHS: Final = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<separator>[-/_.]?)(?P<month>0?[1-9]|1[0-2]|[A-Za-z]{3,9})"
    r"(?:(?P=separator)(?P<day>0[1-9]|[12]\d|3[01]|[1-9]))?(?!\d)"
)
_COMPACT_DATE = re.compile(
    r"(?<!\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?P<year>\d\d)(?!\d)"
)


class Source(NamedTuple):
    """The origin of a piece: a place in the old URL, or the page's title.

    Attributes:
        kind: "segment", "query", "date" or "title".
        name: The position of the path segment from 0, the parameter's name, or a part of the date
            with its form (see `_forms_of_date`). The page's name is the last segment.
    """

    kind: str
    name: int | str = ""


TITLE: Final = Source("title")


@dataclass(frozen=True, slots=True)
class UrlShape:
    """The parts of a URL that must be equal for a template to apply.

    Attributes:
        host: The host without `www.`.
        segments: The number of path segments.
        extension: The extension of the last one, in lower case.
        parameters: The names in the query, in lower case.
    """

    host: str
    segments: int
    extension: str
    parameters: tuple[str, ...]


class WordSplit(NamedTuple):
    """The options for splitting a piece into words.

    Attributes:
        joins_apostrophes: Whether `women-s` is the one word `womens`.
        skips_stop_words: Whether words such as "the" are left out.
        splits_capitals: Whether `HarbourLights` is two words.
    """

    joins_apostrophes: bool = False
    skips_stop_words: bool = False
    splits_capitals: bool = False


_WORD_SPLITS: Final = tuple(
    WordSplit(joins, skips, splits)
    for splits in (False, True)
    for skips in (False, True)
    for joins in (False, True)
)


@dataclass(frozen=True, slots=True, eq=False)
class UrlParts:
    """A URL split into its parts.

    Attributes:
        scheme: The scheme.
        netloc: Host and port as written.
        segments: The path segments, percent-encoded as requested.
        query: The query as requested.
        extension: The extension of the last segment, with its dot, or "".
        ends_with_slash: Whether the path ends with a slash.
        shape: Its shape.
        pieces: The pieces that are not empty, percent-encoded, by their source: the last segment
            first, then the query, the title and the date.
    """

    scheme: str
    netloc: str
    segments: tuple[str, ...]
    query: str
    extension: str
    ends_with_slash: bool
    shape: UrlShape
    pieces: dict[Source, str]
    _words: dict[tuple[Source, WordSplit], list[str]] = field(default_factory=dict)
    _word_splits: dict[Source, list[tuple[WordSplit, list[str]]]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The host without `www.`."""
        return self.shape.host

    @property
    def path_and_query(self) -> str:
        """The URL from its path on."""
        slash = "/" if self.ends_with_slash else ""
        query = f"?{self.query}" if self.query else ""
        return "/" + "/".join(self.segments) + slash + query

    def words(self, source: Source, word_split: WordSplit = WordSplit()) -> Sequence[str]:  # noqa: B008 (immutable)
        """Return the words of a piece; an empty list if there is no such piece."""
        key = source, word_split
        if key not in self._words:
            self._words[key] = _split_piece(self.pieces.get(source, ""), word_split)
        return self._words[key]

    def distinct_word_splits(self, source: Source) -> Sequence[tuple[WordSplit, Sequence[str]]]:
        """Return the options that split a piece into different words, each with these words.

        Of options with the same result, only the plainest is returned.
        """
        if source not in self._word_splits:
            found: dict[tuple[str, ...], WordSplit] = {}
            for word_split in _WORD_SPLITS:
                found.setdefault(tuple(self.words(source, word_split)), word_split)
            self._word_splits[source] = [
                (word_split, list(words)) for words, word_split in found.items()
            ]
        return self._word_splits[source]


def parse_url(url: str, title: str = "") -> UrlParts | None:
    """Return the parts of a URL; None if it is invalid, too long or too deep.

    Args:
        url: The URL.
        title: The title of its page, if known.

    >>> parts = parse_url("http://www.a.example/2019/05/Old_Lamp.html?id=7")
    >>> parts.shape
    UrlShape(host='a.example', segments=3, extension='.html', parameters=('id',))
    >>> parts.pieces[Source("segment", 2)], parts.pieces[Source("date", "month name")]
    ('Old_Lamp', 'may')
    """
    if len(url) > _MAX_URL:
        return None
    try:
        split = split_url(request_url(url))
    except (InvalidUrl, ValueError):
        return None
    segments = tuple(split.path.strip("/").split("/")) if split.path.strip("/") else ()
    if len(segments) > _MAX_SEGMENTS:
        return None
    ends_with_slash = bool(segments) and split.path.endswith("/")
    found = _EXTENSION.search(segments[-1]) if segments else None
    extension = found[0] if found else ""
    values = dict(_query_values(split.query))
    host = split.netloc.lower().removeprefix("www.")
    shape = UrlShape(host, len(segments), extension.lower(), tuple(sorted(values)))
    names = (*segments[:-1], segments[-1].removesuffix(extension)) if segments else ()
    last_first = reversed(list(enumerate(names)))
    pieces = {Source("segment", position): name for position, name in last_first}
    pieces |= {Source("query", name): value for name, value in values.items()}
    pieces |= {TITLE: title[:_MAX_TITLE]}
    pieces |= _date_pieces(f"{split.path}?{split.query}")
    pieces = {source: text for source, text in pieces.items() if text}
    return UrlParts(
        scheme=split.scheme,
        netloc=split.netloc,
        segments=segments,
        query=split.query,
        extension=extension,
        ends_with_slash=ends_with_slash,
        shape=shape,
        pieces=pieces,
    )


def join_words(words: Iterable[str]) -> Iterator[str]:
    """Yield words, with the letters after an apostrophe joined to the word before them.

    >>> list(join_words(["women", "s", "boats"]))
    ['womens', 'boats']
    """
    last = ""
    for word in words:
        if last and word.lower() in _AFTER_APOSTROPHE:
            last += word
            continue
        if last:
            yield last
        last = word
    if last:
        yield last


def _split_piece(text: str, word_split: WordSplit) -> list[str]:
    decoded = unquote_plus(text)
    if word_split.splits_capitals:
        decoded = _CAPITAL_IN_WORD.sub(" ", decoded)
    words = _WORD.findall(decoded)[:_MAX_WORDS]
    if word_split.joins_apostrophes:
        words = list(join_words(words))
    if word_split.skips_stop_words:
        words = [word for word in words if word.lower() not in _STOP_WORDS]
    return words


def _query_values(query: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters with their values as they are encoded, the first of each name."""
    seen = set[str]()
    for parameter in query.split("&")[:_MAX_VALUES]:
        name, _, value = parameter.partition("=")
        name = name.lower()
        if name and name not in seen:
            seen.add(name)
            yield name, value


def _date_pieces(address: str) -> dict[Source, str]:
    """Return the parts of the first date in a path and query, in the forms that sites use."""
    for pattern in (_DATE, _COMPACT_DATE):
        for found in pattern.finditer(address):
            text = found["month"].lower()
            month = int(text) if text.isdigit() else _MONTHS.get(text, 0)
            if month:
                year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
                return _forms_of_date(year, month, found["day"])
    return {}


def _forms_of_date(year: str, month: int, day: str | None) -> dict[Source, str]:
    forms = {
        "year": year,
        "month": f"{month:02}",
        "short month": f"{month}",
        "month name": calendar.month_name[month].lower(),
        "month abbreviation": calendar.month_abbr[month].lower(),
    }
    if day:
        forms |= {"day": f"{int(day):02}", "short day": f"{int(day)}"}
    return {Source("date", form): text for form, text in forms.items()}
