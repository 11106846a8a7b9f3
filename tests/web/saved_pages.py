"""Pages for tests of the local archive: ordinary ones, and ones that are hard to save.

`RAW` has every answer as its server writes it: what is kept can be compared with it byte by byte.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from crawler.demo.responses import document, redirect, status
from crawler.demo.web import ANY, Behaviour, Sites
from tests.web.faults import written

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
FONT = b"wOF2" + bytes(reversed(range(256))) * 4
_TEXT = " ".join(
    f"Sentence {number} of a page that somebody cited, and that ought to stay."
    for number in range(40)
)


def html(
    title: str, *, head: str = "", body: str = "", encoding: str = "utf-8", text: str = _TEXT
) -> bytes:
    page = f"<!doctype html><html><head><meta charset={encoding}><title>{title}</title>{head}</head><body><p>{text}</p>{body}</body></html>"
    return page.encode(encoding)


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def answer(
    body: bytes,
    *headers: str,
    content_type: str = "text/html; charset=utf-8",
    framed: bool = True,
    line: str = "HTTP/1.1 200 OK",
) -> bytes:
    """Return a response as sent, with a Content-Length unless its body is framed in another way."""
    named = [
        f"Content-Type: {content_type}",
        *headers,
        *([f"Content-Length: {len(body)}"] if framed else []),
    ]
    return "\r\n".join([line, *named, "", ""]).encode("latin-1") + body


_STYLE = b'@import "deeper.css"; body { background: url( "/i/paper.png" ) } /* url(never.png) */ @font-face { font-family: F; src: url(../f/face.woff2) }'
_RICH = html(
    "A page with everything",
    head='<base href="/rich/"><link rel=stylesheet href="s/main.css"><link rel="icon" href="/favicon.ico"><style>h1{background:url(inline.png)}</style>',
    body='<img src="one.png" srcset="two.png 2x, three.png 3x"><picture><source srcset="four.webp"></picture><img data-src="late.png">'
    '<img src="http://cdn.test/shared.png"><img src="http://inside.internal/secret.png"><img src="http://cdn.test/signed.png?token=abc">'
    '<img src="missing.png"><script src="app.js"></script><div style="background:url(styled.png)"></div><img src="data:image/png;base64,AA">',
)
_GBK = html(
    "新闻",
    encoding="gbk",
    text="青石镇的图书馆明年重新开放。" * 30,
    body='<img src="图.png?名=图">',
)
_PLAIN = html("Plain")
_DEFLATED = zlib.compress(html("Deflated"))

# the whole answer, by URL
RAW: dict[str, bytes] = {
    "http://keep.test/plain": answer(
        _PLAIN, "X-Odd:   two  spaces ", "Set-Cookie: a=1", "Set-Cookie: b=2"
    ),
    "http://keep.test/same": answer(_PLAIN, "X-Other: yes"),
    "http://keep.test/gzip": answer(
        gzip.compress(html("Zipped"), mtime=0), "Content-Encoding: gzip"
    ),
    "http://keep.test/deflate": answer(_DEFLATED, "Content-Encoding: deflate"),
    "http://keep.test/chunked": answer(
        chunked(html("In chunks")[:99], html("In chunks")[99:]),
        "Transfer-Encoding: chunked",
        framed=False,
    ),
    "http://keep.test/zipped-chunks": answer(
        chunked(gzip.compress(html("Zipped in chunks"), mtime=0)),
        "Content-Encoding: gzip",
        "transfer-encoding: chunked",
        framed=False,
    ),
    "http://keep.test/trailers": answer(
        chunked(html("With trailers"), end=b"0\r\nX-Sum: 1\r\n\r\n"),
        "Transfer-Encoding: chunked",
        "Trailer: X-Sum",
        framed=False,
    ),
    "http://keep.test/to-the-end": answer(
        html("Until it hangs up"), "Connection: close", framed=False, line="HTTP/1.0 200 Fine"
    ),
    "http://keep.test/gbk": answer(_GBK, content_type="text/html; charset=gbk"),
    "http://keep.test/undeclared": answer(
        _GBK.replace(b"<meta charset=gbk>", b""), content_type="text/html"
    ),
    "http://keep.test/file.pdf": answer(
        b"%PDF-1.7\n" + bytes(5000), content_type="application/pdf"
    ),
    "http://keep.test/early": b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
    + answer(html("After a hint")),
    "http://keep.test/query?b=2&a=1": answer(html("Asked")),
    "http://keep.test/rich/": answer(_RICH),
}


SHOWN = (
    *(
        f"http://keep.test/rich/{name}"
        for name in (
            "one.png",
            "two.png",
            "three.png",
            "four.webp",
            "late.png",
            "inline.png",
            "styled.png",
        )
    ),
    *(
        f"http://keep.test/rich/s/{name}"
        for name in ("main.css", "deeper.css", "deepest.css", "deep.png", "deepest.png")
    ),
    *(
        f"http://keep.test/{name}"
        for name in (
            "rich/f/face.woff2",
            "i/paper.png",
            "favicon.ico",
            "%E5%9B%BE.png?%C3%FB=%CD%BC",
            "ok.png",
        )
    ),
    "http://cdn.test/shared.png",
)


def content(url: str) -> bytes:
    """Return the body of a response of `RAW`: chunks joined, content coding kept."""
    final = RAW[url][RAW[url].rfind(b"HTTP/1.") :]
    head, _, body = final.partition(b"\r\n\r\n")
    if b"chunked" not in head.lower():
        return body
    pieces = b""
    while (length := int(body.partition(b"\r\n")[0], 16)) != 0:
        body = body.partition(b"\r\n")[2]
        pieces, body = pieces + body[:length], body[length + 2 :]
    return pieces


def _raw(url: str) -> Behaviour:
    interim, final = RAW[url].rfind(b"HTTP/1."), RAW[url]
    end = final.index(b"\r\n\r\n", interim) + 4
    return written(f"as it stands: {url}", final[:end], lambda: [final[end:]])


def _without_end() -> Iterator[bytes]:
    while True:
        yield b"<p>and on it goes" * 500


def _slowly() -> Iterator[bytes]:
    while True:
        yield b"<p>wait for it"


# More than a verdict looks at, and not all of it text that compresses.
LONG = html("A long page", text=_TEXT * 30) + bytes(range(256)) * 400


def _stalling() -> Iterator[bytes]:
    """Return a response that stalls after its beginning."""
    yield LONG
    for _ in range(600):
        yield b""


def _images(count: int) -> bytes:
    return html(
        "Many images", body="".join(f'<img src="/many/{number}.png">' for number in range(count))
    )


HOSTILE = html(
    "Hostile",
    body="<div>" * 50_000
    + '<img src="http://keep.test/ok.png">'
    + "".join(
        f'<img src="{address}">'
        for address in (
            "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://user:pw@keep.test/x.png", "file:///etc/passwd",
            "gopher://keep.test/", "http://keep.test:99999/", "//", "http://", "javascript:alert(1)", "\\\\server\\share", "x" * 9000, "http://keep.test/\x00",
        )
    )
    + f"<img srcset=\"{', ' * 2000}\"><style>{'url(' * 2000}{'@import ' * 2000}</style><!-- {'<!--' * 2000}",
)  # fmt: skip


SITES: Sites = {
    "keep.test": {
        **{url.removeprefix("http://keep.test"): _raw(url) for url in RAW},
        "/rich/s/main.css": document(_STYLE, "text/css"),
        "/rich/s/deeper.css": document(
            b'@import url("deepest.css"); b{background:url(deep.png)}', "text/css"
        ),
        "/rich/s/deepest.css": document(b"i{background:url(deepest.png)}", "text/css"),
        "/rich/f/face.woff2": document(FONT, "font/woff2"),
        "/i/paper.png": document(PNG + b"paper", "image/png"),
        "/favicon.ico": document(PNG + b"icon", "image/x-icon"),
        **{
            f"/rich/{name}": document(PNG + name.encode(), "image/png")
            for name in (
                "one.png",
                "two.png",
                "three.png",
                "four.webp",
                "late.png",
                "inline.png",
                "styled.png",
                "s/deep.png",
                "s/deepest.png",
            )
        },
        "/rich/missing.png": status(404),
        "/rich/app.js": document(b"alert(1)", "text/javascript"),
        "/%E5%9B%BE.png?%C3%FB=%CD%BC": document(PNG, "image/png"),
        "/moved": redirect(301, "http://other.test/here"),
        "/chain/1": redirect(302, "/chain/2"),
        "/chain/2": redirect(307, "../chain/%E4%B8%89?x=1#part"),
        "/chain/%E4%B8%89?x=1": redirect(308, "http://other.test/here"),
        "/to-secret": redirect(302, "http://keep.test/plain?token=abc"),
        "/hostile": document(HOSTILE, "text/html"),
        "/ok.png": document(PNG, "image/png"),
        "/many": document(_images(1000), "text/html"),
        **{
            f"/many/{number}.png": document(PNG + b"%d" % (number % 7), "image/png")
            for number in range(1000)
        },
        "/endless": written(
            "a page without an end",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            _without_end,
        ),
        "/slow": written(
            "a page that never comes to its end",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            _slowly,
            pause=0.05,
        ),
        "/cut": written(
            "a page cut short",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n",
            lambda: [_PLAIN],
        ),
        "/long": document(LONG, "text/html"),
        "/long-cut": written(
            "a long page cut short",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999999\r\n\r\n",
            lambda: [LONG],
        ),
        "/long-reset": written(
            "a long page that a reset ends",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            lambda: [LONG] * 3,
            reset=True,
        ),
        "/stalls": written(
            "a page that stalls",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            _stalling,
            pause=0.05,
        ),
        "/walled": status(403),
        "/too-large": document(html("Too large") + bytes(700_000), "text/html"),
        "/refresh": document(
            b'<title>Moved</title><meta http-equiv="refresh" content="0; url=/long">', "text/html"
        ),
        "/streams": document(
            html("Streams", body='<img src="/endless"><img src="/slow"><img src="/ok.png">'),
            "text/html",
        ),
        "/gone": status(410),
        ANY: status(404),
    },
    "other.test": {
        "/here": document(
            html("Here now", body='<img src="http://cdn.test/shared.png">'), "text/html"
        ),
        "/robots.txt": document(b"User-agent: *\nDisallow: /private/\n", "text/plain"),
        "/private/page": document(html("Not for robots"), "text/html"),
        ANY: status(404),
    },
    "cdn.test": {
        "/shared.png": document(PNG + b"shared", "image/png"),
        ANY: document(PNG, "image/png"),
    },
    "soft.test": {
        ANY: document(
            b"<title>404 Not Found</title><h1>404 Not Found</h1><p>The page does not exist.",
            "text/html",
        )
    },
    "personal.test": {"/": document(html("What only we may see"), "text/html"), ANY: status(404)},
    "inside.internal": {ANY: document(b"secret", "image/png")},
}
