"""Living data, files and pages without text, of the fourth web."""

from __future__ import annotations

import json

from tests.worlds.fourth import Kinds, SiteMaker, data
from tests.worlds.serving import PageResponse
from tests.worlds.sites import always

KINDS = Kinds()


@KINDS.add("JSON with an empty error field")
def _(s: SiteMaker) -> None:
    s.cite(
        f"/api/v1/items/{s.draw.randrange(999)}",
        f"{s.topic} (API)",
        data(
            json.dumps(
                {
                    "error": None,
                    "errors": [],
                    "status": "ok",
                    "data": {"name": s.topic, "text": s.sentence()},
                }
            ),
            "application/json",
        ),
    )


@KINDS.add("JSON shaped like an API's 404")
def _(s: SiteMaker) -> None:
    s.cite(
        "/api/codes/404",
        "404 (status code API)",
        data(
            json.dumps({"code": 404, "message": "Not Found", "description": s.sentence()}),
            "application/json",
        ),
    )


@KINDS.add("JSON record with 'status': 404 as data")
def _(s: SiteMaker) -> None:
    s.cite(
        "/crawl/log/77.json",
        "crawl record 77",
        data(
            json.dumps(
                {
                    "status": 404,
                    "error": "Not Found",
                    "url": "http://x.example/",
                    "seen": "2015-03-02",
                }
            ),
            "application/json",
        ),
    )


@KINDS.add("JSON of an empty list")
def _(s: SiteMaker) -> None:
    s.cite(
        "/api/v2/alerts",
        "current alerts (API)",
        data(s.draw.choice(["[]", "{}", "null", '{"results": []}']), "application/json"),
    )


@KINDS.add("JSON served as HTML")
def _(s: SiteMaker) -> None:
    s.cite(
        "/data/get.php?id=7",
        "record 7",
        data(json.dumps({"id": 7, "text": s.sentence()}), "text/html"),
    )


@KINDS.add("XML record with an error element")
def _(s: SiteMaker) -> None:
    s.cite(
        "/oai?verb=GetRecord&id=7",
        "OAI record",
        data(
            f'<?xml version="1.0"?><record><error code="0"/><title>{s.topic}</title></record>',
            "text/xml",
        ),
    )


@KINDS.add("OAI answer 'noRecordsMatch'")
def _(s: SiteMaker) -> None:
    s.cite(
        "/oai?verb=ListRecords&from=2030-01-01",
        "OAI",
        data(
            '<?xml version="1.0"?><OAI-PMH><error code="noRecordsMatch">No records</error></OAI-PMH>',
            "text/xml",
        ),
    )


@KINDS.add("feed without entries")
def _(s: SiteMaker) -> None:
    s.cite(
        "/feed.xml",
        "RSS",
        data(
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{s.name}</title></channel></rss>',
            "application/rss+xml",
        ),
    )


@KINDS.add("tiny CSV or text file")
def _(s: SiteMaker) -> None:
    s.cite(
        "/data/404.csv",
        "404.csv",
        data(
            s.draw.choice(
                ["id,error\n1,not found\n", "0\n", "not found\n", "error,count\n404,3\n"]
            ),
            s.draw.choice(["text/csv", "text/plain"]),
        ),
    )


@KINDS.add("empty data file")
def _(s: SiteMaker) -> None:
    s.cite("/src/__init__.py", "__init__.py", data("", "text/plain"))


@KINDS.add("PDF, also with a wrong type")
def _(s: SiteMaker) -> None:
    s.cite(
        "/docs/report.pdf",
        s.topic,
        data(
            b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
            s.draw.choice(
                ["application/pdf", "application/octet-stream", "text/html", "text/plain", None]
            ),
        ),
    )


@KINDS.add("image, SVG or audio cited by itself")
def _(s: SiteMaker) -> None:
    body, type_ = s.draw.choice(
        [
            (b"\x89PNG\r\n\x1a\n" + bytes(60), "image/png"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><text>404</text></svg>", "image/svg+xml"),
            (b"ID3" + bytes(90), "audio/mpeg"),
        ]
    )
    s.cite("/media/7", s.topic, data(body, type_))


@KINDS.add("directory listing")
def _(s: SiteMaker) -> None:
    s.cite(
        "/pub/old/",
        "FTP mirror",
        s.html(
            "Index of /pub/old",
            "<h1>Index of /pub/old</h1><pre><a href=..>Parent Directory</a></pre>",
        ),
    )


SHELL = '<div id="root"></div><script src="/app.js"></script>'


@KINDS.add("JavaScript application, one shell for every path")
def _(s: SiteMaker) -> None:
    shell = s.html(s.name, SHELL)
    s.pages["/"] = s.fallback = always(shell)
    s.cite(f"/articles/{s.draw.randrange(999)}", s.topic, was=s.article())


@KINDS.add("JavaScript application that asks for JavaScript")
def _(s: SiteMaker) -> None:
    shell = s.html(s.name, f"<noscript>{s.tongue.script}</noscript>" + SHELL)
    s.pages["/"] = s.fallback = always(shell)
    s.cite(f"/p/{s.draw.randrange(999)}", s.topic, was=s.article())


@KINDS.add("JavaScript application with status 404 for deep routes")
def _(s: SiteMaker) -> None:
    shell = s.html(s.name, SHELL)
    s.pages["/"] = always(shell)
    s.fallback = always(s.html(s.name, SHELL, status=404))
    s.cite(f"/view/{s.draw.randrange(999)}", s.topic, was=s.article())


@KINDS.add("hash route")
def _(s: SiteMaker) -> None:
    shell = s.html(s.name, SHELL)
    s.pages["/"] = always(shell)
    s.cite(f"/#/item/{s.draw.randrange(999)}", s.topic)


@KINDS.add("frameset or iframe only")
def _(s: SiteMaker) -> None:
    s.cite("/museum/", s.topic, s.html(s.name, '<iframe src="/inner.html"></iframe>'))
    s.add("/inner.html", s.article())


@KINDS.add("image, map or canvas only")
def _(s: SiteMaker) -> None:
    s.cite(
        "/scan/12",
        s.topic,
        s.html(
            "",
            s.draw.choice(
                [
                    "<img src=/s/12.jpg>",
                    "<canvas id=c></canvas><script src=/g.js></script>",
                    "<object data=/map.svg></object>",
                    "<video src=/v.mp4></video>",
                ]
            ),
        ),
    )


@KINDS.add("catalogue, all pages by one template")
def _(s: SiteMaker) -> None:
    def item(n: int) -> PageResponse:
        return s.page(f"{s.tongue.things[0]}", [f"Inv. {n}", "No image available"])

    for n in range(4000, 4006):
        s.add(f"/object/{n}", item(n))
    s.cite("/object/4002", f"Inv. 4002 ({s.name})")


@KINDS.add("catalogue with soft 404s near its records")
def _(s: SiteMaker) -> None:
    s.fallback = lambda _request: s.page(s.name, [s.tongue.none_found, "Inv."])
    s.cite(
        "/object/17",
        f"Inv. 17 ({s.name})",
        s.page(s.name, ["Inv. 17", s.tongue.none_found + " (image)"]),
    )


@KINDS.add("wiki stub or empty category")
def _(s: SiteMaker) -> None:
    t = s.thing()
    s.cite(f"/wiki/Category:{s.draw.randrange(99)}", t, s.page(t, [s.tongue.none_found]))
