"""Living pages of the fifth web: offices, universities, museums, shops, events, old homepages."""

from __future__ import annotations

from tests.worlds.fifth import Host, HostKinds, moment_of, paragraphs, to
from tests.worlds.fifth_chrome import teasers
from tests.worlds.fourth import data
from tests.worlds.serving import PageRequest, PageResponse
from tests.worlds.sites import always

KINDS = HostKinds()


@KINDS.add("product that is sold out")
def _(h: Host) -> None:
    number = h.number()
    inner = f"<p>{h.voice.sold_out}</p><ul><li>SKU {number}</li><li>{h.subject}</li></ul>"
    h.cite(f"/p/{h.slug()}/{number}", h.shows(h.topic, inner + f"<p>{h.fact()}</p>"))
    h.topic = h.title()
    h.cite(f"/p/{h.slug()}/{h.number()}", h.shows(h.topic, f"<p>{h.voice.sold_out}</p>"))


@KINDS.add("department that is empty")
def _(h: Host) -> None:
    h.cite("/shop/lamps/", h.shows(h.subject, f"<p>0</p><p>{h.voice.nothing}</p>"))
    h.cite(f"/shop/item-{h.number()}/", h.shows(h.topic, f"<p>{h.fact()}</p>"))


@KINDS.add("withdrawn guidance")
def _(h: Host) -> None:
    note = f"<div class=banner>This guidance was withdrawn on 4 May {h.draw.randrange(2012, 2020)}"
    h.cite(
        f"/guidance/{h.slug()}",
        h.shows(f"[Withdrawn] {h.topic}", f"{note}</div>{paragraphs(h.facts(2))}"),
    )


@KINDS.add("repealed law")
def _(h: Host) -> None:
    inner = "<p>1.-12. (repealed)</p><p>13. (deleted)</p>"
    h.cite(f"/eli/act/1987/{h.number()}", h.shows(f"Act 1987/{h.number()}", inner))
    h.cite(f"/eli/act/1988/{h.number()}", h.shows(h.topic, f"<p>§ 1 {h.fact()}</p>"))


@KINDS.add("list that is empty today")
def _(h: Host) -> None:
    h.cite("/events/", h.shows(h.voice.menu[2], f"<p>{h.voice.none_today}</p>"))
    h.cite("/jobs/", h.shows(h.voice.menu[-1], f"<p>{h.voice.none_today}</p>"), text="Jobs")


@KINDS.add("list that is empty on some days")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        full = teasers(h.voice, f"{h.host} {request.day}", 3)
        inner = full if request.day in (-1, 0, 2) else f"<p>{h.voice.none_today}</p>"
        return h.page(h.subject, inner, moment=moment_of(request))

    h.cite("/tenders/open", show)


@KINDS.add("seasonal page")
def _(h: Host) -> None:
    was = h.page(h.topic, paragraphs(h.facts(5)))
    inner = f"<p>Closed for the season. {h.voice.none_today}</p>"
    h.cite("/market/", h.shows(h.topic, inner), was=was)


@KINDS.add("cancelled event")
def _(h: Host) -> None:
    inner = f"<p>CANCELLED</p><p>{h.fact()}</p><p>Registration is closed.</p>"
    h.cite(f"/conference/{h.draw.randrange(2005, 2020)}/", h.shows(h.topic, inner))


@KINDS.add("object without image")
def _(h: Host) -> None:
    rows = f"<dl><dt>Inv.</dt><dd>{h.number()}</dd><dt>No image available</dt></dl>"
    for _ in range(2):
        title = h.title()
        h.cite(f"/collection/object/{h.number()}", h.shows(title, rows), text=title)


@KINDS.add("book on loan")
def _(h: Host) -> None:
    inner = "<p>0 of 1 copies available. No online access. Not available for loan.</p>"
    h.cite(f"/record={h.number()}", h.shows(h.topic, inner))
    h.cite(f"/record={h.number()}", h.shows(h.title(), inner))


@KINDS.add("former member")
def _(h: Host) -> None:
    inner = "<p>This person has left the university. The profile is no longer updated.</p>"
    h.cite(f"/people/{h.slug()}", h.shows(f"Prof. {h.place}", inner))
    inner = "<p>Former member. Seat vacant.</p>"
    h.cite(f"/members/{h.number()}", h.shows(f"M. {h.place}", inner))


@KINDS.add("course not offered")
def _(h: Host) -> None:
    inner = "<p>This course is not offered this year.</p><p>Prerequisites: none.</p>"
    h.cite(f"/courses/{h.number()}", h.shows(h.topic, inner))


@KINDS.add("old homepage")
def _(h: Host) -> None:
    text = f"<html><head><title>{h.topic}</title></head><body bgcolor=#c0c0c0><h1>{h.topic}</h1>"
    body = "".join(f"<p>{each}\n" for each in h.facts(4)) + "<hr>Under construction! 1998"
    encoding = {"ru": "koi8-r", "ja": "shift_jis", "ko": "euc-kr", "zh": "gbk", "th": "tis-620"}
    code = encoding.get(h.voice.code, "windows-1252")
    raw = (text + body).encode(code, "xmlcharrefreplace")
    h.cite(f"/~{h.voice.code}user/{h.slug()}.htm", data(raw, "text/html"))
    h.cite(f"/~{h.voice.code}user/", data(raw.replace(b"<hr>", b"<hr size=3>"), "text/html"))


