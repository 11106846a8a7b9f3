"""Dead pages of the fifth web, in the forms in which real hosts let pages go."""

from __future__ import annotations

from tests.worlds import fifth_missing as missing
from tests.worlds.fifth import Host, HostKinds, moment_of, paragraphs, to
from tests.worlds.fifth_chrome import teasers
from tests.worlds.fifth_files import pdf
from tests.worlds.fourth import data, moved
from tests.worlds.serving import PageRequest, PageResponse, Site, fails_with
from tests.worlds.sites import always
from tests.worlds.truth import Truth

KINDS = HostKinds()


def removed(h: Host, answer: Site, *, pages: int = 1, beside: bool = True) -> None:
    """Cite pages that a host answers as it answers all that it has not, and one that lives."""
    h.fallback = answer
    for _ in range(pages):
        was = h.page(h.title(), paragraphs(h.facts(5)))
        folder = h.draw.choice(("news", "item", "doc", "2011", "articles"))
        h.cite(f"/{folder}/{h.slug()}-{h.number()}", was=was)
    if beside:
        h.topic = h.title()
        h.cite(f"/news/{h.slug()}-{h.number()}", h.article(), truth=Truth.LIVING)


def lost(h: Host, answer: Site) -> None:
    """Cite a page of a host whose every address has the same answer."""
    was = h.page(h.topic, paragraphs(h.facts(5)))
    h.cite(f"/{h.slug()}/{h.number()}.html", was=was)
    h.early = answer


KINDS.add("404")(lambda h: removed(h, missing.full_404(h), pages=2))
KINDS.add("404 of the server")(lambda h: removed(h, missing.short_404(h), pages=2))
KINDS.add("410")(lambda h: removed(h, missing.gone_410(h)))
KINDS.add("soft 404")(lambda h: removed(h, missing.soft_404(h), pages=2))
KINDS.add("to the front page")(lambda h: removed(h, missing.front_302(h), pages=2))
KINDS.add("to the front page for good")(lambda h: removed(h, missing.front_301(h), pages=2))
KINDS.add("shows the front page")(lambda h: removed(h, missing.front_200(h)))
KINDS.add("to an empty search")(lambda h: removed(h, missing.search_302(h)))
KINDS.add("to an error page")(lambda h: removed(h, missing.error_page_302(h)))
KINDS.add("to the section")(lambda h: removed(h, missing.section_302(h)))
KINDS.add("empty answer")(lambda h: removed(h, missing.empty_200(h)))
KINDS.add("500")(lambda h: removed(h, missing.failing(h)))
KINDS.add("reset")(lambda h: lost(h, always(fails_with())))
KINDS.add("502 of a proxy")(lambda h: lost(h, always(data("Bad Gateway", "text/plain", 502))))


@KINDS.add("loop of redirects")
def _(h: Host) -> None:
    lost(h, lambda request: moved("/b" if request.path == "/a" else "/a"))


@KINDS.add("removed by the author")
def _(h: Host) -> None:
    page = h.shows(h.voice.removed, f"<p>{h.voice.removed}</p>")
    h.fallback = missing.full_404(h)
    h.cite(f"/post/{h.number()}", page, was=h.page(h.topic, paragraphs(h.facts(3))))


@KINDS.add("video removed")
def _(h: Host) -> None:
    page = h.shows("Video unavailable", "<p>This video has been removed by the uploader.</p>")
    h.fallback = page
    h.cite(f"/watch?v={h.number()}", was=h.page(h.topic, f"<p>{h.fact()}</p>"))


@KINDS.add("thread that does not exist")
def _(h: Host) -> None:
    inner = "<div class=error>The requested topic does not exist.</div>"
    page = h.shows("Information", inner)
    h.add("/viewtopic.php", page)
    h.cite(f"/viewtopic.php?t={h.number()}", was=h.page(h.topic, paragraphs(h.facts(3))))


@KINDS.add("paste that expired")
def _(h: Host) -> None:
    page = h.shows("Expired", "<p>This paste has expired or has been removed.</p>")
    h.fallback = page
    h.cite(f"/{h.number()}xZ", was=h.page(h.topic, paragraphs(h.facts(3))))


