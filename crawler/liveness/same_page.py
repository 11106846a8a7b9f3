"""Compare a page with what the site serves at a random URL, but for what varies by itself.

Pages vary from one request to the next: a clock, a counter, three headlines in a margin. A second
random URL shows what varies. Any other difference is a value of the page's own, which makes it
another page, however small it is: a form filled in, the number of an object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final
from urllib.parse import unquote

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address, split_url
from crawler.liveness.case import Case
from crawler.liveness.evidence import TEXT_LIMIT
from crawler.liveness.simhash import NEAR_DISTANCE, is_near, simhash_distance
from crawler.liveness.soft404_phrases import normalise
from crawler.page_text import split_words
from store.vocabulary import PageEvidence

# Applications whose scripts load the content send the same page for all addresses.
_APP_MARKERS: Final = frozenset({"app-shell", "app-root", "app-unknown"})
_SCRIPTED_TEXT = re.compile(
    r"javascript|loading|please wait|enable cookies|загрузка|"
    r"加载中|載入中|正在加载|启用.{0,6}脚本|読み込み中|로딩|"
    r"wird geladen|chargement|cargando",
    re.IGNORECASE,
)
_MIN_LETTERS: Final = 60  # of a page that is compared with the sibling's
_MIN_STATIC_LETTERS: Final = 12  # of one that no script can change
SCRIPTED_LETTERS: Final = 400  # a page with more text shows content without scripts
_NUMBER = re.compile(r"\d+")
_RANDOM_LETTERS: Final = 20  # a longer name in an address is the random one
MAX_CONTROLS: Final = 2  # random URLs that are requested beside the first one
_MAX_DIFFERING: Final = 600  # words between the first and the last that differ
# Shares of a page's words.
_MIN_COMMON_SHARE: Final = 0.6
_MAX_GROWTH: Final = 1.5  # of what varies, from one request to the next
_CHANCE_LENGTH: Final = 16  # half words
_MIN_BAG: Final = 20  # words of a page
_CUT_WORD: Final = 1  # letters: a longer word may be the beginning of one of the address
_MARGIN: Final = 3  # words beside what varies: a word may be in both versions by chance


_Difference = tuple[int, int, int, int]


def is_same_page(case: Case, sibling: Case, controls: Sequence[Case] = ()) -> bool:
    """Return whether a page is the sibling's but for what varies by itself.

    Args:
        case: The probe of a link.
        sibling: The probe of a random URL of its site.
        controls: Those of others, each of which shows what varies; without, only numbers do.
    """
    if not _is_comparable(case, sibling):
        return False
    page, other = case.page, sibling.page
    if is_blank(case):
        return is_blank(sibling)
    is_cut = len(page.text) >= TEXT_LIMIT
    is_alike = _masked(page, case.cited) == _masked(other, sibling.cited)
    if is_alike and (not is_cut or is_near(page, other)):
        return True
    if not is_cut and _echoes_address(case, sibling):
        return True
    return any(
        _is_comparable(control, sibling)
        and not (is_cut and not _rest_is_same(page, other, control.page))
        and _varies_alike(case, sibling, control)
        for control in controls
    )


def may_be_same_page(case: Case, sibling: Case) -> bool:
    """Return whether a second random URL could show that a page is the sibling's."""
    if not _is_comparable(case, sibling) or is_blank(case):
        return False
    if _masked(case.page, case.cited)[0] != _masked(sibling.page, sibling.cited)[0]:
        return False
    words, others = (_words(each) for each in (case, sibling))
    return _common(_differences(others, words), words, others) >= _MIN_COMMON_SHARE


def is_blank(case: Case) -> bool:
    """Return whether a page has nothing that a reader could see, and no script to show it."""
    return "blank" in case.page.html_markers


def is_complete(case: Case) -> bool:
    """Return whether all that a page shows is its stored text: no script loads or changes it."""
    return "static" in case.page.html_markers and not case.page.password_field


def masked_text(case: Case) -> tuple[str, str]:
    """Return a page's title and text without what changes with each request or address."""
    return _masked(case.page, case.cited)


def _is_comparable(case: Case, sibling: Case) -> bool:
    """Return whether two pages have enough text of their own, and no script that loads more."""
    page = case.page
    markers = {*page.html_markers, *sibling.page.html_markers}
    if not _APP_MARKERS.isdisjoint(markers):
        return False
    if is_blank(case):
        return True
    if page.simhash is None:
        return False
    letters = count_letters(page.text)
    is_static = "static" in page.html_markers and "static" in sibling.page.html_markers
    if letters < (_MIN_STATIC_LETTERS if is_static else _MIN_LETTERS):
        return False
    if letters < SCRIPTED_LETTERS and _SCRIPTED_TEXT.search(page.text):
        return False
    return not _is_own_canonical(case) or _is_own_canonical(sibling)


def _is_own_canonical(case: Case) -> bool:
    """Return whether a page names its own address as the canonical one."""
    return bool(case.page.canonical) and same_address(case.page.canonical, case.cited)


def _masked(page: PageEvidence, url: str) -> tuple[str, str]:
    """Return title and text without what changes with each request or address.

    A number that is also part of the address belongs to the page.
    """
    own = set(_NUMBER.findall(split_url(url).path + split_url(url).query))
    name = split_url(url).path.rstrip("/").rpartition("/")[2].lower()

    def mask(text: str) -> str:
        masked = normalise(text)
        if len(name) > _RANDOM_LETTERS:  # the random name, on a page that repeats the address
            masked = masked.replace(name, "")
        return _NUMBER.sub(lambda number: number[0] if number[0] in own else "0", masked)

    return mask(page.title), mask(page.text)


