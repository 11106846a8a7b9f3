"""Soft 404s: pages that say "not here" under a success status. Judged by evidence that converges, never by one phrase.

Each clue looks at one thing and gives points; `ENOUGH` of them condemn. An article about error pages has the words and nothing else. A
random sibling tells what a site says to nonsense (Bar-Yossef et al. 2004, "Sic transit gloria telae",
https://doi.org/10.1145/988672.988716).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import InvalidUrl, request_url, same_address, split_url
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, SiteKnowledge, make_judgement, build_case
from crawler.liveness.redirects import MIN_LINKS_SHARING_TARGET, is_home_page
from crawler.liveness.simhash import FAR_DISTANCE, NEAR_DISTANCE, hamming_distance
from crawler.liveness.soft404_phrases import FILLER_WORDS, MISSING_PHRASES, find_missing_sentences, normalise
from store.vocabulary import Judgement, Probe, Reason

MIN_POINTS: Final = 4

# A title's own words and the site's name are set apart by these.
_TITLE_BREAK = re.compile(r"\s+[-–—|•·/~]+\s+|[|_–—｜]+|::")
# Arrows set apart too, unless they are quotation marks.
_TITLE_ARROWS = re.compile(_TITLE_BREAK.pattern + r"|[»›]")
# What opens a quotation, and whatever may close it: Germans and Poles open alike.
_QUOTES: Final = (("“", "”"), ("「", "」"), ("『", "』"), ("«", "»"), ("„", "“”"))
_PUNCTUATION = re.compile(r"[^\w']+")
_MISSING_PHRASES: Final = frozenset(
    _PUNCTUATION.sub(" ", normalise(phrase)).strip()
    for phrases in MISSING_PHRASES.values()
    for phrase in phrases
)
_WORD = re.compile(r"[\w']+")
_FIRST_WORDS: Final = FILLER_WORDS | {phrase.split()[0] for phrase in _MISSING_PHRASES}
_LAST_WORDS: Final = FILLER_WORDS | {phrase.split()[-1] for phrase in _MISSING_PHRASES}
_ERROR_PAGE = re.compile(
    r"/(?:(?:error|err)[-_/]?)?404(?:[-_]?error)?\.\w{2,5}$|/(?:page[-_]?not[-_]?found|error[-_/]?404)(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_ERROR_ADDRESS = re.compile(
    r"/404/?$|/not[-_]?found(?:\.\w{2,5})?/?$|/(?:error|err|errors|oops)(?:[-_]?page)?(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_ERROR_QUERY = re.compile(
    r"(?:^|&)(?:404|(?:error|err|status|code|errorcode)=(?:404|not[-_]?found)|page[-_]?not[-_]?found)(?:[&=]|$)",
    re.IGNORECASE,
)
# Below this many letters two pages of one application look alike while they load.
_MIN_COMPARABLE_LETTERS: Final = 200
_RANDOM_LETTERS: Final = 25
# What stands around the sentence of an error page: a heading, the way back.
_MAX_LETTERS_AROUND_SENTENCE: Final = 24
_SENTENCE_ONLY_POINTS: Final = 2  # points of a page that is such a sentence and nothing else

Clue = Callable[[Case], int]


def sibling_url(url: str, letters: str) -> str | None:
    """Return an address beside `url` that nobody has, made from at least 25 random letters; None for a front door, which has no siblings.

    >>> sibling_url("https://example.org/a/b?c=1", "q" * 25)
    'https://example.org/a/qqqqqqqqqqqqqqqqqqqqqqqqq'
    """
    try:
        parts = split_url(request_url(url))
    except InvalidUrl:
        return None
    if is_home_page(parts.geturl()) or len(letters) < _RANDOM_LETTERS:
        return None
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{folder}/{letters}"


def soft_404(case: Case) -> Judgement | None:
    """Judge a served page that says it is not there."""
    if not case.served or _shows_the_archived(case):
        return None
    points = {name: clue(case) for name, clue in CLUES.items() if name not in _TEXT_CLUES}
    if case.text_length > SHORT_PAGE and sum(points.values()) + 1 < MIN_POINTS:
        return None  # of a long page the text can add one point: most pages are spared the search
    points |= {name: CLUES[name](case) for name in _TEXT_CLUES}
    if sum(points.values()) < MIN_POINTS:
        return None
    return make_judgement(Reason.SOFT_404, ", ".join(name for name in CLUES if points[name] > 0))


def needs_sibling(probe: Probe, site: SiteKnowledge) -> bool:
    """Whether it is worth asking the site for an address nobody has: only where its answer could still tip the balance."""
    if site.sibling is not None or not probe.requests or probe.requests[-1].method != "GET":
        return False
    case = build_case(probe, site)
    if not case.served or is_home_page(case.cited) or _shows_the_archived(case):
        return False
    return 0 < sum(clue(case) for clue in CLUES.values()) < MIN_POINTS + 2


def is_missing_phrase(segment: str) -> bool:
    """Whether a phrase says no more than that something is missing.

    >>> is_missing_phrase("404 - Page Not Found!"), is_missing_phrase("404 Not Found: what it means"), is_missing_phrase("404")
    (True, False, False)
    """
    if not _may_be_missing_phrase(segment):
        return False
    words = _words(segment)
    while words and (words[0] in FILLER_WORDS or words[-1] in FILLER_WORDS):
        words = words[1:] if words[0] in FILLER_WORDS else words[:-1]
    return " ".join(words) in _MISSING_PHRASES


def _may_be_missing_phrase(segment: str) -> bool:
    """Whether a phrase begins and ends as one that says no more would: most pages do not, and are spared a look at every word."""
    normal = normalise(segment)
    first = _WORD.search(normal)
    if first is None or first[0] not in _FIRST_WORDS:
        return False
    last = _WORD.search(normal[::-1])
    return last is not None and last[0][::-1] in _LAST_WORDS


def _words(phrase: str) -> list[str]:
    return _PUNCTUATION.sub(" ", normalise(phrase)).split()


def _shows_the_archived(case: Case) -> bool:
    archived = case.site.archived
    return (
        archived is not None
        and hamming_distance(archived.simhash, case.page.simhash) <= NEAR_DISTANCE
        and not is_missing_phrase(archived.title)
    )


def _find_missing_sentence(text: str) -> re.Match[str] | None:
    """Find a sentence that tells a visitor the page is not there; one in quotation marks tells readers about it."""
    return next(
        (match for match in find_missing_sentences(text) if not _is_quoted(text[: match.start()])), None
    )


def _is_quoted(before: str) -> bool:
    # What opens in English closes in German.
    pairs = _QUOTES[1:] if "„" in before else _QUOTES
    return before.count('"') % 2 == 1 or any(
        before.rfind(opening) > max(map(before.rfind, closing)) for opening, closing in pairs
    )


def _title_points(case: Case) -> int:
    title = case.page.title
    if not title:
        return 0
    segments = [title, *(_TITLE_BREAK if "«" in title else _TITLE_ARROWS).split(title)]
    if any(is_missing_phrase(segment) or _is_sentence(segment) for segment in segments):
        return 2
    words = _words(segments[1])
    return int(bool(words) and FILLER_WORDS.issuperset(words))


def _is_sentence(segment: str) -> bool:
    """Whether a phrase is such a sentence and hardly more: a title may quote one."""
    normal = normalise(segment)
    sentence = _find_missing_sentence(normal)
    return sentence is not None and len(sentence[0]) >= 0.85 * len(normal)


def _text_points(case: Case) -> int:
    text = case.text
    if not text:
        return 0
    if is_missing_phrase(text):
        return MIN_POINTS
    sentence = _find_missing_sentence(text)
    if sentence:
        return 2 if case.text_length <= SHORT_PAGE else 1
    # A server's own error page has a heading and no sentence.
    return (
        2
        if case.text_length <= TINY_PAGE // 3
        and any(phrase in _PUNCTUATION.sub(" ", text) for phrase in _MISSING_PHRASES)
        else 0
    )


def _size_points(case: Case) -> int:
    if case.text_length > TINY_PAGE or "app-shell" in case.page.html_markers:
        return 0
    text = case.text
    sentence = _find_missing_sentence(text) if text else None
    if sentence and count_letters(text) - count_letters(sentence[0]) <= _MAX_LETTERS_AROUND_SENTENCE:
        return _SENTENCE_ONLY_POINTS
    return int(_title_points(case) > 0)


def _address_points(case: Case) -> int:
    if not case.redirected or any(
        pattern.search(split_url(case.cited).path) for pattern in (_ERROR_PAGE, _ERROR_ADDRESS)
    ):
        return 0
    return _error_address_points(case.last.url)


def _error_address_points(url: str) -> int:
    parts = split_url(url)
    if _ERROR_PAGE.search(parts.path):
        return MIN_POINTS
    return 3 if _ERROR_ADDRESS.search(parts.path) or _ERROR_QUERY.search(parts.query) else 0


def _robots_points(case: Case) -> int:
    return int("noindex" in case.page.robots or "noindex" in case.header("x-robots-tag").lower())


def _canonical_points(case: Case) -> int:
    canonical = case.page.canonical
    if (
        not canonical
        or same_address(canonical, case.cited)
        or same_address(canonical, case.last.url)
    ):
        return 0
    if _error_address_points(canonical):
        return 2
    return int(is_home_page(canonical) and not is_home_page(case.cited))


def _sibling_points(case: Case) -> int:
    """What the site answers to an address nobody has: an honest error speaks for the link, the same answer speaks against it."""
    if case.site.sibling is None or is_home_page(case.cited):
        return 0
    sibling = build_case(case.site.sibling)
    if sibling.status in {404, 410}:
        return (
            0 if _size_points(case) == _SENTENCE_ONLY_POINTS else -2
        )  # what was taken down is often told apart from what never was
    if not sibling.served:
        return 0
    if case.redirected and sibling.redirected:
        return 2 if same_address(case.last.url, sibling.last.url) else 0
    if "app-shell" in case.page.html_markers or min(case.text_length, sibling.text_length) < _MIN_COMPARABLE_LETTERS:
        return 0
    if hamming_distance(case.page.simhash, sibling.page.simhash) > NEAR_DISTANCE:
        return 0
    return 3 if case.page.title == sibling.page.title else 2


def _shared_target_points(case: Case) -> int:
    return 2 if case.redirected and case.site.shared_targets.get(case.last.url, 0) >= MIN_LINKS_SHARING_TARGET else 0


def _archive(case: Case) -> int:
    archived = case.site.archived
    return int(
        archived is not None
        and archived.simhash is not None
        and case.page.simhash is not None
        and hamming_distance(archived.simhash, case.page.simhash) >= FAR_DISTANCE
    )


CLUES: Final[dict[str, Clue]] = {
    "title": _title_points,
    "text": _text_points,
    "size": _size_points,
    "address": _address_points,
    "robots": _robots_points,
    "canonical": _canonical_points,
    "sibling": _sibling_points,
    "crowd": _shared_target_points,
    "archive": _archive,
}
_TEXT_CLUES: Final = ("text", "size")
