"""Five page layouts for invented sites, with menus and footers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from random import Random

from tests.worlds.texts import THINGS, Article, article

MENUS = {
    "en": "Home, About, Visit, Contact, Subscribe, Search",
    "de": "Startseite, Über uns, Anfahrt, Kontakt, Abonnement, Suche",
    "ru": "Главная, О нас, Как добраться, Контакты, Подписка, Поиск",
    "zh": "首页, 关于我们, 交通, 联系方式, 订阅, 搜索",
    "ja": "ホーム, 案内, アクセス, お問い合わせ, 購読, 検索",
    "id": "Beranda, Tentang, Lokasi, Kontak, Langganan, Cari",
    "ar": "الرئيسية, من نحن, الوصول, اتصل بنا, اشتراك, بحث",
    "fr": "Accueil, À propos, Venir, Contact, Abonnement, Recherche",
}
SEEN = {
    "en": "Read {0} times",
    "de": "{0} mal gelesen",
    "ru": "Прочитано {0} раз",
    "zh": "阅读 {0} 次",
    "ja": "閲覧数 {0}",
    "id": "Dibaca {0} kali",
    "ar": "قرئت {0} مرة",
    "fr": "Lu {0} fois",
}
_LATEST = {"en": "Latest", "de": "Neueste", "ru": "Новое", "zh": "最新", "ja": "新着", "id": "Terbaru", "ar": "الأحدث", "fr": "Derniers articles"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Design:
    """A site's name, language and layout."""

    name: str
    lang: str = "en"
    style: str = "article"
    seed: str = ""

    def page(
        self,
        text: Article,
        *,
        moment: int = 0,
        head: str = "",
        below: str = "",
        title: str = "",
        comments: Sequence[str] = (),
    ) -> str:
        """Return an article's page; counters, tokens and lists of news vary with `moment`."""
        paragraphs = "".join(f"<p>{escape(each)}</p>\n" for each in text.paragraphs)
        notes = "".join(f"<div class=comment><p>{escape(each)}</p></div>" for each in comments)
        inner = f"<h1>{escape(text.title)}</h1>\n{paragraphs}{below}{notes}"
        shown = title or f"{text.title} - {self.name}"
        return self.frame(shown, inner, moment=moment, head=head)

    def frame(self, title: str, inner: str, *, moment: int = 0, head: str = "") -> str:
        """Return a page with the site's menus around some HTML."""
        random = Random(f"{self.name} {moment}")
        token = f"{random.getrandbits(64):016x}"
        menu = self._menu()
        latest = "".join(
            f'<li><a href="/n/{random.randint(1, 9000)}">{escape(article(self.lang, f"{self.name} latest {moment} {n}").title)}</a></li>'
            for n in range(3)
        )
        seen = SEEN[self.lang].format(random.randint(100, 90000))
        aside = f"<aside><h3>{_LATEST[self.lang]}</h3><ul>{latest}</ul><p>{seen}</p></aside>"
        direction = ' dir="rtl"' if self.lang == "ar" else ""
        start = f'<!doctype html><html lang="{self.lang}"{direction}><head><title>{escape(title)}</title><meta name="csrf" content="{token}">{head}</head>'
        foot = f"<footer>© {self.name} {2024 + moment // 300}</footer>"
        if self.style == "table":
            return f"<html><head><title>{escape(title)}</title>{head}</head><body bgcolor=white><table width=760><tr><td width=140>{menu}</td><td>{inner}</td></tr></table><hr>{self.name}</body></html>"
        if self.style == "forum":
            return f'{start}<body><div id=top>{menu}</div><div class="postbody" id="p{token[:5]}">{inner}</div>{aside}<div>{foot}</div></body></html>'
        if self.style == "bare":
            return f"<title>{escape(title)}</title>{head}\n{inner}"
        return f"{start}<body><header><nav>{menu}</nav></header><main><article>{inner}</article></main>{aside}{foot}</body></html>"

    def front(self, *, moment: int = 0) -> str:
        """Return the front page: headlines and their beginnings."""
        teasers = "".join(self._teaser(f"front {n}", n) for n in range(7))
        return self.frame(self.name, f"<h1>{self.name}</h1>{teasers}", moment=moment)

    def listing(self, section: str, *, moment: int = 0, title: str = "") -> str:
        """Return a section's page: a list of titles, prices or dates."""
        random = Random(f"{self.name} {section}")
        rows = "".join(
            f'<li><a href="/{section}/{n}">{escape(article(self.lang, f"{self.name} {section} {n}").title)}</a> <b>{random.randint(3, 400)},00</b></li>'
            for n in range(14)
        )
        return self.frame(
            title or f"{section} - {self.name}", f"<h1>{section}</h1><ul>{rows}</ul>", moment=moment
        )

    def _teaser(self, seed: str, number: int) -> str:
        text = article(self.lang, f"{self.name} {seed}", paragraphs=1)
        return f'<h2><a href="/a/{number}">{escape(text.title)}</a></h2><p>{escape(text.paragraphs[0][:160])}</p>'

    def _menu(self) -> str:
        things = Random(self.name).sample(THINGS[self.lang].split(", "), 3)
        labels = MENUS[self.lang].split(", ") + things
        return " ".join(f'<a href="/m{n}">{escape(label)}</a>' for n, label in enumerate(labels))