@KINDS.add("account that does not exist")
def _(h: Host) -> None:
    page = h.html(
        h.name, "<h2>Sorry, this page isn't available.</h2><p>The link may be broken.</p>"
    )
    h.fallback = always(page)
    h.cite(f"/@{h.slug()}", was=h.page(h.topic, paragraphs(h.facts(3))))


@KINDS.add("product to its department")
def _(h: Host) -> None:
    h.add("/c/lamps", h.shows("Lamps", teasers(h.voice, h.host, 8)))
    h.fallback = missing.full_404(h)
    for _ in range(2):
        was = h.page(h.title(), paragraphs(h.facts(2)))
        h.cite(f"/p/{h.slug()}-{h.number()}", to("/c/lamps", 301), was=was)


@KINDS.add("record without data")
def _(h: Host) -> None:
    page = h.shows("", "<dl><dt>Title</dt><dd></dd><dt>Year</dt><dd></dd></dl>", full_title=h.name)
    h.add("/record.php", page)
    h.cite(f"/record.php?id={h.number()}", was=h.page(h.topic, paragraphs(h.facts(3))))
    living = h.shows(h.title(), f"<p>{h.fact()}</p>")
    h.cite(f"/record.php?id={h.number()}", living, truth=Truth.LIVING)


@KINDS.add("database error")
def _(h: Host) -> None:
    status = h.draw.choice((500, 200))
    inner = "<h1>Error establishing a database connection</h1>"
    lost(h, always(h.html("Database Error", inner, status=status)))


@KINDS.add("fatal error")
def _(h: Host) -> None:
    text = "<br />\n<b>Fatal error</b>: Uncaught Error: Call to undefined function mysql_connect()"
    lost(h, always(data(f"{text} in <b>/var/www/inc/db.php</b> on line <b>12</b>", "text/html")))


@KINDS.add("parked by a script")
def _(h: Host) -> None:
    script = "<script>window.onload=function(){window.location.href='/lander'}</script>"
    lost(h, always(data(f"<!DOCTYPE html><html><head>{script}</head></html>", "text/html")))


@KINDS.add("parked with related links")
def _(h: Host) -> None:
    inner = (
        f"<h1>{h.host}</h1><p>Related searches: Insurance, Loans, Hotels</p><p>The domain owner "
        "may be offering this domain for sale.</p><p>Privacy Policy</p>"
        '<script src="https://www.google.com/adsense/domains/caf.js"></script>'
    )
    lost(h, always(h.html(h.host, inner)))


@KINDS.add("domain for sale")
def _(h: Host) -> None:
    sale = h.draw.choice(
        (
            f"{h.host} is for sale! Buy now for 2,988 USD. Make an offer.",
            f"您正在访问的域名 {h.host} 正在出售。This domain is for sale.",
            f"Die Domain {h.host} steht zum Verkauf. Jetzt Angebot abgeben.",
            f"Домен {h.host} продаётся. Купить домен.",
        )
    )
    lost(h, always(h.html(f"{h.host} – domain", f"<h1>{sale}</h1><form><input></form>")))


@KINDS.add("casino on an old domain")
def _(h: Host) -> None:
    def show(request: PageRequest) -> PageResponse:
        text = "Situs slot gacor hari ini, daftar akun demo pragmatic, bonus new member 100%. " * 9
        menu = '<a href="/login">LOGIN</a> <a href="/daftar">DAFTAR</a>'
        inner = f"<h1>SLOT GACOR 777</h1>{menu}<p>{text}</p><p>RTP {moment_of(request)}</p>"
        return h.html("Slot Gacor 777: Situs Judi Online Resmi", inner)

    lost(h, show)


@KINDS.add("blog on an old domain")
def _(h: Host) -> None:
    rows = "".join(
        f"<h2>Ten tips for your kitchen, part {n}</h2><p>Read more</p>" for n in range(8)
    )
    lost(h, always(h.html("Home Tips Daily", f"<h1>Home Tips Daily</h1>{rows}")))


