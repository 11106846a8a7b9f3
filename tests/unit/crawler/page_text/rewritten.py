"""Provide pages before and after a change of their layout or their text.

Each case is a pair of HTML pages, and the range of the share of the old text that the new page
still has: `ALL`, `SOME` or `LITTLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from tests.web.prose import paragraphs, title

LANGS = ("en", "zh", "ja", "ko")
ALL, SOME, LITTLE = (0.9, 1.0), (0.5, 0.9), (0.0, 0.5)

Text = Sequence[str]
Frame = Callable[[str, Text, str], str]
Case = tuple[str, str, tuple[float, float]]


def _tags(name: str, texts: Text) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for text in texts)


def frameless(heading: str, text: Text, lang: str) -> str:
    """Return a page without any boilerplate."""
    return f"<html lang={lang}><title>{heading}</title><h1>{heading}</h1>{_tags('p', text)}"


def table_layout(heading: str, text: Text, lang: str) -> str:
    """Return a page in the style of 2003: tables, font tags and line breaks, all in a form."""
    links = "".join(
        f'<tr><td><a href="/{number}">{escape(title(number, lang))}</a></td></tr>'
        for number in range(50, 60)
    )
    body = "<br><br>".join(escape(part) for part in text)
    return (
        f"<html><title>{heading}</title><body><form action=/search><table><tr><td width=150><table>{links}</table></td>"
        f"<td><font size=4><b>{heading}</b></font><br>2003-5-1 12:00 | 1234<br><br>{body}</td></tr></table></form>"
    )


def news_portal(heading: str, text: Text, lang: str) -> str:
    """Return a page of a news portal with menus, advertisements, related links and comments."""
    links = "".join(
        f'<li><a href="/{number}">{escape(title(number, lang))}</a></li>'
        for number in range(60, 75)
    )
    notices = paragraphs(77, lang, count=3)
    return f"""<!doctype html><html lang={lang}><head><title>{heading} | Portal</title></head><body class="has-sidebar lang-{lang}">
<header><nav class="main-menu"><ul>{links}</ul></nav></header><div class="breadcrumb"><a href=/>Home</a> &gt; <a href=/n>News</a></div>
<div class="layout with-sidebar"><div class="content tag-harbour"><h1>{heading}</h1>
<div class="meta">2026-05-04 09:30 · 58,213 · <a href=#c>Comments (412)</a></div>
<div class="share-buttons"><a href=https://s.example/1>Share</a></div>{_tags("p", text[:2])}
<div class="advert-box"><p>{escape(notices[0])}</p></div>{_tags("p", text[2:])}
<section class="related-posts"><h2>Related</h2><ul>{links}</ul></section></div>
<aside class="sidebar"><p>{escape(notices[1])}</p><ul>{links}</ul></aside></div>
<div id="comments" class="comments"><div class="comment"><p>{escape(notices[2])}</p></div></div>
<div class="cookie-consent"><p>{escape(notices[2])}</p><button>OK</button></div>
<footer><p>© 2026 Portal. {escape(notices[0])}</p></footer></body></html>"""


def forum_thread(heading: str, text: Text, lang: str) -> str:
    """Return a thread of a forum: the text is the first post."""
    replies = "".join(
        f"<div class=post><div class=postbody>{escape(part)}</div></div>"
        for part in paragraphs(88, lang, count=2)
    )
    return f"<html><title>{heading}</title><body><div class=post><div class=postbody>{'<br>'.join(map(escape, text))}</div></div>{replies}"


FRAMES: Mapping[str, Frame] = {
    "plain": frameless,
    "tables": table_layout,
    "portal": news_portal,
    "board": forum_thread,
}


def retyped(text: Text) -> Text:
    """Return the text with other white space, quotation marks and half-width punctuation."""
    return [part.replace("，", ",").replace("“", '"').replace(" ", "\n ") for part in text]


def with_numbers(text: Text, number: int) -> Text:
    """Return a text with a date and a count in it."""
    return [text[0], *(f"{part} {number}:{number % 60}, {number * 31}." for part in text[1:])]


def _changed_frames(lang: str) -> Mapping[str, Case]:
    heading, text = title(1, lang), paragraphs(1, lang)
    return {
        # the replies of a forum thread are missing, which are text as well
        f"{lang}: {old} became {new}": (
            FRAMES[old](heading, text, lang),
            FRAMES[new](heading, text, lang),
            SOME if old == "board" != new else ALL,
        )
        for old in FRAMES
        for new in FRAMES
    }


def _changed_texts(lang: str) -> Mapping[str, Case]:
    heading, text, other = title(1, lang), paragraphs(1, lang), paragraphs(2, lang)
    then = news_portal(heading, text, lang)
    return {
        f"{lang}: dates and counters": (news_portal(heading, with_numbers(text, 1204), lang), news_portal(heading, with_numbers(text, 3977), lang), ALL),
        f"{lang}: respelt": (then, news_portal(heading, retyped(text), lang), ALL),
        f"{lang}: a note was added": (then, news_portal(heading, [other[0], *text, other[1]], lang), ALL),
        f"{lang}: put in another order": (then, news_portal(heading, text[::-1], lang), ALL),
        f"{lang}: a quarter was cut": (then, news_portal(heading, text[:3], lang), SOME),
        f"{lang}: a quarter was written anew": (then, news_portal(heading, [*text[:3], other[3]], lang), SOME),
        f"{lang}: only the first paragraph is left": (then, news_portal(heading, text[:1], lang), LITTLE),
        f"{lang}: another text under the same title": (then, news_portal(heading, other, lang), LITTLE),
        f"{lang}: another text and another frame": (forum_thread(heading, text, lang), table_layout(title(2, lang), other, lang), LITTLE),
        f"{lang}: a list of what there is": (then, news_portal(title(9, lang), [heading, *(title(number, lang) for number in range(20, 40))], lang), LITTLE),
    }  # fmt: skip


def rewritten_pages() -> Mapping[str, Case]:
    """Return all pairs of pages, by what happened to them."""
    found: dict[str, Case] = {}
    for lang in LANGS:
        found |= _changed_frames(lang)
        found |= _changed_texts(lang)
    return found