def _words(case: Case) -> list[str]:
    return split_words(_masked(case.page, case.cited)[1])


def _differences(words: list[str], others: list[str]) -> list[_Difference] | None:
    """Return where two texts differ: the start and end in either; None if in too much to compare.

    Searching takes time quadratic in what lies between the common beginning and end.
    """
    shorter = min(len(words), len(others))
    pairs = zip(words, others, strict=False)
    begin = next((place for place, (a, b) in enumerate(pairs) if a != b), shorter)
    pairs = zip(reversed(words), reversed(others), strict=False)
    rest = shorter - begin
    end = next((place for place, (a, b) in enumerate(pairs) if a != b or place == rest), rest)
    middle, other_middle = words[begin : len(words) - end], others[begin : len(others) - end]
    if max(len(middle), len(other_middle)) > _MAX_DIFFERING:
        return None
    matcher = SequenceMatcher(a=middle, b=other_middle, autojunk=False)
    return [
        (start + begin, stop + begin, other_start + begin, other_stop + begin)
        for tag, start, stop, other_start, other_stop in matcher.get_opcodes()
        if tag != "equal"
    ]


def _common(differences: list[_Difference] | None, words: list[str], others: list[str]) -> float:
    """Return the share of two texts that is equal; 0 if that is not known."""
    longest = max(len(words), len(others))
    if differences is None or not longest:
        return 0
    changed = sum(max(stop - start, end - begin) for start, stop, begin, end in differences)
    return 1 - changed / longest


def _rest_is_same(page: PageEvidence, other: PageEvidence, control: PageEvidence) -> bool:
    """Return whether what is beyond the stored text differs no more than on a random URL."""
    usual, distance = simhash_distance(other, control), simhash_distance(page, other)
    if usual is None or distance is None or distance > usual + NEAR_DISTANCE:
        return False
    varying = abs(other.length - control.length)
    return abs(page.length - other.length) <= _MAX_GROWTH * varying + TEXT_LIMIT // 20


def _echoes_address(case: Case, sibling: Case) -> bool:
    """Return whether two pages are made of the same words, but for those of their addresses.

    So are pages that are made up for each address: they repeat it, and shuffle their paragraphs.
    """
    random_words = _address_words(sibling)
    title, text = _bags(case, _address_words(case))
    other_title, other_text = _bags(sibling, random_words)
    if title != other_title or text != other_text or sum(text.values()) < _MIN_BAG:
        return False
    shown = split_words(f"{sibling.page.title} {sibling.page.text}")
    return any(_is_part(word, random_words) for word in shown)


def _bags(case: Case, own: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each word is in a page's title and text, without parts of its address."""
    title, text = (
        Counter(word for word in split_words(each) if not _is_part(word, own))
        for each in (case.page.title, case.page.text)
    )
    return title, text


def _is_part(word: str, address: frozenset[str]) -> bool:
    """Return whether a word is one of an address, or the beginning of a long one."""
    if word in address:
        return True
    return len(word) > _CUT_WORD and any(one.startswith(word) for one in address)


def _address_words(case: Case) -> frozenset[str]:
    parts = split_url(case.cited)
    return frozenset(split_words(unquote(f"{parts.path} {parts.query}").replace("_", " ")))


def _varies_alike(case: Case, sibling: Case, control: Case) -> bool:
    """Return whether a page differs from two random URLs' only where these differ."""
    titles = {_masked(each.page, each.cited)[0] for each in (case, sibling, control)}
    if len(titles) > 1:
        return False
    words, first, second = (_words(each) for each in (case, sibling, control))
    return _differs_within(words, first, _varying_places(first, second)) or _differs_within(
        words, second, _varying_places(second, first)
    )


def _varying_places(words: list[str], others: list[str]) -> set[int]:
    """Return where a text varies, as places of its words.

    A few words that are equal between two varying ones are so by chance.
    """
    places: set[int] = set()
    last_end = -1
    for start, end, _, _ in _differences(words, others) or ():
        is_near = last_end >= 0 and _length(words[last_end:start]) <= _CHANCE_LENGTH
        begin = last_end if is_near else start
        places.update(range(begin, max(end, begin + 1)))
        last_end = end
    return places


def _differs_within(words: list[str], others: list[str], places: set[int]) -> bool:
    """Return whether a text differs from another one in some places only, and not by much more."""
    differences = _differences(others, words)
    if differences is None or _common(differences, words, others) < _MIN_COMMON_SHARE:
        return False
    added = 0
    for start, end, own_start, own_end in differences:
        if places.isdisjoint(range(start - 1, end + 1)):
            return False
        margin = _margin(others, start)
        if not all(
            any(near in places for near in range(place - margin, place + margin + 1))
            for place in range(start, end)
        ):
            return False
        added += own_end - own_start
    return added <= _MAX_GROWTH * len(places)


def _length(words: list[str]) -> int:
    """Return the length of a text in half words: an ideograph is half a word."""
    return sum(1 if len(word) == 1 else 2 for word in words)


def _margin(words: list[str], place: int) -> int:
    """Return how many words beside a place may belong to what varies there."""
    near = words[max(0, place - 1) : place + 1]
    return _MARGIN * 2 if near and all(len(word) == 1 for word in near) else _MARGIN