@KINDS.add("frameset")
def _(h: Host) -> None:
    frames = '<frameset cols="20%,*"><frame src="menu.htm"><frame src="start.htm"></frameset>'
    text = f"<html><head><title>{h.name}</title></head>{frames}</html>"
    h.cite(f"/{h.slug()}/index.htm", data(text, "text/html"))


@KINDS.add("front page cited")
def _(h: Host) -> None:
    h.cite("/", text=h.name)
    h.cite("/index.html", to("/", 301), text=h.name)


@KINDS.add("site of one page")
def _(h: Host) -> None:
    page = h.shows(h.name, paragraphs(h.facts(3)), full_title=h.name)
    h.front = h.fallback = page
    h.cite("/", text=h.name)
    h.cite("/index.php", text=h.name)


@KINDS.add("front page whose host sends all to a start page")
def _(h: Host) -> None:
    h.add("/web/guest/home", h.shows(h.name, paragraphs(h.facts(3)), full_title=h.name))
    h.front = to("/web/guest/home")
    h.fallback = to("/web/guest/home")
    h.cite("/", text=h.name)
    h.cite(f"/web/guest/{h.slug()}", h.article())


@KINDS.add("portal that changed a lot")
def _(h: Host) -> None:
    was = h.page(h.name, paragraphs(h.facts(12)), full_title=h.name)
    h.cite("/", text=h.name, was=was)


@KINDS.add("page that was rewritten")
def _(h: Host) -> None:
    was = h.page(h.topic, paragraphs(h.facts(9)), full_title=h.topic)
    title = f"{h.place}: {h.fact()[:30]}"
    h.cite(f"/about/{h.slug()}", h.shows(title, paragraphs(h.facts(3))), was=was)


@KINDS.add("value of the day")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        level = 200 + (request.day * 37 + request.number) % 90
        return h.page(h.place, f"<p><b>{level} cm</b></p>", moment=moment_of(request))

    h.cite(f"/pegel/{h.number()}", show, text=h.place)


@KINDS.add("page of one sentence")
def _(h: Host) -> None:
    for _ in range(2):
        h.title()
        h.cite(f"/place.php?id={h.number()}", h.shows(h.place, f"<p>{h.fact()}</p>"), text=h.place)


@KINDS.add("sold house")
def _(h: Host) -> None:
    inner = f"<p>SOLD</p><p>{h.fact()}</p>"
    h.cite(f"/lot/{h.number()}", h.shows(h.topic, inner))
    filled = "<p>This position has been filled.</p>"
    h.cite(f"/jobs/{h.number()}", h.shows(h.topic, f"{filled}<p>{h.fact()}</p>"))


@KINDS.add("closed project")
def _(h: Host) -> None:
    inner = f"<p>Funding unsuccessful. This project was canceled.</p><p>{h.fact()}</p>"
    h.cite(f"/projects/{h.slug()}", h.shows(h.topic, inner))
    closed = f"<p>This petition is closed.</p><p>{h.fact()}</p>"
    h.cite(f"/petitions/{h.number()}", h.shows(h.topic, closed))


@KINDS.add("data set that has been superseded")
def _(h: Host) -> None:
    inner = "<p>A newer version exists. This version is no longer available for download.</p>"
    h.cite(f"/dataset/{h.slug()}", h.shows(h.topic, inner + f"<p>{h.fact()}</p>"))


@KINDS.add("withdrawn standard")
def _(h: Host) -> None:
    number = h.draw.randrange(1000, 19000)
    inner = "<p>Status: Withdrawn</p><p>Stage: 95.99</p>"
    h.cite(f"/standard/{number}.html", h.shows(f"ISO {number}:1994", inner))


@KINDS.add("search cited")
def _(h: Host) -> None:
    rows = teasers(h.voice, h.host, 5)
    h.cite(f"/search?q={h.slug()}", h.shows(h.voice.menu[4], rows), text="search")
    nothing = h.shows(h.voice.menu[4], f"<p>{h.voice.nothing}</p>")
    h.cite("/find?words=kelp", nothing, text="search for kelp")


@KINDS.add("record in the address's query")
def _(h: Host) -> None:
    number = h.number()
    h.add("/Record.aspx", to("/"))
    for step in range(3):
        title = h.title()
        target = f"/Record.aspx?lang={h.voice.code}&id={number + step}"
        h.cite(target, h.shows(title, f"<p>{h.fact()}</p>"), text=title)


@KINDS.add("host that has a page of errors as its front")
def _(h: Host) -> None:
    h.front = always(h.missing(404))
    h.cite(f"/files/{h.slug()}.html", h.article())


@KINDS.add("page with a canonical address that is the front page")
def _(h: Host) -> None:
    head = f'<link rel="canonical" href="{h.root}"><meta name="robots" content="noindex">'
    h.cite(f"/content/{h.slug()}", h.article(head=head))
