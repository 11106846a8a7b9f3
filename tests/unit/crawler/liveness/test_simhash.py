"""Fingerprints are kept for years and compared with new ones: however they are computed, a text has always the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.liveness import simhash

FINGERPRINTS = {
    "english": (
        "The harbour's lights went out on 12 May_2020; nobody knows why. " * 3,
        0x4E22_2094_1C49_F17D,
    ),
    "quotation marks": ("“C’est là”, dit-il – à l’été…", 0x0AD3_0448_39F2_127A),
    "cyrillic": ("Запрашиваемая страница не найдена на сервере", 0x8852_2252_8286_184A),
    "chinese": ("您访问的页面不存在，请检查网址是否正确。" * 60, 0x86CE_A5D0_99EB_D391),
    "long": (" ".join(f"word{n}" for n in range(2000)), 0x266F_07F3_AEF8_7072),
    "long and mixed": (" ".join(f"word{n}" for n in range(2000)) + "页", 0x266F_07F3_AEF8_7072),
    "one word": ("Harbour", 0xE224_2E63_DBB0_FC04),
    "half a surrogate pair": ("a \ud800 b c d", 0x3068_2288_0600_CC30),
}


@pytest.mark.parametrize(("text", "fingerprint"), FINGERPRINTS.values(), ids=FINGERPRINTS)
def test_a_text_keeps_its_fingerprint(text: str, fingerprint: int) -> None:
    assert simhash(text) == fingerprint


@given(st.text(st.one_of(st.characters(), st.sampled_from("ab _'.\n“é文ж")), max_size=60))
def test_only_words_count(text: str) -> None:
    # In scripts without spaces every character counts, radicals and punctuation, too.
    spaced = re.sub(r"[^\w\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+", " ", text.lower())
    assert simhash(text) == simhash(f"- {spaced} .")
    assert simhash(text) == simhash(
        re.sub(r"([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])", r" \1 ", text)
    )
