"""Page designs of the second invented web: wikis, shops, boards, offices, magazines, with varying parts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from random import Random

from tests.worlds.layout import Design
from tests.worlds.more_texts import MORE_LATEST, MORE_MENUS, MORE_SEEN
from tests.worlds.texts import THINGS, article

_SCRIPT = '<script src="/js/site.min.js"></script>'
_COUNTER = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-X1"></script>'


@dataclass(frozen=True, kw_only=True)
class Skin(Design):
    """A site of the second web. `scripts` says which scripts its pages have: "", "counter" or "active"."""

    lang: str = "en-club"
    style: str = "shop"
    scripts: str = "counter"

    def frame(self, title: str, inner: str, *, moment: int = 0, head: str = "") -> str:
        """Return a page with the site's menus and margins around some HTML."""
        draw = Random(f"{self.name} {self.seed} at {moment}")
        before, after = getattr(self, f"_{self.style}")(draw)
        script = {"": "", "counter": _COUNTER, "active": _SCRIPT}[self.scripts]
        code = self.lang.partition("-")[0]
        return (
            f'<!doctype html><html lang="{code}"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}{script}</head>'
            f"<body>{before}{inner}{after}</body></html>"
        )

    def front(self, *, moment: int = 0) -> str:
        """Return the front page: what is new, the same all day, amid margins that vary."""
        day = moment // 70
        news = "".join(self._teaser(f"{day // 3} news {n}", n) for n in range(5))
        return self.frame(self.name, f"<h1>{escape(self.name)}</h1>{news}", moment=moment)

    def headlines(self, draw: Random, count: int) -> str:
        """Return links to other pages of the site, others with each request."""
        titles = [
            article(self.lang, f"{self.name} other {draw.randint(1, 60)}").title
            for _ in range(count)
        ]
        return "".join(
            f'<li><a href="/o/{draw.randint(1, 900)}">{escape(t)}</a></li>' for t in titles
        )

    def _menu(self) -> str:
        things = Random(f"menu {self.name}").sample(THINGS[self.lang].split(", "), 4)
        labels = MORE_MENUS[self.lang].split(", ") + things
        return "".join(
            f'<li><a href="/{n}/">{escape(label)}</a></li>' for n, label in enumerate(labels)
        )

    def _terms(self) -> str:
        """Return the small print, the same on all pages."""
        text = article(self.lang, f"{self.name} terms", paragraphs=2)
        return "".join(f"<p><small>{escape(each)}</small></p>" for each in text.paragraphs)

    def _wiki(self, draw: Random) -> tuple[str, str]:
        fact = article(self.lang, f"{self.name} fact {draw.randint(1, 40)}", paragraphs=1)
        return (
            f"<div id=p-logo>{escape(self.name)}</div><ul id=p-navigation>{self._menu()}</ul><div id=content>",
            f"</div><div class=dyk>{escape(fact.paragraphs[0])}</div><div id=footer>{MORE_SEEN[self.lang].format(draw.randint(9, 99999))}</div>",
        )

    def _shop(self, draw: Random) -> tuple[str, str]:
        return (
            f"<header><b>{escape(self.name)}</b><ul>{self._menu()}</ul><span>({draw.randint(0, 9)}) {draw.randint(0, 300)},90</span></header><main>",
            f"</main><section><h4>{MORE_LATEST[self.lang]}</h4><ul>{self.headlines(draw, 4)}</ul></section><footer>{self._terms()}</footer>",
        )

    def _board(self, draw: Random) -> tuple[str, str]:
        quote = article(self.lang, f"{self.name} quote {draw.randint(1, 50)}", paragraphs=1)
        sentence = quote.paragraphs[0][:90]
        return (
            f"<table><tr><td>{escape(self.name)}</td><td><i>{escape(sentence)}</i></td></tr></table><ul>{self._menu()}</ul><div>",
            f"</div><table><tr><td>{MORE_SEEN[self.lang].format(draw.randint(1, 999))}</td><td>0.0{draw.randint(10, 99)} s</td></tr></table>",
        )

    def _office(self, draw: Random) -> tuple[str, str]:
        return (
            f"<div class=top><img src=/seal.png alt=''>{escape(self.name)}</div><ul>{self._menu()}</ul><div class=body>",
            f"</div>{self._terms()}<p>{MORE_SEEN[self.lang].format(draw.randint(10**6, 10**7))}</p>",
        )

    def _magazine(self, draw: Random) -> tuple[str, str]:
        return (
            f"<nav><ul>{self._menu()}</ul></nav><div class=ticker><ul>{self.headlines(draw, 3)}</ul></div><article>",
            f"</article><aside><h3>{MORE_LATEST[self.lang]}</h3><ol>{self.headlines(draw, 5)}</ol></aside><footer>© {escape(self.name)}</footer>",
        )

    def _plain(self, draw: Random) -> tuple[str, str]:
        return f"<p>{escape(self.name)}</p><hr>", f"<hr><p>{draw.randint(1000, 9999)}</p>"
