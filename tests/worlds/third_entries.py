"""Living short pages of the third web amid text that varies: related titles, offers, boxes, newest pages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from random import Random

from tests.worlds.serving import Site, redirect
from tests.worlds.third import Kind, Render, SiteBuilder


def _records(
    b: SiteBuilder, inner: Mapping[str, tuple[str, str | Render]], missing: Site | None
) -> None:
    """Open a site of pages given by cited text and HTML, under one title, and cite two of them."""
    pages = {b.path(key): b.page(shown) for key, (_, shown) in inner.items()}
    for key, (text, shown) in list(inner.items())[:2]:
        old = shown(Random(f"{b.seed} old"), -9) if callable(shown) else shown
        b.cite(b.path(key), text, b.perhaps(b.before(old)))
    b.open(pages, missing)


def _beside(body: str, around: Render) -> Render:
    """Return what is drawn with some HTML before it."""
    return lambda draw, day: body + around(draw, day)


def _short(b: SiteBuilder, count: int = 3, length: int = 80) -> dict[str, tuple[str, str]]:
    """Return short entries: a heading and a line."""
    return {
        f"entry {n}": (
            b.text(n, 1).title,
            f"<h2>{escape(b.text(n, 1).title)}</h2><p>{escape(b.line(n, length))}</p>",
        )
        for n in range(count)
    }


def _any_record(b: SiteBuilder) -> None:
    """Add short entries; an unknown URL shows any of them, the cited ones included."""
    entries = _short(b, 4)
    choice = [shown for _, shown in entries.values()]
    _records(b, entries, b.page(lambda draw, _day: draw.choice(choice)))


def _led_to_any(b: SiteBuilder) -> None:
    """Add short entries; an unknown URL is led to any of them, the cited ones included."""
    entries = _short(b, 4, 200)
    targets = [b.path(key) for key in entries]
    _records(b, entries, lambda request: redirect(b.chance(request).choice(targets)))


def _latest_is_cited(b: SiteBuilder) -> None:
    """Add a blog whose newest post is cited; an unknown URL shows the newest post."""
    text = b.text("newest", b.draw.randint(1, 4))
    page = b.shows(text)
    b.cite(b.path("newest"), text.title, b.design.page(text, moment=-3))
    older = {b.path(n): b.shows(b.text(n)) for n in range(2)}
    b.open({b.path("newest"): page} | older, page)


def _related(b: SiteBuilder) -> None:
    """Add short articles with boxes of related titles; an unknown URL shows the popular titles."""
    entries = _short(b)
    titles = [text for text, _ in entries.values()] + [b.text(n).title for n in range(9, 15)]

    def box(draw: Random, _day: int) -> str:
        return "<ul>" + "".join(f"<li>{escape(t)}</li>" for t in draw.sample(titles, 6)) + "</ul>"

    _records(
        b, {key: (text, _beside(body, box)) for key, (text, body) in entries.items()}, b.page(box)
    )


def _for_you(b: SiteBuilder) -> None:
    """Add products below personal offers; an unknown URL shows offers only."""
    names = b.things(6)

    def offers(draw: Random, _day: int) -> str:
        rows = (f"<li>{escape(draw.choice(names))} {draw.randint(5, 99)}</li>" for _ in range(8))
        return "".join(rows)

    goods = {n: (n, _beside(f"<h1>{escape(n)}</h1><b>9,90</b>", offers)) for n in names[:3]}
    _records(b, goods, b.page(offers))


def _adverts(b: SiteBuilder) -> None:
    """Add short texts above long advertisements that rotate; an unknown URL shows advertisements."""

    def adverts(draw: Random, _day: int) -> str:
        return "".join(
            f"<div class=ad><p>{escape(b.text(f'ad {draw.randint(1, 30)}', 1).paragraphs[0])}</p></div>"
            for _ in range(2)
        )

    texts = {key: (text, _beside(body, adverts)) for key, (text, body) in _short(b).items()}
    _records(b, texts, b.page(adverts))


def _variants(b: SiteBuilder) -> None:
    """Add pages in two layouts that are tested against each other; an unknown URL shows teasers."""

    def variant(text: str, body: str) -> Render:
        def render(draw: Random, _day: int) -> str:
            if draw.random() < 0.5:
                return (
                    f"<div class=hero><h1>{escape(text)}</h1></div>{body}<ul>{b.rows(draw, 3)}</ul>"
                )
            return f"<aside>{b.rows(draw, 5)}</aside>{body}<p>{escape(b.line(draw.randint(1, 20)))}</p>"

        return render

    shown = {key: (text, variant(text, body)) for key, (text, body) in _short(b).items()}
    _records(b, shown, b.page(lambda draw, _day: b.rows(draw, 9)))


def _random_box(b: SiteBuilder) -> None:
    """Add a wiki's short entries beside a box with any entry; an unknown URL has the box only."""
    boxes = [shown for _, shown in _short(b, 6, 300).values()]

    def box(draw: Random, _day: int) -> str:
        return f"<div class=box>{draw.choice(boxes)}</div>"

    _records(
        b, {key: (text, _beside(body, box)) for key, (text, body) in _short(b).items()}, b.page(box)
    )


