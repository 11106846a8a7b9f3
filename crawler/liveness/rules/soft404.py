"""Judge soft 404s: pages that say "not found" under a success status.

Several clues give points, and `MIN_POINTS` of them are needed; no phrase alone is enough, because
an article about error pages has the phrases too. A random URL of the site (the sibling) shows what
the site responds to URLs that do not exist (Bar-Yossef et al. 2004, "Sic transit gloria telae",
https://doi.org/10.1145/988672.988716).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address, split_url
from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import SHORT_PAGE, TINY_PAGE, Case, make_judgement
from crawler.liveness.comparison.citing_words import keeps_cited_word
from crawler.liveness.comparison.same_page import shows_other_parts
from crawler.liveness.phrases.address_names import MISSING_STATUSES, names_error
from crawler.liveness.phrases.soft404_phrases import (
    FILLER_WORDS,
    normalise,
)
from crawler.liveness.phrases.soft404_text import (
    find_missing_sentence,
    has_missing_phrase,
    is_missing_phrase,
    is_missing_sentence,
    words_of,
)
from crawler.liveness.rules.interstitials import (
    asks_amid_varying_text,
    asks_for_age,
    is_interstitial,
)
from crawler.liveness.rules.redirects import (
    MIN_LINKS_SHARING_TARGET,
    is_cited_home_page,
    is_home_page,
)
from crawler.liveness.rules.sibling_comparison import redirects_alike
from crawler.page_text.simhash import is_near
from store.vocabulary import Judgement, Reason

MIN_POINTS: Final = 4

# These separate the words of a title from the name of the site.
_TITLE_BREAK = re.compile(r"\s+[-–—|•·/~]+\s+|[|_–—｜]+|::")
# Arrows separate too, unless they are quotation marks.
_TITLE_ARROWS = re.compile(_TITLE_BREAK.pattern + r"|[»›]")
_ERROR_PAGE = re.compile(
    r"/(?:(?:error|err)[-_/]?)?404(?:[-_]?error)?\.\w{2,5}$|"
    r"/(?:page[-_]?not[-_]?found|error[-_/]?404)(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_ERROR_ADDRESS = re.compile(
    r"/404/?$|/not[-_]?found(?:\.\w{2,5})?/?$|"
    r"/(?:error|err|errors|oops)(?:[-_]?page)?(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_ERROR_QUERY = re.compile(
    r"(?:^|&)(?:404|(?:error|err|status|code|errorcode)=(?:404|not[-_]?found)|"
    r"page[-_]?not[-_]?found)(?:[&=]|$)",
    re.IGNORECASE,
)
# With fewer letters two pages of one application look alike, because they show it loading.
_MIN_COMPARABLE_LETTERS: Final = 200
# Letters around the sentence of an error page: a heading, a link back.
_MAX_LETTERS_AROUND_SENTENCE: Final = 24
_SENTENCE_ONLY_POINTS: Final = 2  # for a page that is a "not found" sentence and nothing else

# Clues by which a page itself says that something is missing.
_CLUES_OF_ITS_OWN: Final = frozenset({"title", "text", "address"})
_WORD_CLUES: Final = ("title", "text", "size")

Clue = Callable[[Case], int]


def soft_404(case: Case) -> Judgement | None:
    """Judge a page with a success status that says its content is missing.

    Returns:
        SOFT_404 with the names of the clues found if they have enough points, else None.
    """
    if not case.served:
        return None
    if "missing-in-data" in case.page.html_markers:
        if names_error(case.url, MISSING_STATUSES, cited_as=case.site.cited_as):
            return None
        return make_judgement(Reason.SOFT_404, "its data says that there is nothing")
    points = {name: clue(case) for name, clue in CLUES.items() if name not in _TEXT_CLUES}
    if case.text_length > SHORT_PAGE and sum(points.values()) + 1 < MIN_POINTS:
        return None  # the text of a long page gives one point at most: skip the slow search
    points |= {name: CLUES[name](case) for name in _TEXT_CLUES}
    if sum(points.values()) < MIN_POINTS:
        return None
    titles = _split_title(case.page.title) if points["title"] > 0 else ()
    if names_error(case.url, MISSING_STATUSES, titles, case.site.cited_as):
        points |= dict.fromkeys(_WORD_CLUES, 0)  # the page is about that
        if sum(points.values()) < MIN_POINTS:
            return None
    clues = [name for name in CLUES if points[name] > 0]
    # The page asks for consent, for the age or the like, perhaps beside text that varies by itself.
    is_request = is_interstitial(case) or asks_amid_varying_text(case) or asks_for_age(case)
    if _CLUES_OF_ITS_OWN.isdisjoint(clues) and is_request:
        return None  # the site shows it at every address until visitors agree
    return make_judgement(Reason.SOFT_404, ", ".join(clues))


def suspicion_points(case: Case) -> int:
    """Return the points of all clues together."""
    return sum(clue(case) for clue in CLUES.values())


def _title_points(case: Case) -> int:
    """Return 2 points for a title that says "not found", 1 if it has only words of error pages."""
    title = case.page.title
    if not title:
        return 0
    segments = _split_title(title)
    phrases = {title, *segments}  # the same if there is nothing to split at
    if any(is_missing_phrase(phrase) or is_missing_sentence(phrase) for phrase in phrases):
        return 2
    words = words_of(segments[0])
    return int(bool(words) and FILLER_WORDS.issuperset(words))


def title_parts(title: str) -> frozenset[str]:
    """Return the parts of a title, normalised: what the page is about, the name of its site.

    >>> sorted(title_parts("Coral reefs - The Reef Society"))
    ['coral reefs', 'the reef society']
    """
    return frozenset(normalise(part).strip() for part in _split_title(title))


def _split_title(title: str) -> Sequence[str]:
    return (_TITLE_BREAK if "«" in title else _TITLE_ARROWS).split(title)


def _text_points(case: Case) -> int:
    """Return points for a text that says "not found": the most if it says nothing else."""
    text = case.text
    if not text:
        return 0
    if is_missing_phrase(text):
        return MIN_POINTS
    sentence = find_missing_sentence(text)
    if sentence:
        return 2 if case.text_length <= SHORT_PAGE else 1
    if case.text_length > TINY_PAGE // 3:
        return 0
    # The default error page of a server has a heading and no sentence.
    return 2 if has_missing_phrase(text) else 0


def _size_points(case: Case) -> int:
    """Return points for a page with little text besides a "not found" sentence or title."""
    if case.text_length > TINY_PAGE or "app-shell" in case.page.html_markers:
        return 0
    text = case.text
    sentence = find_missing_sentence(text) if text else None
    if sentence:
        around = count_letters(text) - count_letters(sentence[0])
        if around <= _MAX_LETTERS_AROUND_SENTENCE:
            return _SENTENCE_ONLY_POINTS
    return int(_title_points(case) > 0)


def _address_points(case: Case) -> int:
    """Return points for a redirect to the URL of an error page."""
    cited_path = split_url(case.cited).path
    if not case.redirected or _ERROR_PAGE.search(cited_path) or _ERROR_ADDRESS.search(cited_path):
        return 0
    return _error_address_points(case.last.url)


def is_error_address(url: str) -> bool:
    """Return whether a URL looks like that of an error page.

    >>> is_error_address("https://a.example/404Error.aspx"), is_error_address("https://a.example/4")
    (True, False)
    """
    return _error_address_points(url) > 0


def _error_address_points(url: str) -> int:
    """Return points for a URL that looks like an error page's."""
    parts = split_url(url)
    if _ERROR_PAGE.search(parts.path):
        return MIN_POINTS
    return 3 if _ERROR_ADDRESS.search(parts.path) or _ERROR_QUERY.search(parts.query) else 0


