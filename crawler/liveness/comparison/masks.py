"""Mask what changes with each request or address in the title, text and headings of a page.

Numbers are mostly counters, prices and dates. Those in the URL of a page belong to it, and those in
citations may be all that identifies it. Some sites also repeat the name of any URL on their page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final
from urllib.parse import parse_qsl, unquote

from crawler.http.urls import split_url
from crawler.liveness.case import Case
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.page_text.similarity import split_words

_NUMBER = re.compile(r"\d+")
_RANDOM_LETTERS: Final = 21  # minimum number of letters of a random name in a URL
_MIN_NAME: Final = 4  # letters; a shorter name in an address may be on a page by chance
# What was read within this time of each other shows the same news of the day.
SAME_TIME: Final = timedelta(hours=12)
_SEPARATORS = re.compile(r"[-_+\s]+")


def masked_text(case: Case) -> tuple[str, str]:
    """Return a page's title and text without what changes with each request or address."""
    mask = mask_for(case.cited)
    return mask(case.page.title), mask(case.page.text)


def case_title(case: Case, sibling: Case, cited: frozenset[str] = frozenset()) -> str:
    """Return a page's title with numbers and a repeated name of its URL masked.

    Args:
        case: The probe of the page.
        sibling: The probe of a random URL of its site.
        cited: Numbers that are kept.
    """
    mask = mask_for(case.cited, site_repeats_names=repeats_name(sibling), cited=cited)
    return mask(case.page.title)


def words_without_address(
    case: Case, sibling: Case, cited: frozenset[str] = frozenset()
) -> list[str]:
    """Return the words of a page with numbers and a repeated name of its URL masked.

    Args:
        case: The probe of the page.
        sibling: The probe of a random URL of its site.
        cited: Numbers that are kept.
    """
    mask = mask_for(case.cited, site_repeats_names=repeats_name(sibling), cited=cited)
    return split_words(mask(case.page.text))


def cited_numbers(case: Case) -> frozenset[str]:
    """Return the numbers in a link's citations.

    They may be all that identifies its page: a month of a calendar, a paragraph of a law.
    """
    return frozenset(_NUMBER.findall(" ".join(case.site.cited_as)))


def has_own_heading(
    readings: Sequence[Case], at_random: Sequence[Case], *, cited: frozenset[str] = frozenset()
) -> bool:
    """Return whether a page keeps a heading that random URLs of its site do not all have.

    Text in the midst of varying text shows what a page is about only as a heading: on random URLs,
    each of its words may stand by chance.

    Args:
        readings: The probes of the page.
        at_random: Probes of random URLs, also of earlier days. If the page was read once only,
            those that count must all have the same heading (see `_headings_to_compare`). If the
            headings of any were not read, there is no evidence.
        cited: Numbers that are kept.
    """
    now = readings[-1].last.at
    own = [_masked_headings(each, cited) for each in readings]
    others = [_masked_headings(each, cited) for each in at_random]
    levels = min(map(len, (*own, *others)))
    for level in range(levels):
        shown = {headings[level] for headings in own}
        dated = [
            (each.last.at, headings[level])
            for each, headings in zip(at_random, others, strict=True)
        ]
        random = {text for _, text in _headings_to_compare(dated, now)}
        is_stable = len(shown) == 1 and (len(readings) > 1 or len(random) == 1)
        if is_stable and "" not in shown and shown != random:
            return True
    return False


def _headings_to_compare(
    dated: Sequence[tuple[datetime, str]], now: datetime
) -> Sequence[tuple[datetime, str]]:
    """Return the headings of random URLs to which those of a page are compared.

    A site may change its heading every day. Today's heading then differs from an older one on
    every page, and must not be taken for the page's own.

    Args:
        dated: The headings of random URLs, each with the time when it was read.
        now: When the page was read.

    Returns:
        Those read within 12 hours of `now`. All of them if two that were read within 12 hours of
        each other differ, as they then vary with each request, or if none was read near `now`.
    """
    pairs = combinations(dated, 2)
    if any(abs(at - then) < SAME_TIME and text != other for (at, text), (then, other) in pairs):
        return dated
    return [each for each in dated if abs(now - each[0]) < SAME_TIME] or dated


def _masked_headings(case: Case, cited: frozenset[str]) -> Sequence[str]:
    """Return a page's headings without numbers and what they repeat of its URL."""
    query = parse_qsl(split_url(case.cited).query, keep_blank_values=True)
    values = [normalise(value) for pair in query for value in pair]
    shown = [_SEPARATORS.sub(" ", value) for value in values]
    names = [*_names(case.cited), *values, *shown]
    echoed = [name for name in names if len(name) >= _MIN_NAME or name.isdigit()]

    def mask(text: str) -> str:
        masked = normalise(text)
        for name in echoed:
            masked = masked.replace(name, "")
        masked = _NUMBER.sub(lambda number: number[0] if number[0] in cited else "0", masked)
        return masked.strip()

    return [mask(text) for text in case.page.headings]


def mask_for(
    url: str, *, site_repeats_names: bool = False, cited: frozenset[str] = frozenset()
) -> Callable[[str], str]:
    """Return the function that removes what changes with each request or address from a text.

    Args:
        url: The URL of the page. A number that is also part of it belongs to the page.
        site_repeats_names: Whether the site repeats the last part of any URL on its page.
        cited: Further numbers that are kept.
    """
    in_url = _NUMBER.findall(unquote(split_url(url).path + split_url(url).query))
    own_numbers = cited.union(in_url)
    min_letters = _MIN_NAME if site_repeats_names else _RANDOM_LETTERS
    names = [name for name in _names(url) if len(name) >= min_letters]

    def mask(text: str) -> str:
        masked = normalise(text)
        for name in names:  # on a page that repeats the address
            masked = masked.replace(name, "")
        return _NUMBER.sub(lambda number: number[0] if number[0] in own_numbers else "0", masked)

    return mask


def _names(url: str) -> tuple[str, ...]:
    """Return the last part of a URL's path as it is, and as sites show it."""
    name = split_url(url).path.rstrip("/").rpartition("/")[2].lower()
    shown = _SEPARATORS.sub(" ", normalise(unquote(name)))
    return (name, shown) if shown != name else (name,)


def repeats_name(sibling: Case) -> bool:
    """Return whether a page repeats the random name of its URL."""
    return _shows_random_name(sibling, f"{sibling.page.title} {sibling.page.text}")


def is_titled_by_name(sibling: Case) -> bool:
    """Return whether a page has the random name of its URL in its title."""
    return _shows_random_name(sibling, sibling.page.title)


def _shows_random_name(sibling: Case, text: str) -> bool:
    name = _names(sibling.cited)[0]
    return len(name) >= _RANDOM_LETTERS and name in text.lower()
