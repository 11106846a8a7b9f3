"""Test the evidence that is extracted from bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.fetch import BODY_LIMIT
from crawler.liveness import read_body, simhash
from crawler.liveness.evidence.html_markers import HTML_MARKERS
from crawler.page_text.simhash import simhash_distance
from tests.unit.crawler.liveness.probes import FILLER

URL = "https://example.org/a/b"
HTML = {"content-type": "text/html"}
TEXT = (
    "青石镇恢复夜间轮渡，票价不变。管理处周二宣布，停运八个月的夜间轮渡将于下月一日恢复，每晚四班。"
)
JAPANESE = "港町の灯台、百年ぶりに公開へ。市は二十日、岬の灯台を来月から週末に限って一般公開すると発表した。"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), "text/html; charset=utf-8"),
        (TEXT.encode("gb18030"), "text/html; charset=GB2312"),
        (TEXT.encode("gbk"), 'text/html; charset="gbk"'),
        (b'<meta charset="gb2312">' + TEXT.encode("gbk"), "text/html"),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=gbk">'
            + TEXT.encode("gbk"),
            "text/html",
        ),
        (TEXT.encode(), "text/html"),
        (TEXT.encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ((TEXT * 3).encode("gbk"), "text/html"),
        (TEXT.encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_chinese_is_decoded(body: bytes, content_type: str) -> None:
    assert "管理处周二宣布" in read_body(body, {"content-type": content_type}, URL).text


@pytest.mark.parametrize(
    ("encoding", "declared"), [("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP"), ("utf-16", "utf-16")]
)
def test_japanese_is_decoded(encoding: str, declared: str) -> None:
    assert (
        "岬の灯台"
        in read_body(
            JAPANESE.encode(encoding), {"content-type": f"text/html; charset={declared}"}, URL
        ).text
    )


def test_the_text_is_that_which_readers_see() -> None:
    page = read_body(
        b"<title> Reef\n report </title><style>p{}</style><script>var hidden</script><p>Corals <b>grow</b></p><p hidden>secret</p>"
        b"<div style='display:none'>secret</div><template>secret</template><noscript>secret</noscript><p>slowly</p>",
        HTML,
        URL,
    )
    assert (page.title, page.text) == ("Reef report", "Corals grow slowly")


def test_the_title_of_an_svg_is_not_the_pages() -> None:
    assert read_body(b"<body><svg><title>icon</title></svg>", HTML, URL).title in {"", "icon"}
    assert (
        read_body(
            b"<head><title>Reef</title></head><svg><title>icon</title></svg>", HTML, URL
        ).title
        == "Reef"
    )


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ('<link rel="canonical" href="/c">', "canonical", "https://example.org/c"),
        ('<link rel="Canonical nofollow" href="c">', "canonical", "https://example.org/a/c"),
        ('<meta property="og:url" content="https://example.org/og">', "canonical", "https://example.org/og"),
        ('<link rel="canonical" href="http://[bad/">', "canonical", ""),
        ('<meta name="ROBOTS" content="NoIndex">', "robots", "noindex"),
        ('<meta http-equiv="refresh" content="0; url=/new">', "refresh", "https://example.org/new"),
        ('<meta http-equiv="Refresh" content="3;URL=\'new\'">', "refresh", "https://example.org/a/new"),
        ('<meta http-equiv="refresh" content="0;https://b.example/">', "refresh", "https://b.example/"),
        ('<base href="/b/"><meta http-equiv="refresh" content="0; url=new">', "refresh", "https://example.org/b/new"),
        ('<base target=_top><meta http-equiv="refresh" content="0; url=new">', "refresh", "https://example.org/a/new"),
        ('<meta http-equiv="refresh" content="300; url=/new">', "refresh", ""),
        ('<meta http-equiv="refresh" content="5">', "refresh", ""),
        # a time is needed, and quotation marks count around the whole address
        ('<meta http-equiv="refresh" content="url=/new">', "refresh", ""),
        ('<meta http-equiv="refresh" content="-1;url=/new">', "refresh", ""),
        ('<meta http-equiv="refresh" content="0x;url=/new">', "refresh", ""),
        ('<meta http-equiv="refresh" content=".5 ; url = &quot;/new&quot; x">', "refresh", "https://example.org/new"),
        ('<meta http-equiv="refresh" content="0;url=/new?q=\'a\'">', "refresh", "https://example.org/new?q=%27a%27"),
        ('<noscript><meta http-equiv="refresh" content="0; url=/no-script"></noscript>', "refresh", ""),
        ('<input type="PassWord">', "password_field", True),
        ('<input type="text">', "password_field", False),
    ],
)  # fmt: skip
def test_metadata_is_read(head: str, field: str, value: object) -> None:
    assert getattr(read_body(head.encode(), HTML, URL), field) == value


def test_robots_and_refresh_headers_are_evidence() -> None:
    page = read_body(b"<p>a", {**HTML, "x-robots-tag": "noindex", "refresh": "0; url=/new"}, URL)
    assert (page.robots, page.refresh) == ("noindex", "https://example.org/new")


@pytest.mark.parametrize(
    ("fragment", "found"),
    [
        ("", None),
        ("#one", True),
        ("#two", True),
        ("#three", True),
        ("#%E7%AB%A0", True),
        ("#章", True),
        ("#top", True),
        ("#four", False),
        ("#One", False),
        ("#:~:text=Corals", None),
        ("#one:~:text=Corals", True),
        ("#!/route", None),
        ("#/route", None),
        ("#L10-L20", None),
        ("#page=5", None),
        *((f"#{scripted}", None) for scripted in (
            "L10C5-L12C3", "101-103", "lines-10:20", "issuecomment-3049287310", "discussion_r12", "note_7",
            "diff-0123456789abR7", "pullrequestreview-5", "comment-12", "svgView(viewBox(0,0,1,1))",
        )),
        *((f"#{plain}", False) for plain in ("L", "comment", "note", "diff-four", "post-mortem", "10")),
    ],
)  # fmt: skip
def test_fragment_is_looked_for(fragment: str, found: bool | None) -> None:
    body = '<h2 id="one"></h2><a name="two"></a><h2 id="user-content-three"></h2><h2 id="章"></h2>'.encode()
    assert read_body(body, HTML, URL + fragment).fragment_found is found


@pytest.mark.parametrize(
    ("fragment", "found"),
    [("#five", None), ("#six", None), ("#seven", None), ("#eight", False), ("#ive", False)],
)
def test_fragment_in_the_data_of_a_script_is_not_missing(fragment: str, found: bool | None) -> None:
    body = (
        b'<p>Text.<script type="application/json">{"toc": ["five"], "html": "<a id=\\"user-content-six\\">'
        b"\"}</script><script>show('#seven')</script>"
    )
    assert read_body(body, HTML, URL + fragment).fragment_found is found


def test_fragment_of_a_frame_is_not_missing() -> None:
    assert read_body(b"<frameset><frame src=a></frameset>", HTML, URL + "#x").fragment_found is None


def test_fragment_of_xml_is_found() -> None:
    assert read_body(b'<p xml:id="x">a</p>', HTML, URL + "#x").fragment_found is True


def test_fragment_beyond_what_was_read_is_not_missing() -> None:
    assert read_body(b"<p>" + b"a" * BODY_LIMIT, HTML, URL + "#end").fragment_found is None
    assert read_body(b"<div id=root></div>", HTML, URL + "#end").fragment_found is None


def test_files_have_a_length_and_no_text() -> None:
    page = read_body(b"%PDF-1.7 not found", {"content-type": "application/pdf"}, URL + "#page=2")
    assert (page.length, page.text, page.fragment_found) == (18, "", None)


def test_plain_text_has_text() -> None:
    assert read_body(b"Not   Found\n", {"content-type": "text/plain"}, URL).text == "Not Found"


@pytest.mark.parametrize("start", [b"", b"\n", b"\xef\xbb\xbf"])
def test_html_is_known_without_a_header(start: bytes) -> None:
    assert read_body(start + b"<!DOCTYPE html><title>Reef</title>", {}, URL).title == "Reef"


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
@pytest.mark.parametrize(
    "source",
    [
        b'<opml version="2.0"><body><outline text="Reef"/></body></opml>',
        b'<cross-domain-policy><allow-access-from domain="Reef"/></cross-domain-policy>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><rect id="Reef"/></svg>',
    ],
)
def test_xml_that_is_no_page_is_text_with_its_tags(source: bytes, kind: str) -> None:
    page = read_body(b'<?xml version="1.0"?>' + source, {"content-type": kind}, URL, served=True)
    assert (page.title, page.html_markers) == ("", ())
    assert "Reef" in page.text
    assert page.simhash is not None


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "application/xhtml+xml"])
@pytest.mark.parametrize("root", ["html", 'html xmlns="http://www.w3.org/1999/xhtml"'])
def test_a_page_that_is_sent_as_xml_is_a_page(kind: str, root: str) -> None:
    source = f'<?xml version="1.0"?><!-- a --><{root}><head><title>Reef</title></head><body>Coral'
    page = read_body(source.encode(), {"content-type": kind}, URL, served=True)
    assert (page.title, page.text) == ("Reef", "Coral")


@pytest.mark.parametrize("mark", HTML_MARKERS)
def test_html_markers_are_found(mark: str) -> None:
    for needle in HTML_MARKERS[mark]:
        assert (
            mark
            in read_body(b"<script>/* " + needle.upper() + b" */</script>", HTML, URL).html_markers
        )


def test_a_served_article_is_not_searched_for_markers_but_a_long_refusal_is() -> None:
    page = f"<div class='g-recaptcha'></div>{FILLER * 40}".encode()
    assert read_body(page, HTML, URL, served=True).html_markers == ()
    assert read_body(page, HTML, URL).html_markers == ("captcha",)
    assert "captcha" in read_body(page[:500], HTML, URL, served=True).html_markers


def test_application_shell_is_marked_only_while_it_is_empty() -> None:
    assert read_body(b'<div id="root"></div>', HTML, URL).html_markers == ("app-shell",)
    page = f'<div id="root">{FILLER * 4}</div>'.encode()
    assert read_body(page, HTML, URL).html_markers == ("app-root",)
    scripts = b'<main></main><script type=module src="/assets/index-1f.js"></script>'
    assert read_body(scripts, HTML, URL).html_markers == ("app-root",)
    assert read_body(b"<script src=/menu.js></script>Lights", HTML, URL).html_markers == ()


def test_all_evidence_is_bounded() -> None:
    page = read_body(b"<title>" + b"t" * 5_000 + b"</title><p>" + b"word " * 1_000_000, HTML, URL)
    assert (page.length, len(page.title), len(page.text)) == (BODY_LIMIT, 300, 2_000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0" * 1000,
        b"<" * BODY_LIMIT,
        b"<div>" * 13_000,
        b"&#x110000;&#xD800;",
        b"\xff\xfe\x00",
        b"<title>",
        b"<p id='" + b"a" * BODY_LIMIT,
    ],
    ids=lambda body: repr(body[:8]),
)
def test_hostile_bodies_raise_nothing(body: bytes) -> None:
    assert read_body(body, HTML, URL + "#a").length == len(body[:BODY_LIMIT])


@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_body_and_content_type_raise_nothing(body: bytes, content_type: str) -> None:
    page = read_body(body, {"content-type": content_type}, URL + "#a")
    assert page.length == len(body)
    page.text.encode()  # storable: no lone surrogates


@given(st.text(max_size=200))
def test_a_simhash_has_64_bits_and_is_stable(text: str) -> None:
    fingerprint = simhash(text)
    assert fingerprint is None or 0 <= fingerprint < 2**64
    assert fingerprint == simhash(text)


def test_similar_texts_have_near_simhashes_and_others_far_ones() -> None:
    text = FILLER * 4 + TEXT + JAPANESE
    other = text.replace("Tuesday", "Thursday")
    assert _distance(text, other) < 12
    assert _distance(TEXT, JAPANESE) > 20


def _distance(one: str, other: str) -> int:
    pages = (read_body(text.encode(), {"content-type": "text/plain"}, URL) for text in (one, other))
    distance = simhash_distance(*pages)
    assert distance is not None
    return distance


def test_the_long_url_on_a_page_of_archive_today_is_stored() -> None:
    long = "https://archive.ph/2021.03.01-120000/https://example.org/a?b=1"
    body = f'<title>a</title><input id="SHARE_LONGLINK" value="{long}"><p>text'.encode()
    assert (
        read_body(body, {"content-type": "text/html"}, "https://archive.ph/78efA").memento == long
    )
    assert (
        read_body(
            b"<p>no SHARE_LONGLINK here", {"content-type": "text/html"}, "https://archive.ph/78efA"
        ).memento
        == ""
    )
    endless = f'<input id="SHARE_LONGLINK" value="{"x" * 9_000}">'.encode()
    assert (
        len(read_body(endless, {"content-type": "text/html"}, "https://archive.ph/78efA").memento)
        == 2_000
    )


PERMA = """<!DOCTYPE html><html lang="en-us"><head><title>Perma | A story</title></head><body><header>
<p class="creation"><span class="cat">Captured</span> <script id='date_123'>insertLocalDateTime('date_123', 1628161466, 'F j, Y g:i a')</script></p>
<a class="btn btn-outside" href="https://example.org/a?b=1&amp;c=2" target="_blank"><span>View the live page</span></a>
<input id="source_url" class="tray-detail-entry" value="https://example.org/a?b=1&amp;c=2" readonly></header>
<iframe src="https://rejouer.perma.cc/w/id-1/"></iframe></body></html>"""
GHOST = """<!doctype html><title>Ghost Archive</title>
<replay-web-page source="https://ghostarchive.example/1/aB3dE.warc" url="https://example.org/a?b=1&amp;c=2"></replay-web-page>"""


@pytest.mark.parametrize(
    ("body", "memento"),
    [
        (PERMA, "https://perma-archives.org/warc/20210805110426/https://example.org/a?b=1&c=2"),
        (PERMA.replace("insertLocalDateTime", "somethingElse"), "https://example.org/a?b=1&c=2"),
        (GHOST, "https://example.org/a?b=1&c=2"),
        (GHOST.replace(" url=", " page="), ""),
        ("<title>a</title><p>We write &lt;replay-web-page and source_url here.", ""),
    ],
)
def test_the_memento_named_by_an_archives_page_is_stored(body: str, memento: str) -> None:
    assert (
        read_body(
            body.encode(), {"content-type": "text/html"}, "https://perma.cc/A1B2-C3D4"
        ).memento
        == memento
    )


def test_a_page_with_text_is_left_by_a_refresh_only_at_once() -> None:
    for seconds, target in ((0, "https://example.org/next"), (5, "")):
        meta = f'<meta http-equiv="refresh" content="{seconds}; url=/next">'
        body = f"<html><head>{meta}</head><body>{'All lights burned. ' * 20}</body></html>"
        page = read_body(body.encode(), {"content-type": "text/html"}, "https://example.org/a")
        assert page.refresh == target
