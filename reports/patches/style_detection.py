"""Detect how a wiki writes its archive links: where they are on its pages, and their text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from store.queries.link_records import CitedPlace, LinkFinding
from store.vocabulary import Role
from store.vocabulary.fixes import MirrorStyle

# Words for an archive copy, whatever service has it.
_ARCHIVE_WORD = re.compile(
    r"存[档檔]|[归歸][档檔]|快照|[备備]份|[镜鏡]像|アーカイブ|魚拓|保存版|아카이브|"
    r"archived?|archived copy|archived version|mirror|snapshot|backup",
    re.IGNORECASE,
)
# Strings, not compiled patterns: `re` compiles them at their first use. Most wikis never need
# them, because their archive links have a text.
_KANA = r"[\u3041-\u30ff]"
_HANGUL = r"[\uac00-\ud7a3]"
_HAN = r"[\u4e00-\u9fff]"
_SIMPLIFIED = r"[这国说网时间发问题开关书报页无为对会个们来过经还进动实现应该让给没样]"
_TRADITIONAL = r"[這國說網時間發問題開關書報頁無為對會個們來過經還進動實現應該讓給沒樣]"
_MAX_SAMPLE_LENGTH = 200_000  # characters; more text does not improve language detection


@dataclass(slots=True)
class WikiStyle:
    """The style of a wiki's archive links, learnt from its links one at a time.

    Attributes:
        style_counts: Number of archive links in each style.
        text_counts: Number of archive links with each text.
    """

    style_counts: Counter[MirrorStyle] = field(default_factory=Counter)
    text_counts: Counter[str] = field(default_factory=Counter)
    _texts: list[str] = field(default_factory=list)
    _length: int = 0

    def learn(self, link: LinkFinding) -> None:
        """Count the archive links of a link by their style and text."""
        if link.role is not Role.LINK:
            return
        originals = {
            (place.page, place.line) for place in link.citations if place.mirror_id is None
        }
        pages = {page for page, _ in originals}
        for place in link.citations:
            self._sample(place.text)
            if place.mirror_id is None:
                continue
            text = place.text.strip()
            has_archive_word = _ARCHIVE_WORD.fullmatch(text) is not None
            if has_archive_word:
                self.text_counts[text] += 1
            is_beside = (place.page, place.line) in originals
            self.style_counts[_style_of_place(place, pages, is_beside, has_archive_word)] += 1

    @property
    def style(self) -> MirrorStyle:
        """The most frequent style, `TITLE` if the wiki has no archive links."""
        return max(MirrorStyle, key=lambda style: self.style_counts[style])

    @property
    def link_text(self) -> str:
        """The most frequent text of archive links, else the word in the wiki's language."""
        if self.text_counts:
            return self.text_counts.most_common(1)[0][0]
        return archive_word_for("".join(self._texts))

    def _sample(self, text: str) -> None:
        if self._length < _MAX_SAMPLE_LENGTH:
            self._texts.append(text)
            self._length += len(text)


def archive_word_for(text: str) -> str:
    """Return the word for an archived copy in the language of a text.

    >>> archive_word_for("微信暂停新用户注册"), archive_word_for("這是國語")
    ('存档', '存檔')
    >>> archive_word_for("この記事について"), archive_word_for("Night boats")
    ('アーカイブ', 'Archived')
    """
    kana, hangul, han = (len(re.findall(pattern, text)) for pattern in (_KANA, _HANGUL, _HAN))
    if kana + hangul + han < len(text) / 20:
        return "Archived"
    if kana * 5 > han + hangul:
        return "アーカイブ"
    if hangul > han:
        return "아카이브"
    is_traditional = len(re.findall(_TRADITIONAL, text)) > len(re.findall(_SIMPLIFIED, text))
    return "存檔" if is_traditional else "存档"


def _style_of_place(
    place: CitedPlace, pages: set[str], is_beside: bool, has_archive_word: bool
) -> MirrorStyle:
    """Return the style of an archive link.

    Args:
        place: The archive link.
        pages: The pages that cite the original.
        is_beside: The original is cited on the same line.
        has_archive_word: Its text is a word for an archive copy.
    """
    if is_beside:
        return MirrorStyle.BESIDE
    if has_archive_word and place.page in pages:
        return MirrorStyle.FOOTNOTE
    return MirrorStyle.TITLE