@KINDS.add("other site on an old domain, which knows no old page")
def _(h: Host) -> None:
    rows = "".join(f"<h2>Ten tips for your kitchen, part {n}</h2>" for n in range(8))
    gone = h.html("Page not found – Home Tips Daily", "<h1>Oops!</h1>", status=404)
    front = h.html("Home Tips Daily", f"<h1>Home Tips Daily</h1>{rows}")
    lost(h, lambda request: front if request.target == "/" else gone)


@KINDS.add("site closed")
def _(h: Host) -> None:
    inner = f"<h1>{h.name}</h1><p>{h.voice.closing}</p>"
    lost(h, always(h.html(h.name, inner)))


@KINDS.add("portal closed, redirect to the notice")
def _(h: Host) -> None:
    other = f"owner-{h.host.removeprefix('www.')}"
    inner = "<h1>The service has been discontinued on 31 March.</h1><p>Thank you.</p>"
    h.others[other] = always(h.html("Service discontinued", inner))
    lost(h, to(f"https://{other}/end-of-service", 301))


@KINDS.add("company bought by another")
def _(h: Host) -> None:
    other = f"buyer-{h.host.removeprefix('www.')}"
    buyer = Host(other, h.voice, f"{h.host} buyer", Truth.LIVING)
    h.others[other] = buyer.answer
    lost(h, to(f"https://{other}/", 301))


@KINDS.add("account of a hoster suspended")
def _(h: Host) -> None:
    inner = "<h1>Account Suspended</h1><p>This Account has been suspended. Contact your hosting provider.</p>"
    if h.draw.random() < 1 / 2:
        lost(h, always(h.html("Account Suspended", inner)))
        return
    other = f"suspended-{h.host.removeprefix('www.')}"
    h.others[other] = always(h.html("Account Suspended", inner))
    lost(h, to(f"http://{other}/suspendedpage.cgi"))


@KINDS.add("page of a fresh server")
def _(h: Host) -> None:
    title, text = h.draw.choice(
        (
            ("Welcome to nginx!", "If you see this page, the nginx web server is installed."),
            ("Apache2 Ubuntu Default Page: It works", "This is the default welcome page."),
            ("IIS Windows Server", "Internet Information Services"),
            ("Default Web Site Page", "SORRY! If you are the owner of this website, contact us."),
        )
    )
    lost(h, always(h.html(title, f"<h1>{title}</h1><p>{text}</p>")))


@KINDS.add("empty system")
def _(h: Host) -> None:
    if h.draw.random() < 1 / 2:
        inner = "<h1>Hello world!</h1><p>Welcome to WordPress. This is your first post.</p>"
        title = "My Blog – Just another WordPress site"
    else:
        inner, title = "<p>No front page content has been created yet.</p>", "Welcome | Drupal"
    lost(h, always(h.html(title, inner)))


@KINDS.add("file that is a page now")
def _(h: Host) -> None:
    h.fallback = missing.front_200(h)
    h.cite(f"/fileadmin/{h.slug()}.pdf", text="PDF")
    h.cite(f"/fileadmin/{h.slug()}.pdf", data(pdf("x"), "application/pdf"), truth=Truth.LIVING)


@KINDS.add("answer of an API that says it is not there")
def _(h: Host) -> None:
    status = h.draw.choice((404, 200))
    text = '{"status":404,"error":"Not Found","message":"No such item"}'
    removed(h, always(data(text, "application/json", status)))


@KINDS.add("members only, where the page is gone")
def _(h: Host) -> None:
    h.fallback = missing.login_302(h)
    was = h.page(h.topic, paragraphs(h.facts(5)))
    why = "a login stands before all pages, those that live and those that do not"
    h.cite(f"/wiki/{h.slug()}", was=was, truth=Truth.UNDECIDABLE, why=why)


@KINDS.add("text of another day under the address")
def _(h: Host) -> None:
    removed(h, missing.news_of_the_day(h))


@KINDS.add("nameless host")
def _(h: Host) -> None:
    h.host = h.host.removesuffix(".example") + ".invalid"
    lost(h, h.article())