def _gallery(b: SiteBuilder) -> None:
    """Add pictures with captions and other captions around; an unknown URL shows the overview."""
    captions = [b.line(n, 50) for n in range(8)]

    def around(draw: Random, _day: int) -> str:
        return "".join(f"<figcaption>{escape(c)}</figcaption>" for c in draw.sample(captions, 5))

    picture = "<img src=/p.jpg alt=''><p>{0}</p>"
    pictures = {c: (c, _beside(picture.format(escape(c)), around)) for c in captions[:3]}
    _records(b, pictures, b.page(around))


def _dictionary(b: SiteBuilder) -> None:
    """Add words with a line each; an unknown one gets suggestions, the cited word among them."""
    words = b.things(6)
    shown: dict[str, tuple[str, str]] = {
        word: (word, f"<h1>{escape(word)}</h1><p>{escape(b.line(word, 60))}</p>")
        for word in words[:3]
    }
    suggested = b.page(lambda draw, _day: " ".join(escape(w) for w in draw.sample(words, 4)))
    _records(b, shown, suggested)


def _profile(b: SiteBuilder) -> None:
    """Add members without posts; an unknown name shows some members of today."""
    names = [f"{thing.split()[0].lower()}{b.draw.randint(1, 99)}" for thing in b.things(8)]
    shown: dict[str, tuple[str, str]] = {
        n: (n, f"<h3>{n}</h3><p>{b.draw.randint(2009, 2020)}</p>") for n in names[:3]
    }
    members = b.page(lambda draw, _day: "".join(f"<li>{n}</li>" for n in draw.sample(names, 5)))
    _records(b, shown, members)


def _video(b: SiteBuilder) -> None:
    """Add videos, a title amid related titles; an unknown one shows what is watched now."""
    names = [b.text(n).title for n in range(10)]

    def related(draw: Random, _day: int) -> str:
        return "".join(f"<a href=/w>{escape(n)}</a> " for n in draw.sample(names, 6))

    video = "<video src=/v></video><h1>{0}</h1>"
    _records(
        b, {n: (n, _beside(video.format(escape(n)), related)) for n in names[:2]}, b.page(related)
    )


def _paste(b: SiteBuilder) -> None:
    """Add pastes of a line beside the newest pastes; an unknown one shows the form and the newest."""

    def newest(draw: Random, _day: int) -> str:
        return "<form><textarea></textarea></form>" + b.rows(draw, 6)

    pastes = {
        f"{n}": (b.line(n, 40), _beside(f"<pre>{escape(b.line(n, 70))}</pre>", newest))
        for n in range(2)
    }
    _records(b, pastes, b.page(newest))


KINDS: dict[str, Kind] = {
    "short entry, any entry else": _any_record,
    "short entry, led to any entry else": _led_to_any,
    "newest post, served for all else": _latest_is_cited,
    "short article with related titles": _related,
    "product amid personal offers": _for_you,
    "short text amid advertisements": _adverts,
    "two layouts tested": _variants,
    "wiki entry with a random box": _random_box,
    "picture amid captions": _gallery,
    "dictionary, suggestions else": _dictionary,
    "profile without posts": _profile,
    "video amid related titles": _video,
    "paste beside newest pastes": _paste,
}
