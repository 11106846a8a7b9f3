"""Test spam words of domains that were taken over, and pages about these subjects."""

from __future__ import annotations

import pytest

from crawler.liveness import SiteKnowledge, judge
from crawler.liveness.phrases.soft404_phrases import normalise
from crawler.liveness.phrases.spam_words import ADVERT_WORDS, SUBJECT_WORDS, SUBJECTS
from store.vocabulary import Reason
from tests.unit.crawler.liveness.probes import html, probe, response, served
from tests.web.prose import paragraphs

LANGUAGES = ("zh", "ja", "ko", "en", "ru", "id", "th", "vi", "tr")
ARCHIVED = html("The harbour", " ".join(paragraphs(2)))
OTHER_TEXT = " ".join(paragraphs(3))
ROWS = [
    (trade, language, word)
    for trade, languages in SUBJECT_WORDS.items()
    for language, words in languages.items()
    for word in words
]


@pytest.mark.parametrize("words", [SUBJECT_WORDS, ADVERT_WORDS])
def test_every_trade_has_words_in_every_language(words: dict[str, dict[str, tuple[str]]]) -> None:
    assert set(words) == {"betting", "adult", "loans", "pharmacy", "essays", "seo"}
    for languages in words.values():
        assert set(languages) == set(LANGUAGES)
        assert all(languages.values())


def test_every_word_is_found_in_a_title() -> None:
    for _, _, word in ROWS:
        assert SUBJECTS.find(normalise(f"2026 {word.title()} !")), word


@pytest.mark.parametrize("trade", SUBJECT_WORDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_spam_word_in_a_title_counts_only_if_the_text_changed(
    trade: str, language: str
) -> None:
    title = f"2026 {SUBJECT_WORDS[trade][language][0]}"
    assert judge(served(html(title, OTHER_TEXT))).reason is Reason.OK
    hijacked = judge(served(html(title, OTHER_TEXT)), SiteKnowledge(archived=ARCHIVED))
    assert hijacked.reason is Reason.HIJACKED
    about = html(title, " ".join(paragraphs(2)))
    assert judge(served(about), SiteKnowledge(archived=ARCHIVED)).reason is Reason.OK


SERIOUS_PAGES = {
    "a history, in Chinese": ("百家乐与六合彩的历史 - 学报", "本文讨论博彩业的起源，以及老虎机的发明。" * 5),
    "a law, in English": ("Online casino and sports betting: the law", "Bookmaker licences and gambling taxes. " * 9),
    "a raid, in Indonesian": ("Polisi tutup judi online dan togel", "Polisi menangkap bandar judi di kota itu. " * 9),
    "a study, in Korean": ("카지노와 바카라의 사회학", "스포츠토토 이용자를 조사했다. " * 9),
    "a warning, in Vietnamese": ("Cảnh báo về cá cược và đánh bạc", "Nhiều người mất tiền vì tài xỉu. " * 9),
    "a debate, in Turkish": ("Bahis siteleri ve canlı bahis tartışması", "Mecliste bahis konuşuldu. " * 9),
    "a report, in Thai": ("บาคาร่า และ คาสิโน ในสังคมไทย", "นักวิจัยศึกษาเรื่อง แทงบอล " * 9),
    "medicine": ("Viagra and Cialis compared - City clinic", "Sildenafil lasts four hours, tadalafil longer. " * 9),
    "universities on essay mills": ("The essay writing service industry", "Students who buy essays, and why. " * 9),
    "a shop without such a subject": ("Buy online, free shipping - Lamps", "Order online: apply now for our card. " * 9),
}  # fmt: skip


@pytest.mark.parametrize(("title", "text"), SERIOUS_PAGES.values(), ids=SERIOUS_PAGES)
def test_a_page_about_the_subject_of_spam_words_is_alive(title: str, text: str) -> None:
    seen = served(html(title, text))
    assert judge(seen).reason is Reason.OK
    error = probe(response(404, "https://example.org/2014/01/qqq"))
    assert judge(seen, SiteKnowledge(sibling=error)).reason is Reason.OK
    assert judge(seen, SiteKnowledge(archived=html(title, text))).reason is Reason.OK


ADVERTS = {
    "zh": ("澳门新葡京官网登录入口_百家乐", "注册送彩金，棋牌、老虎机应有尽有。"),
    "ko": ("카지노사이트 바카라 먹튀검증", "가입쿠폰과 꽁머니, 안전놀이터"),
    "ru": ("Вулкан казино - игровые автоматы, официальный сайт", "Бездепозитный бонус и фриспины."),
    "id": ("Situs Slot Gacor Maxwin Terpercaya", "Daftar slot online, togel, deposit pulsa."),
    "th": ("สล็อต เว็บตรง แตกง่าย", "บาคาร่า เครดิตฟรี ฝากถอนออโต้"),
    "vi": ("Nhà cái uy tín - cá cược, tài xỉu", "Đăng ký nhận thưởng, nổ hũ đổi thưởng."),
    "tr": ("Bahis siteleri güncel giriş", "Deneme bonusu veren canlı bahis."),
    "ja": ("オンラインカジノ おすすめランキング 入金不要ボーナス", "スロットサイトの無料スピン"),
    "en": ("Online casino no deposit bonus", "Free spins, roulette and blackjack for real money."),
}


@pytest.mark.parametrize(("title", "text"), ADVERTS.values(), ids=ADVERTS)
def test_adverts_show_a_hijacked_domain_without_a_memento(title: str, text: str) -> None:
    assert judge(served(html(title, text))).reason is Reason.HIJACKED
