"""Compare a page with what the site serves at a random URL, ignoring what varies by itself.

Pages vary from one request to the next: a clock, a counter, three headlines in a margin. Further
random URLs show where a text varies, and requesting the page again shows which words vary. Any
other difference, however small (the value of a form field, a quotation), is the page's own content
and makes it another page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address, split_url
from crawler.liveness.case import Case
from crawler.liveness.comparison.masks import (
    case_title,
    cited_numbers,
    mask_for,
    repeats_name,
    words_without_address,
)
from crawler.liveness.comparison.varying_text import common_share, is_like_random_pages
from crawler.liveness.evidence.body_reader import SCRIPTED_LETTERS, TEXT_LIMIT
from crawler.page_text.simhash import NEAR_DISTANCE, is_near, simhash_distance
from crawler.page_text.similarity import split_words
from store.vocabulary import PageEvidence

# Applications whose scripts load the content send the same page for all addresses.
_APP_MARKERS: Final = frozenset({"app-shell", "app-root", "app-unknown"})
_SCRIPTED_TEXT = re.compile(
    r"javascript|loading|please wait|enable cookies|загрузка|"
    r"加载中|載入中|正在加载|启用.{0,6}脚本|読み込み中|로딩|"
    r"wird geladen|chargement|cargando",
    re.IGNORECASE,
)
_MIN_LETTERS: Final = 60  # letters of a page that is compared with the sibling's
_MIN_STATIC_LETTERS: Final = 12  # letters of a page that no script can change
MAX_CONTROLS: Final = 2  # random URLs that are requested beside the first one
MAX_VARYING_CONTROLS: Final = 4  # the same for a folder or script whose pages vary by themselves
# Shares of the words of two pages with the same title. From the first share on, further random URLs
# are requested, to find out whether a page is the sibling's. From the second one on, a home page is
# no evidence that the site has other pages than the sibling's: no page is called broken for it.
_MIN_SHARE_FOR_CONTROLS: Final = 0.45
_MIN_SIMILAR_SHARE: Final = 0.3
_MAX_GROWTH: Final = 1.5  # of the varying text, from one request to the next
# Characters by which the length of a page may always differ, as by a date or a name.
_MIN_VARYING_CHARACTERS: Final = TEXT_LIMIT // 20
_MIN_COUNTED_WORDS: Final = 20  # of a page that is compared by how often each word occurs
_MAX_LETTER_WORD: Final = 1  # letters; a longer word may be the beginning of an address's word
# The marker of a page that was requested again, and has no text of its own that stayed the same.
VARIES: Final = "varies"


def is_same_page(case: Case, sibling: Case, controls: Sequence[Case] = ()) -> bool:
    """Return whether a page is the same as the sibling's, ignoring what varies by itself.

    Args:
        case: The probe of a link.
        sibling: The probe of a random URL of its site.
        controls: Probes of further random URLs, which show what varies. Without them, only numbers
            are ignored.
    """
    if not _is_comparable(case, sibling) or shows_other_parts(case, sibling, controls):
        return False
    page, other = case.page, sibling.page
    if is_blank(case):
        return is_blank(sibling)
    if not other.title and not other.text:
        return False  # mostly a status without a page
    is_cut = is_cut_off(case)
    site_repeats_names = repeats_name(sibling)
    cited = cited_numbers(case)
    mask = mask_for(case.cited, site_repeats_names=site_repeats_names, cited=cited)
    # The sibling's own name, long and random, is removed even without `site_repeats_names`.
    mask_other = mask_for(sibling.cited, cited=cited)
    is_same_title = mask(page.title) == mask_other(other.title)  # before the longer text
    is_alike = is_same_title and mask(page.text) == mask_other(other.text)
    if is_alike and (not is_cut or is_near(page, other)):
        return True
    if not is_cut and _differs_only_in_address(case, sibling):
        return True
    return VARIES in page.html_markers and varies_alike(case, sibling, controls)


def varies_alike(
    case: Case, sibling: Case, controls: Sequence[Case], *, may_all_vary: bool = False
) -> bool:
    """Return whether a page differs from random URLs of its site only where these differ.

    The differing text may still be the page's own; only requesting the page again shows that it
    changes each time (`varying_text.has_own_text`).

    Args:
        case: The probe of a link.
        sibling: The probe of a random URL of its site.
        controls: Probes of further random URLs.
        may_all_vary: Whether all of the text may differ; the titles must be the same.
    """
    if is_blank(case) or not _is_comparable(case, sibling):
        return False
    if shows_other_parts(case, sibling, controls):
        return False
    comparable = [each for each in controls if _is_comparable(each, sibling)]
    cited = cited_numbers(case)
    titles = {case_title(each, sibling, cited) for each in (case, sibling, *comparable)}
    if not comparable or len(titles) > 1:
        return False
    is_cut = is_cut_off(case)
    if is_cut and not any(_rest_is_same(case.page, sibling.page, each.page) for each in comparable):
        return False
    at_random = [words_without_address(each, sibling, cited) for each in (sibling, *comparable)]
    words = words_without_address(case, sibling, cited)
    return is_like_random_pages(words, at_random, is_cut=is_cut, may_all_vary=may_all_vary)


def shows_other_parts(case: Case, sibling: Case, controls: Sequence[Case]) -> bool:
    """Return whether a page shows other pictures, frames, fields or files than the sibling.

    They are no evidence if they vary from one random URL to the next.
    """
    own, other = case.page.parts_digest, sibling.page.parts_digest
    if not own or not other or own == other:
        return False
    return all(control.page.parts_digest in {other, ""} for control in controls)


def may_be_varying_page(case: Case, sibling: Case) -> bool:
    """Return whether a page may be the sibling's, on a site whose pages vary by themselves.

    Only another title shows that it is not: on such a site, text in common may be chance.
    """
    if not _is_comparable(case, sibling):
        return True
    return case_title(case, sibling) == case_title(sibling, sibling)


def has_same_title(case: Case, sibling: Case) -> bool:
    """Return whether two pages can be compared, and have the same title."""
    if not _is_comparable(case, sibling) or is_blank(case):
        return False
    return case_title(case, sibling) == case_title(sibling, sibling)


def may_be_same_page(case: Case, sibling: Case) -> bool:
    """Return whether other random URLs could show that a page is the sibling's.

    It needs more words in common than `is_similar_page`, as it leads to further requests.
    """
    return _shares_words(case, sibling, _MIN_SHARE_FOR_CONTROLS)


def is_similar_page(case: Case, sibling: Case) -> bool:
    """Return whether two pages have the same title, and a good part of their texts in common."""
    return _shares_words(case, sibling, _MIN_SIMILAR_SHARE)


def _shares_words(case: Case, sibling: Case, share: float) -> bool:
    """Return whether two pages have the same title, and a share (0 to 1) of their words."""
    if not has_same_title(case, sibling):
        return False
    words = words_without_address(case, sibling)
    sibling_words = words_without_address(sibling, sibling)
    return common_share(words, sibling_words) >= share


def is_cut_off(case: Case) -> bool:
    """Return whether a page has more text than is stored."""
    return len(case.page.text) >= TEXT_LIMIT


def is_blank(case: Case) -> bool:
    """Return whether a page has nothing that a reader could see, and no script to show it."""
    return "blank" in case.page.html_markers


def is_complete(case: Case) -> bool:
    """Return whether all that a page shows is its stored text: no script loads or changes it."""
    return "static" in case.page.html_markers and not case.page.password_field


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


def _rest_is_same(page: PageEvidence, other: PageEvidence, control: PageEvidence) -> bool:
    """Return whether the text that is not stored differs no more than between random URLs."""
    usual, distance = simhash_distance(other, control), simhash_distance(page, other)
    if usual is None or distance is None or distance > usual + NEAR_DISTANCE:
        return False
    varying = abs(other.length - control.length)
    return abs(page.length - other.length) <= _MAX_GROWTH * varying + _MIN_VARYING_CHARACTERS


def _differs_only_in_address(case: Case, sibling: Case) -> bool:
    """Return whether two pages have the same words, apart from the words of their addresses.

    So have pages that are generated for any address: they repeat it in shuffled paragraphs.
    """
    address, random_address = _address_words(case), _address_words(sibling)
    page, other = case.page, sibling.page
    if _count_words(page.title, address) != _count_words(other.title, random_address):
        return False  # before the longer text
    text = _count_words(page.text, address)
    if text != _count_words(other.text, random_address) or text.total() < _MIN_COUNTED_WORDS:
        return False
    shown = split_words(f"{other.title} {other.text}")
    return any(_is_part(word, random_address) for word in shown)


def _count_words(text: str, address: str) -> Counter[str]:
    """Return how often each word is in a text, words of an address left out."""
    counts = Counter(split_words(text))
    own = {word: count for word, count in counts.items() if not _is_part(word, address)}
    return Counter(own)


def _is_part(word: str, address: str) -> bool:
    """Return whether a word is one of an address (`_address_words`), or begins a long one."""
    return (f" {word}" if len(word) > _MAX_LETTER_WORD else f" {word} ") in address


def _address_words(case: Case) -> str:
    """Return the words of a page's address, each between spaces."""
    parts = split_url(case.cited)
    words = split_words(unquote(f"{parts.path} {parts.query}").replace("_", " "))
    return f" {' '.join(words)} "
