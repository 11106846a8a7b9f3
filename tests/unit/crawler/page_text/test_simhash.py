"""Test that a text always has the same fingerprint: stored ones are compared for years."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.liveness import simhash
from crawler.page_text.simhash import is_near, simhash_distance
from store.vocabulary import PageEvidence

FINGERPRINTS = {
    "english": (
        "The harbour's lights went out on 12 May_2020; nobody knows why. " * 3,
        0x0FA2_9050_D0A0_8060,
    ),
    "quotation marks": ("“C’est là”, dit-il – à l’été…", 0x1B49_1788_07DD_0F84),
    "cyrillic": ("Запрашиваемая страница не найдена на сервере", 0x02C5_CA24_088A_01E0),
    "chinese": ("您访问的页面不存在，请检查网址是否正确。" * 60, 0xFC07_3FAC_54CF_F711),
    "long": (" ".join(f"word{n}" for n in range(2000)), 0xF90D_0AB9_8993_9B9F),
    "long and mixed": (" ".join(f"word{n}" for n in range(2000)) + "页", 0xF90D_0AB9_8993_9B9F),
    "one word": ("Harbour", 0x5EC5_4DCC_3C04_2545),
    "half a surrogate pair": ("a \ud800 b c d", 0xCB3A_4242_2402_8005),
}


@pytest.mark.parametrize(("text", "fingerprint"), FINGERPRINTS.values(), ids=FINGERPRINTS)
def test_a_text_keeps_its_fingerprint(text: str, fingerprint: int) -> None:
    assert simhash(text) == fingerprint


@given(st.text(st.one_of(st.characters(), st.sampled_from("ab _'.\n“é文ж")), max_size=60))
def test_simhash_ignores_case_space_and_punctuation(text: str) -> None:
    # In scripts without spaces every character counts, radicals and punctuation, too.
    spaced = re.sub(r"[^\w\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+", " ", text.lower())
    assert simhash(text) == simhash(f"- {spaced} .")
    assert simhash(text) == simhash(
        re.sub(r"([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])", r" \1 ", text)
    )


@pytest.mark.parametrize("space", ["\n\t", " " * 40, "\u3000\0", "\u2003\xa0"])
@pytest.mark.parametrize("length", [3, 500, 2_000])
@pytest.mark.parametrize("word", ["w", "Straßenbeleuchtung", "灯塔"])
def test_simhash_ignores_how_words_are_spaced(word: str, length: int, space: str) -> None:
    words = [f"{word}{number}" for number in range(length)]
    assert simhash(space.join(words)) == simhash(" ".join(words))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PageEvidence(simhash=1), PageEvidence(simhash=1, simhash_kind="xxh3")),
        (PageEvidence(simhash=1, simhash_kind="xxh3"), PageEvidence()),
        (PageEvidence(), PageEvidence()),
    ],
    ids=["an old one and a new one", "none", "none at all"],
)
def test_fingerprints_that_cannot_be_compared_are_neither_near_nor_far(
    one: PageEvidence, other: PageEvidence
) -> None:
    assert simhash_distance(one, other) is None
    assert not is_near(one, other)
