"""Dead pages with a status, text or connection error that shows it."""

from __future__ import annotations

from tests.web import faults
from tests.worlds import themes
from tests.worlds.citing import add_dead_site
from tests.worlds.layout import Design
from tests.worlds.serving import (
    fails_with,
    file,
    html,
    plain_error,
    redirect,
)
from tests.worlds.sites import (
    always,
)
from tests.worlds.truth import FAILING, InventedWeb


def build(web: InventedWeb) -> None:
    """Add these pages to a web."""
    for part in (_told, _below_http):
        part(web)


def _told(web: InventedWeb) -> None:
    """Add pages whose status or text says that they are gone."""
    status = plain_error
    add_dead_site(
        web,
        Design(name="Papermill Review"),
        "papermill-review.example",
        "404",
        always(status(404)),
        explicit=True,
        ways=[""] * 12,
    )
    add_dead_site(
        web,
        Design(name="纸坊评论", lang="zh"),
        "zhifang-pinglun.example",
        "404",
        always(status(404)),
        explicit=True,
        ways=[*[""] * 9, "cited"],
    )
    add_dead_site(
        web,
        Design(name="Канатная дорога", lang="ru"),
        "kanatka.example",
        "410",
        always(status(410)),
        explicit=True,
        ways=[""] * 9,
    )
    add_dead_site(
        web,
        Design(name="Zollhaus Blätter", lang="de"),
        "www.zollhaus-blaetter.example",
        "404",
        always(
            html(
                Design(name="Zollhaus Blätter", lang="de").frame(
                    "Fehler 404", "<h1>404</h1><p>Diese Seite gibt es nicht.</p>"
                ),
                status=404,
            )
        ),
        explicit=True,
        ways=[""] * 12,
        scheme="https",
    )
    add_dead_site(
        web,
        Design(name="Gudang Cerita", lang="id"),
        "gudangcerita.example",
        "500",
        always(status(500)),
        explicit=True,
        ways=["", "", ""],
        living=0,
        has_front=False,
    )
    for lang, host in (
        ("en", "quarrybook.example"),
        ("de", "steinbruchbote.example"),
        ("ru", "kamenolomnya.example"),
        ("zh", "caishichang.example"),
        ("ja", "saisekijo.example"),
        ("id", "tambangbatu.example"),
        ("ar", "al-mahjar.example"),
        ("fr", "la-carriere.example"),
    ):
        design = Design(name=host.split(".")[0].title(), lang=lang)
        title, words = themes.TOLD[lang]
        served = html(design.frame(f"{title} - {design.name}", f"<h1>{title}</h1><p>{words}</p>"))
        add_dead_site(
            web,
            design,
            host,
            "soft 404 in usual words",
            always(served),
            explicit=True,
            ways=["", "", ""],
        )
    add_dead_site(
        web,
        Design(name="Pump Room"),
        "pumproom-api.example",
        "error in data",
        always(file(b'{"code":404,"msg":"no such document","data":null}', "application/json")),
        explicit=True,
        ways=["", ""],
        living=0,
    )
    add_dead_site(
        web,
        Design(name="Loopway"),
        "loopway.example",
        "redirect loop",
        lambda request: redirect(request.target, 301),
        explicit=True,
        ways=["", ""],
        living=0,
    )
    sale = html(
        "<title>signalbox.example is for sale</title><h1>signalbox.example</h1><p>This domain is for sale! Buy now or make an offer.</p>"
    )
    add_dead_site(
        web,
        Design(name="Signal Box"),
        "signalbox.example",
        "for sale in usual words",
        always(sale),
        explicit=True,
        ways=["", "cited"],
        living=0,
        has_front=False,
    )
    suspended = html(
        "<title>Account Suspended</title><h1>This Account has been suspended.</h1><p>Contact your hosting provider for more information.</p>"
    )
    add_dead_site(
        web,
        Design(name="Ferryman"),
        "ferryman.example",
        "suspended by the hoster",
        always(suspended),
        explicit=True,
        ways=["", ""],
        living=0,
        has_front=False,
    )
    default = html(
        "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p>"
    )
    add_dead_site(
        web,
        Design(name="Cooperage"),
        "cooperage.example",
        "server's default page",
        always(default),
        explicit=True,
        ways=["", ""],
        living=0,
        has_front=False,
    )


def _below_http(web: InventedWeb) -> None:
    """Add hosts that fail by name, connection or certificate."""
    for host, lang in (
        ("www.lampenhaus.invalid", "de"),
        ("yuchuan.invalid", "zh"),
        ("bakehouse-news.invalid", "en"),
    ):
        add_dead_site(
            web,
            Design(name=host, lang=lang),
            host,
            "name gone",
            always(plain_error(404)),
            explicit=True,
            ways=["", ""],
            living=0,
        )
    add_dead_site(
        web,
        Design(name="Granary"),
        "granary-press.example",
        "connection refused",
        always(plain_error(404)),
        explicit=True,
        ways=["", ""],
        living=0,
        accepted_states=FAILING,
    )
    web.refusing.add("granary-press.example")
    for host in ("expired.test", "wrong-host.test", "self-signed.test"):
        add_dead_site(
            web,
            Design(name=host),
            host,
            "certificate bad",
            always(plain_error(404)),
            explicit=True,
            ways=["", ""],
            living=0,
            scheme="https",
            accepted_states=FAILING,
        )
    add_dead_site(
        web,
        Design(name="Weir Gate"),
        "weirgate.example",
        "connection reset",
        always(fails_with(faults.reset)),
        explicit=True,
        ways=["", ""],
        living=0,
        accepted_states=FAILING,
    )
    add_dead_site(
        web,
        Design(name="Salt Pan"),
        "saltpan.example",
        "silence",
        always(fails_with(faults.silence)),
        explicit=True,
        ways=[""],
        living=0,
        accepted_states=FAILING,
    )
