"""Living pages of the fifth web at redirects and made-up addresses, and hosts of which much is cited."""

from __future__ import annotations

import calendar
from zlib import crc32

from tests.worlds.fifth import Host, HostKinds, moment_of, paragraphs, to
from tests.worlds.fifth_chrome import teasers
from tests.worlds.fifth_files import pdf
from tests.worlds.fourth import data, moved
from tests.worlds.serving import PageRequest, PageResponse
from tests.worlds.truth import Truth

KINDS = HostKinds()


def other_host(h: Host, prefix: str) -> Host:
    """Return a further host that belongs to a host."""
    name = f"{prefix}-{h.host.removeprefix('www.')}"
    other = Host(name, h.voice, f"{h.host} {prefix}", h.truth)
    other.scheme = "https"
    h.others[name] = other.answer
    return other


@KINDS.add("converter")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        what = request.path.rpartition("/")[2].replace("-", " ")
        inner = f"<p>{what} = {len(what) * 1.609:.3f}</p><table><tr><td>1<td>1.609</table>"
        return h.page(what, inner, moment=moment_of(request))

    h.fallback = show
    h.cite("/convert/12-km-to-miles", text="12 km to miles")
    h.cite("/convert/7-stone-to-kg", text="7 stone to kg")


@KINDS.add("month of a calendar")
def _(h: Host) -> None:
    def route(request: PageRequest) -> PageResponse | None:
        if request.path.startswith("/calendar/"):
            asked = request.path[10:] if request.path == "/calendar/1999/03" else "2026/03"
            year, month = map(int, asked.split("/"))
            weeks = calendar.monthcalendar(year, month)
            rows = "".join(f"<tr>{''.join(f'<td>{day}' for day in week)}" for week in weeks)
            return h.page(asked, f"<table>{rows}</table><p>{h.voice.none_today}</p>")
        return None

    h.early = route
    h.cite("/calendar/1999/03", text="March 1999")


@KINDS.add("page merged into a page with anchors")
def _(h: Host) -> None:
    h.add("/people/", h.shows(h.voice.menu[5], paragraphs(h.facts(9))))
    h.cite("/people/wermuth.html", to("/people/#wermuth", 301), text="Ilse Wermuth")
    h.cite(f"/faq/{h.number()}", to("/faq#q23", 301))
    h.add("/faq", h.article("FAQ", 9))


@KINDS.add("latest version")
def _(h: Host) -> None:
    h.skin = "docs"
    h.add("/docs/5.2/install.html", h.article("Install"))
    h.add("/docs/5.2/", h.article("Manual"))
    h.cite("/docs/latest/install.html", to("/docs/5.2/install.html"), text="Install")
    h.cite("/docs/", to("/docs/5.2/"), text="Manual")


@KINDS.add("book whose address leads to its first chapter")
def _(h: Host) -> None:
    h.add("/book/chapter-1", h.article())
    h.cite("/book", to("/book/chapter-1"))
    h.add("/course/", h.article(h.title()))
    h.cite("/course/index.html", to("/course/", 301))


@KINDS.add("homepage of a person that has its own host")
def _(h: Host) -> None:
    other = other_host(h, "wermuth")
    other.name = "Ilse Wermuth"
    h.cite("/~wermuth/", to(other.root, 301), text="Ilse Wermuth")


@KINDS.add("blog that moved into a host's folder")
def _(h: Host) -> None:
    other = other_host(h, "group")
    other.add("/blog/", other.shows(h.name, teasers(h.voice, h.host, 7)))
    h.early = lambda request: moved(f"{other.root}blog/", 301) if request.target == "/" else None
    h.cite("/", text=h.name)


@KINDS.add("file behind a signed address")
def _(h: Host) -> None:
    other = other_host(h, "cdn")
    other.add(f"/o/{h.slug()}.pdf", data(pdf(h.topic), "application/pdf"))
    path = next(iter(other.pages))
    h.cite(
        f"/download/{h.number()}",
        lambda request: moved(f"{other.root}{path[1:]}?sig={request.number}{request.day}"),
    )


@KINDS.add("mobile host")
def _(h: Host) -> None:
    other = other_host(h, "m")
    page = f"/{h.slug()}/{h.number()}"
    other.add(page, h.article())
    other.fallback = h.fallback
    h.early = lambda request: moved(f"{other.root}{request.target[1:]}")
    h.cite(page)


@KINDS.add("weather of a place")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        place = request.path.strip("/").title()
        value = (request.day * 31 + request.number * 7 + crc32(request.path.encode())) % 40
        return h.page(place, f"<p>{value} °C</p>" * 3, moment=moment_of(request))

    h.fallback = show
    h.cite("/carrow", text="Weather in Carrow")
    h.cite("/", text=h.name)


@KINDS.add("print version and tracking")
def _(h: Host) -> None:
    path = f"/story/{h.number()}"
    page = h.article()
    h.cite(f"{path}?print=1", page)
    h.add(path, page)
    h.cite(f"{path}?utm_source=mail&utm_medium=mail")


@KINDS.add("records that differ by a number")
def _(h: Host) -> None:
    for _ in range(4):
        code = h.draw.randrange(0x2000, 0x9FFF)
        rows = f"<tr><td>Code</td><td>U+{code:X}</td></tr><tr><td>Decimal</td><td>{code}</td></tr>"
        note = f"<p>{h.voice.no_comments}</p>"
        page = h.shows(f"U+{code:X}", f"<table>{rows}</table>{note}")
        h.cite(f"/char/{code:x}", page, text=f"U+{code:X}")


@KINDS.add("large host")
def _(h: Host) -> None:
    for number in range(8):
        h.topic = h.title()
        h.cite(f"/article/{h.slug()}-{h.number()}", h.article(count=1 + number % 4))
    h.cite(f"/article/{h.slug()}-{h.number()}", h.shows(h.voice.missing, paragraphs(h.facts(4))))
    h.cite("/article/", h.shows(h.voice.menu[0], teasers(h.voice, h.host, 12)), text="articles")
    for _ in range(2):
        was = h.page(h.title(), paragraphs(h.facts(4)))
        target = f"/article/{h.slug()}-{h.number()}"
        why = "whether a page that the host answers in its usual way is gone depends on that way"
        h.cite(target, was=was, truth=Truth.UNDECIDABLE, why=why)


@KINDS.add("archive with many short pages")
def _(h: Host) -> None:
    for number in range(6):
        title = f"Letter {h.draw.randrange(1, 900)}"
        inner = f"<p>No transcription available.</p><p>Folio {number}</p>"
        h.cite(f"/letters/{h.number()}", h.shows(title, inner), text=title)


@KINDS.add("gallery of errors")
def _(h: Host) -> None:
    inner = f"<p>{h.voice.missing}. {h.voice.missing_long}</p>" * 2 + f"<p>{h.fact()}</p>"
    h.cite("/gallery/404", h.shows(h.draw.choice(("404", h.voice.missing)), inner), text="404")
    h.cite("/404", h.shows("Peugeot 404", paragraphs(h.facts(3))), text="Peugeot 404")


@KINDS.add("report on a sale of domains")
def _(h: Host) -> None:
    texts = ["This domain is for sale, said the page in 2007. Buy this domain!", *h.facts(4)]
    h.cite(f"/news/{h.slug()}", h.shows(f"{h.subject}.com is for sale", paragraphs(texts)))
    texts = ["This account has been suspended.", *h.facts(2)]
    h.cite(f"/news/{h.slug()}-2", h.shows("Account suspended", paragraphs(texts)))
