"""What a wiki does already: how its mirrors stand on its pages, and what it calls them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from reports.patches.records import MirrorStyle
from store.queries.links import LinkFinding
from store.vocabulary import Role

# What names a copy, whichever service holds it.
_WORD = re.compile(
    r"存[档檔]|[归歸][档檔]|快照|[备備]份|[镜鏡]像|アーカイブ|魚拓|保存版|아카이브|archived?|archived copy|archived version|mirror|snapshot|backup",
    re.IGNORECASE,
)
_KANA = re.compile(r"[\u3041-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SIMPLIFIED = re.compile(r"[这国说网时间发问题开关书报页无为对会个们来过经还进动实现应该让给没样]")
_TRADITIONAL = re.compile(r"[這國說網時間發問題開關書報頁無為對會個們來過經還進動實現應該讓給沒樣]")
_ENOUGH = 200_000  # characters; more tell no more about a language


@dataclass(slots=True)
class WikiStyle:
    """Learns from a wiki's links, one at a time, as they pass by."""

    styles: Counter[MirrorStyle] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    _texts: list[str] = field(default_factory=list)
    _length: int = 0

    def learn(self, link: LinkFinding) -> None:
        """See where the mirrors of a link stand: on the line of the link, elsewhere on its page (in a footnote), or in its stead."""
        if link.role is not Role.LINK:
            return
        lines = {(place.page, place.line) for place in link.citations if place.mirror_id is None}
        pages = {page for page, _ in lines}
        for place in link.citations:
            if self._length < _ENOUGH:
                self._texts.append(place.text)
                self._length += len(place.text)
            if place.mirror_id is None:
                continue
            is_beside = (place.page, place.line) in lines
            names_a_copy = _WORD.fullmatch(place.text.strip()) is not None
            if names_a_copy:
                self.words[place.text.strip()] += 1
            if is_beside or (names_a_copy and place.page in pages):
                self.styles[MirrorStyle.BESIDE if is_beside else MirrorStyle.FOOTNOTE] += 1
            else:
                self.styles[MirrorStyle.TITLE] += 1

    @property
    def style(self) -> MirrorStyle:
        """What most mirrors do; a mirror in the link's stead where there are none yet."""
        return max(MirrorStyle, key=lambda style: self.styles[style])

    @property
    def word(self) -> str:
        """What the wiki calls a mirror: its own word, else that of its language."""
        if self.words:
            return self.words.most_common(1)[0][0]
        return archive_word_for("".join(self._texts))


def archive_word_for(text: str) -> str:
    """Give the word for an archived copy in the language of a text.

    >>> word_for("微信暂停新用户注册"), word_for("這是國語"), word_for("この記事について"), word_for("Night boats")
    ('存档', '存檔', 'アーカイブ', 'Archived')
    """
    kana, hangul, han = (len(pattern.findall(text)) for pattern in (_KANA, _HANGUL, _HAN))
    if kana + hangul + han < len(text) / 20:
        return "Archived"
    if kana * 5 > han + hangul:
        return "アーカイブ"
    if hangul > han:
        return "아카이브"
    return "存檔" if len(_TRADITIONAL.findall(text)) > len(_SIMPLIFIED.findall(text)) else "存档"
