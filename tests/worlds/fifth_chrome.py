"""The chrome of the fifth web's sites: menus, cookie notices, sidebars, teasers and footers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.worlds.fifth_voice import Voice

SKINS = ("magazine", "wordpress", "portal", "table", "docs", "bare", "hydrated")


def teasers(voice: Voice, seed: str, count: int) -> str:
    """Return a list of linked headlines with the beginnings of their texts."""
    draw = Random(seed)
    rows = []
    for _ in range(count):
        subject, place = draw.choice(voice.subjects), draw.choice(voice.places)
        year, number = draw.randrange(1900, 2024), draw.randrange(10, 999)
        fact = draw.choice(voice.facts).format(s=subject, p=place, y=year, n=number)
        head = f'<h3><a href="/{year}/{number}/story">{subject.capitalize()}, {place}</a></h3>'
        rows.append(f'<div class="teaser">{head}<p>{fact}</p></div>\n')
    return "".join(rows)


@dataclass(frozen=True)
class Chrome:
    """What a site puts around its pages."""

    name: str
    voice: Voice
    host: str
    skin: str

    def around(self, full_title: str, title: str, inner: str, moment: int, head: str) -> str:
        """Return a page; what stands beside the text varies with `moment`."""
        draw = Random(f"{self.host} {moment}")
        metas = (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<meta property="og:site_name" content="{self.name}">'
            f'<meta name="csrf-token" content="{draw.getrandbits(80):020x}">'
            '<link rel="stylesheet" href="/static/main.css">'
        )
        start = (
            f'<!DOCTYPE html>\n<html lang="{self.voice.code}">\n<head>{metas}'
            f"<title>{full_title}</title>{head}</head>\n"
        )
        made = getattr(self, f"_{self.skin}")
        return f"{start}{made(title, inner, draw)}\n</html>"

    def _menu(self) -> str:
        entries = enumerate(self.voice.menu)
        return "".join(f'<li><a href="/m/{n}">{label}</a></li>' for n, label in entries)

    def _most_read(self, draw: Random) -> str:
        seed = f"{self.host} {draw.randrange(9)}"
        return f"<h4>{self.voice.read_most}</h4>{teasers(self.voice, seed, 4)}"

    def _footer(self) -> str:
        return (
            f'<footer><p>{self.voice.letter}</p><form action="/search"><input name="q"></form>'
            f"<ul>{self._menu()}</ul><p>© {self.name}</p></footer>"
        )

    def _magazine(self, title: str, inner: str, draw: Random) -> str:
        return (
            f'<body class="single"><div id="cookie-banner">{self.voice.cookies}</div>'
            f"<header><a href='/'>{self.name}</a><nav><ul>{self._menu()}</ul></nav></header>"
            f"<main><article><h1>{title}</h1>{inner}</article></main>"
            f'<aside class="most-read">{self._most_read(draw)}</aside>{self._footer()}'
            f'<script src="/static/app.{draw.randrange(99)}.js"></script></body>'
        )

    def _wordpress(self, title: str, inner: str, draw: Random) -> str:
        return (
            f'<body class="post-template-default"><div id="masthead"><h1>{self.name}</h1>'
            f'<ul>{self._menu()}</ul></div><div id="content"><h2 class="entry-title">{title}</h2>'
            f'<div class="entry-content">{inner}</div><div id="comments"><p>'
            f'{self.voice.no_comments}</p></div></div><div id="secondary" class="widget-area">'
            f"{self._most_read(draw)}</div></body>"
        )

    def _portal(self, title: str, inner: str, draw: Random) -> str:
        return (
            f'<body><div class="top"><ul>{self._menu()}</ul><a href="/login">{self.voice.log_in}'
            f'</a></div><div class="breadcrumb"><a href="/">{self.name}</a> » {title}</div>'
            f'<div class="row"><div class="col-8"><h1>{title}</h1>{inner}</div>'
            f'<div class="col-4">{self._most_read(draw)}</div></div>{self._footer()}</body>'
        )

    def _table(self, title: str, inner: str, draw: Random) -> str:
        menu = " | ".join(f'<a href="/m{n}.html">{m}</a>' for n, m in enumerate(self.voice.menu))
        return (
            f'<body bgcolor="#ffffff" link="#0000cc"><center><font size="5"><b>{title}</b></font>'
            f"<hr>{menu}</center><table border=0 width=700><tr><td>{inner}</td></tr></table>"
            f"<hr><i>{self.name}</i> <!-- {draw.randrange(999)} --></body>"
        )

    def _docs(self, title: str, inner: str, draw: Random) -> str:
        toc = "".join(f'<li><a href="/guide/{n}.html">§ {n} {title[:9]}</a></li>' for n in range(9))
        return (
            f'<body class="docs" data-build="{draw.randrange(9999)}"><nav class="toc"><ul>{toc}'
            f'</ul></nav><div role="main"><h1>{title}</h1>{inner}</div>{self._footer()}</body>'
        )

    def _bare(self, title: str, inner: str, _draw: Random) -> str:
        return f"<body><h1>{title}</h1>\n{inner}</body>"

    def _hydrated(self, title: str, inner: str, draw: Random) -> str:
        state = f'{{"build":"{draw.getrandbits(60):x}","strings":{{"e404":"{self.voice.missing}"'
        return (
            f'<body><div id="__next"><header>{self.name}</header><main><h1>{title}</h1>{inner}'
            f"</main>{self._footer()}</div>"
            f'<script id="__NEXT_DATA__" type="application/json">{state},'
            f'"empty":"{self.voice.nothing}","login":"{self.voice.log_in}"}}}}</script>'
            '<script src="/_next/static/chunks/main.js" defer></script>'
            "<noscript>You need to enable JavaScript to run this app.</noscript></body>"
        )
