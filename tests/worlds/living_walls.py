"""Living pages that a program cannot read, or cannot read every day."""

from __future__ import annotations

from collections.abc import Sequence

from tests.web import faults
from tests.worlds.citing import cite_living
from tests.worlds.layout import Design
from tests.worlds.serving import (
    PageResponse,
    Site,
    fails_with,
    html,
    plain_error,
    redirect,
)
from tests.worlds.sites import (
    always,
    fails_on,
    fails_once,
    shows,
    site,
)
from tests.worlds.texts import Article, article
from tests.worlds.truth import InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_walls, _teasers, _ill):
        part(web)


def _walls(web: InventedWeb) -> None:
    """Add pages that readers see and programs do not."""
    consent = Design(name="Morgenblatt", lang="de")
    wall = html(
        consent.frame(
            "Ihre Privatsphäre - Morgenblatt",
            "<h1>Wir und unsere Partner</h1><p>Stimmen Sie der Nutzung von Cookies zu, um weiterzulesen.</p><button>Einverstanden</button>",
        )
    )
    web.add_site(
        "www.morgenblatt.example",
        lambda request: (
            wall
            if request.path == "/einwilligung"
            else redirect(f"/einwilligung?zurueck={request.path}")
        ),
    )
    overlay = Design(name="Le Phare", lang="fr")
    banner = "<div id=cookies><p>Nous utilisons des cookies. Accepter ou refuser.</p><button>Accepter</button></div>"
    script = '<html><head><title></title></head><body><script>document.cookie="k="+(7*191);location.reload();</script></body></html>'
    waiting = "<html><head><title>稍候</title></head><body><p>正在确认您不是机器人，请稍候……</p><script src='/wz/guard.js'></script></body></html>"
    sites: Sequence[tuple[str, str, str, Site]] = (
        (
            "shieldmaps.example",
            "en",
            "wall for programs",
            always(
                html(
                    "<html><head><title>Just a moment...</title></head><body><script src='/cdn-cgi/challenge-platform/x.js'></script></body></html>",
                    status=403,
                )
            ),
        ),
        (
            "tollbridge-times.example",
            "en",
            "wall for programs",
            always(
                html(
                    "<title>Payment Required</title><p>This site charges for automated access.</p>",
                    status=402,
                    crawler_price="USD 0.01",
                )
            ),
        ),
        (
            "schankordnung.example",
            "de",
            "wall for programs",
            always(html("<title>451</title><p>Aus rechtlichen Gründen gesperrt.</p>", status=451)),
        ),
        ("fencepost.example", "en", "wall for programs", always(plain_error(403))),
        ("liangting.example", "zh", "wall for programs, status 200", always(html(waiting))),
        ("gerbang.example", "id", "wall for programs, status 200", always(html(script))),
        (
            "bibliothek-sued.example",
            "de",
            "wall for programs",
            always(html("<title>Zugriff</title><p>Zu viele Anfragen.</p>", status=429)),
        ),
        (
            "dengyun.example",
            "zh",
            "wall for programs",
            always(
                html(
                    "<title>安全验证</title><p>请完成滑动验证后继续访问</p><div class='nc-container'></div>",
                    status=405,
                )
            ),
        ),
        (
            "profiles.example",
            "en",
            "wall for programs",
            always(
                PageResponse(
                    status=999,
                    body=b"<html><body></body></html>",
                    headers={"Content-Type": "text/html"},
                )
            ),
        ),
        (
            "klub-chitateley.example",
            "ru",
            "login",
            lambda request: (
                html(
                    "<title>Вход</title><form method=post><input name=u><input type=password name=p><button>Войти</button></form>"
                )
                if request.path == "/login"
                else redirect(f"/login?next={request.path}", 302)
            ),
        ),
        (
            "phare-journal.example",
            "fr",
            "cookie banner",
            site(
                {
                    f"/a/{n}": shows(overlay, article("fr", f"phare /a/{n}"), below=banner)
                    for n in range(2)
                }
            ),
        ),
    )
    for host, lang, kind, served in sites:
        web.add_site(host, served)
        for number in range(4 if kind == "login" else 2):
            seed = f"phare /a/{number}" if kind == "cookie banner" else f"{host} {number}"
            text = article(lang, seed)
            cite_living(
                web,
                f"https://{host}/a/{number}",
                kind,
                text.title,
                memento=Design(name=host, lang=lang).page(text, moment=-1) if number % 2 else "",
                mirror=bool(number % 2),
            )
    for number in range(4):
        text = article("de", f"morgenblatt {number}")
        cite_living(
            web,
            f"https://www.morgenblatt.example/artikel/{number}",
            "cookie wall",
            text.title,
            memento=consent.page(text, moment=-1) if number else "",
            mirror=bool(number),
        )


def _teasers(web: InventedWeb) -> None:
    """Add articles behind a paywall, of which the archive has the full text."""
    design = Design(name="Der Pegel", lang="de")
    offer = "<div class=abo><p>Weiterlesen mit Abo. Jetzt vier Wochen testen. Schon Abonnent? Anmelden.</p></div>"
    pages: dict[str, Site] = {}
    for number in range(3):
        text = article("de", f"pegel {number}")
        teaser = Article("de", text.title, text.paragraphs[:1])
        pages[f"/plus/{number}"] = shows(design, teaser, below=offer)
        cite_living(
            web,
            f"https://pegel.example/plus/{number}",
            "login, teaser",
            text.title,
            memento=design.page(text, moment=-1),
            mirror=True,
        )
    web.add_site("pegel.example", site(pages))


def _ill(web: InventedWeb) -> None:
    """Add sites that fail for a day, or at the first request."""
    design = Design(name="Patchwork Press")
    text = [article("en", f"patchwork {n}") for n in range(4)]
    served = [shows(design, text[n]) for n in range(4)]
    down = html("<title>Maintenance</title><p>Back soon.</p>", status=503, retry_after="120")
    pages: dict[str, Site] = {
        "/p/0": fails_once(plain_error(500), served[0]),
        "/p/1": fails_on([0], plain_error(502), served[1]),
        "/p/2": fails_on([0], down, served[2]),
        "/p/3": fails_once(fails_with(faults.reset), served[3]),
    }
    web.add_site("patchwork.example", site(pages))
    for number in range(4):
        cite_living(
            web,
            f"http://patchwork.example/p/{number}",
            "fails for a day",
            text[number].title,
            failing_days=[0] if number in (1, 2) else [],
        )
    flaky = Design(name="Sommerhaus", lang="de")
    garden = article("de", "garten")
    page = fails_on([8], plain_error(404), shows(flaky, garden))
    web.add_site("sommerhaus.example", site({"/garten": page}))
    cite_living(
        web,
        "https://sommerhaus.example/garten",
        "fails for a day",
        garden.title,
        failing_days=[8],
    )
