"""Living files of the fifth web: papers, data, images, sound, feeds, listings and answers of APIs."""

from __future__ import annotations

import io
import zipfile

from tests.worlds.fifth import Host, HostKinds, paragraphs
from tests.worlds.fourth import data

KINDS = HostKinds()
_PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")  # fmt: skip


def pdf(text: str) -> bytes:
    """Return a PDF of one page."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1", "replace")
    start = b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n4 0 obj<</Length %d>>stream\n"
    end = b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return start % len(stream) + stream + end


@KINDS.add("PDF")
def _(h: Host) -> None:
    h.cite(f"/fileadmin/{h.slug()}.pdf", data(pdf(h.topic), "application/pdf"))
    other = h.draw.choice(("application/octet-stream", "text/html", "application/x-download"))
    h.cite(f"/download.php?id={h.number()}", data(pdf(h.topic), other))


@KINDS.add("viewer of a PDF")
def _(h: Host) -> None:
    path = f"/files/{h.number()}.pdf"
    h.add(path, data(pdf(h.topic), "application/pdf"))
    h.cite(f"/viewer?file={h.number()}", h.html(h.topic, f'<iframe src="{path}"></iframe>'))


@KINDS.add("image")
def _(h: Host) -> None:
    h.cite(f"/images/{h.slug()}.gif", data(_PIXEL, "image/gif"))
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><title>{h.topic}</title></svg>'
    h.cite(f"/images/{h.slug()}.svg", data(drawing, "image/svg+xml"))


@KINDS.add("picture that the host serves as a page to readers")
def _(h: Host) -> None:
    h.cite(f"/images/{h.slug()}.jpg", h.html(h.topic, '<img src="/raw/1.jpg">'))


@KINDS.add("sound")
def _(h: Host) -> None:
    h.cite(f"/audio/{h.slug()}.mp3", data(b"ID3\x04" + bytes(4000), "audio/mpeg"))


@KINDS.add("container")
def _(h: Host) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as container:
        container.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
    h.cite(f"/books/{h.slug()}.epub", data(held.getvalue(), "application/epub+zip"))
    h.cite(f"/src/{h.slug()}.zip", data(held.getvalue(), None))


@KINDS.add("plain text")
def _(h: Host) -> None:
    text = "\n\n".join(h.facts(5))
    h.cite(f"/rfc/{h.slug()}.txt", data(text, "text/plain; charset=utf-8"))
    h.cite("/LICENSE", data("Permission is granted.\n", "text/plain"), text="Licence")


@KINDS.add("log about errors")
def _(h: Host) -> None:
    text = 'GET /a HTTP/1.1" 404 Not Found\nError: page not found\nfile not found\n'
    h.cite(f"/paste/raw/{h.number()}", data(text, "text/plain; charset=utf-8"))


@KINDS.add("answer of an API")
def _(h: Host) -> None:
    h.cite(f"/api/v1/items/{h.number()}", data('{"id":7,"error":null}', "application/json"))
    h.cite("/api/v1/items?tag=kelp", data('{"results":[],"total":0}', "application/json"))
    h.cite("/api/v1/status", data("[]", "application/json"))


@KINDS.add("table of values")
def _(h: Host) -> None:
    rows = "".join(f"{1900 + n},{n * 7 % 13}\n" for n in range(20))
    h.cite(f"/data/{h.slug()}.csv", data(f"year,level\n{rows}", "text/csv"))
    h.cite(f"/data/{h.slug()}.tsv", data("year\tlevel\n", "text/plain"))
    h.cite(f"/data/{h.slug()}.geojson", data('{"type":"FeatureCollection"}', "text/html"))


@KINDS.add("document of XML")
def _(h: Host) -> None:
    text = f'<?xml version="1.0"?><?xml-stylesheet href="tei.xsl"?><TEI><p>{h.fact()}</p></TEI>'
    h.cite(f"/tei/{h.slug()}.xml", data(text, "application/xml"))


@KINDS.add("listing of a folder")
def _(h: Host) -> None:
    up = '<h1>Index of /pub</h1><pre><a href="../">../</a>\n'
    rows = "".join(f'<a href="{n}.tgz">{n}.tgz</a> 2009-03-0{n} 11K\n' for n in range(1, 6))
    h.cite(f"/pub/{h.slug()}/", h.html("Index of /pub", f"{up}{rows}</pre>"))
    h.cite(f"/pub/{h.slug()}/", h.html("Index of /pub", f"{up}</pre>"))


@KINDS.add("page of a charset that no header names")
def _(h: Host) -> None:
    codes = {"ru": "cp1251", "uk": "cp1251", "he": "cp1255", "ar": "cp1256", "el": "iso8859-7"}
    more = {"ko": "euc-kr", "ja": "euc-jp", "zh": "gb18030", "th": "tis-620", "tr": "iso8859-9"}
    code = (codes | more).get(h.voice.code, "cp1252")
    body = f"<title>{h.topic}</title><h1>{h.topic}</h1>{paragraphs(h.facts(5))}"
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={code}">'
    raw = (head + body).encode(code, "xmlcharrefreplace")
    h.cite(f"/arc/{h.number()}.htm", data(raw, "text/html"))
    h.cite(f"/arc/{h.number()}.html", data(body.encode(code, "xmlcharrefreplace"), "text/html"))