def _robots_points(case: Case) -> int:
    """Return 1 point for a page that search engines must not index."""
    return int("noindex" in case.page.robots or "noindex" in case.header("x-robots-tag").lower())


def _canonical_points(case: Case) -> int:
    """Return points for a canonical URL of an error page or home page."""
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
    """Return the points from the response to a URL that should not exist.

    An error status supports the link, and the same page as the link's counts against it.

    Args:
        case: The probe of the link.

    Returns:
        -2 to 3 points.
    """
    sibling = case.sibling
    if sibling is None or is_cited_home_page(case):
        return 0
    if sibling.status in {404, 410}:
        # Some sites use a status only for pages that never existed, not for deleted ones.
        return 0 if _says_nothing_else(case) else -2
    if not sibling.served:
        return 0
    if case.redirected and sibling.redirected:
        return 2 if redirects_alike(case, sibling) else 0
    if "app-shell" in case.page.html_markers:
        return 0
    if min(case.text_length, sibling.text_length) < _MIN_COMPARABLE_LETTERS:
        return 0
    if not is_near(case.page, sibling.page) or shows_other_parts(case, sibling, case.controls):
        return 0
    if keeps_cited_word([case.page], [sibling.page], case.site.cited_as):
        return 0  # pages of one template, such as the months of a calendar
    return 3 if case.page.title == sibling.page.title else 2


def _says_nothing_else(case: Case) -> bool:
    """Return whether a tiny page is one "not found" sentence, or has such a title and text."""
    size = _size_points(case)
    is_said_twice = size > 0 and _title_points(case) == 2 and _text_points(case) >= 2
    return size == _SENTENCE_ONLY_POINTS or is_said_twice


def _shared_redirect_points(case: Case) -> int:
    """Return 2 points for a redirect that many other links of the host end at."""
    sharing = case.site.shared_targets.get(case.last.url, 0)
    if is_cited_home_page(case):
        return 0
    return 2 if case.redirected and sharing >= MIN_LINKS_SHARING_TARGET else 0


def _archive_points(case: Case) -> int:
    """Return 1 point for a page that has another text than the memento.

    There is no point if random URLs have the same page, and its title is the memento's or it is an
    application. Then the differing text may be one that varies by itself, or that scripts load.
    """
    archived = case.site.archived
    if archived is None or case.likeness is not Likeness.OTHER:
        return 0
    has_same_title = bool(case.title) and normalise(archived.title) == case.title
    may_be_cited = has_same_title or "app-root" in case.page.html_markers
    return int(not may_be_cited or _sibling_points(case) <= 0)


CLUES: Final[dict[str, Clue]] = {
    "title": _title_points,
    "text": _text_points,
    "size": _size_points,
    "address": _address_points,
    "robots": _robots_points,
    "canonical": _canonical_points,
    "sibling": _sibling_points,
    "shared-redirect": _shared_redirect_points,
    "archive": _archive_points,
}
_TEXT_CLUES: Final = ("text", "size")
