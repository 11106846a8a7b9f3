"""Test every charset that Python or a server can name: text is always decoded."""

from __future__ import annotations

import encodings
import pkgutil
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.charsets import codec_of, decode_page, decode_text
from crawler.http.sitemaps import read_sitemap
from crawler.liveness import read_body
from crawler.local_archive.page_requisites import page_requisites
from crawler.page_text.main_text import read_page_text
from crawler.pages import NotText
from crawler.pages.html import extract_html

URL = "https://a.example/b"
PAGE = "<title>微信</title><p>港口的灯一盏一盏亮起来，人们在码头上等待着渡轮。"
NAMES = sorted(
    {
        *(module.name for module in pkgutil.iter_modules(encodings.__path__)),
        *aliases,
        *aliases.values(),
        *(
            "base64",
            "hex",
            "rot13",
            "bz2",
            "zip",
            "uu",
            "quopri",
            "idna",
            "undefined",
            "punycode",
            "unicode_escape",
            "utf-7",
            "mbcs",
        ),
        *("", "-", "__init__", "none", "x" * 5_000, "utf-8\0", "ｕｔｆ-8", "../aliases", '"'),
    }
)
BODIES = (
    b"",
    b"\xff\xfe\x00",
    b"\x80abc\xe9 x-1.xn--\xff",
    PAGE.encode(),
    PAGE.encode("gb18030"),
    b"=\x1b$B\x0e(",
    b"\x00" * 300,
)


@pytest.mark.parametrize("name", NAMES)
def test_any_charset_label_in_any_place_is_decoded(name: str) -> None:
    headers = {"content-type": f"text/html; charset={name}"}
    label = name.encode("utf-8", "replace")
    declaring = [
        b'<meta charset="' + label + b'">',
        b'<?xml version="1.0" encoding="' + label + b'"?>',
        b"/* @charset */",
    ]
    for body in BODIES:
        read_body(body, headers, URL)
        encoding, text = decode_page(body, headers["content-type"])
        page_requisites(f'<img src="/a?é">{text}', URL, encoding=encoding)
        text.encode()  # no half of a surrogate pair
        for mark in declaring:
            read_body(mark + body, {"content-type": "text/html"}, URL)
            read_page_text(mark + body, {"content-type": "application/xhtml+xml"}, URL)
            read_sitemap(mark + body, {"content-type": "application/xml"}, URL)
            try:
                extract_html(mark + body, url=URL, encoding=name)
            except NotText:
                continue


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("big5", "big5hkscs"),
        ("Shift_JIS", "cp932"),
        ("euc-jp", "euc_jp"),
        ("iso-2022-jp", "iso2022_jp"),
        ("ks_c_5601-1987", "cp949"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("windows-1251", "cp1251"),
        ("koi8-r", "koi8-r"),
        ("iso-8859-15", "iso8859-15"),
        ("utf-16", "utf-16"),
        *(
            (name, None)
            for name in (
                "base64",
                "rot13",
                "idna",
                "undefined",
                "utf-7",
                "punycode",
                "hz",
                "cp037",
                "unicode_escape",
                "",
            )
        ),
    ],
)
def test_charset_labels_mean_the_codecs_of_browsers(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


def test_an_undeclared_charset_is_detected() -> None:
    assert (
        read_body(PAGE.encode(), {"content-type": "text/html; charset=base64"}, URL).title == "微信"
    )
    assert (
        read_body(PAGE.encode("gb18030"), {"content-type": "text/html; charset=rot13"}, URL).title
        == "微信"
    )
    declared = b'<meta charset="idna">' + PAGE.encode()
    assert read_body(declared, {"content-type": "text/html"}, URL).title == "微信"


EAST_ASIAN = {
    "gb18030": "<title>灯塔</title><p>这是一个关于灯塔的页面，介绍它的历史。",
    "big5hkscs": "<title>燈塔</title><p>這是一個關於燈塔的頁面，介紹它的歷史。",
    "cp949": "<title>등대</title><p>이 페이지는 등대의 역사에 대한 것입니다.",
    "cp932": "<title>灯台</title><p>これは灯台についてのページです。",
    "euc_jp": "<title>灯台</title><p>これは灯台についてのページです。",
}


@pytest.mark.parametrize("codec", EAST_ASIAN)
def test_an_undeclared_east_asian_page_is_decoded_whole_and_cut(codec: str) -> None:
    text = EAST_ASIAN[codec]
    script = "<script>" + "var a = {b: [1, 2, 3]};\n" * 200 + "</script>"
    body = (script + text).encode(codec)
    assert decode_page(body) == (codec, script + text)
    assert decode_page(body[:-1])[0] == codec


@pytest.mark.parametrize(
    ("by_server", "declared", "codec"),
    [
        ("utf-8", "gbk", "gb18030"),
        ("utf-8", "", "gb18030"),
        ("gbk", "utf-8", "utf-8"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("utf-8", "big5", "big5hkscs"),
        ("utf-8", "shift_jis", "cp932"),
    ],
)
def test_a_wrong_charset_of_the_server_is_replaced(
    by_server: str, declared: str, codec: str
) -> None:
    text = "<title>碼頭</title><p>港口船員在海邊等待，今日無船。" * 3
    body = f"<meta charset='{declared}'>{text}".encode(codec)
    assert decode_page(body, f"text/html; charset={by_server}") == (
        codec,
        f"<meta charset='{declared}'>{text}",
    )


@pytest.mark.parametrize(
    "body",
    [
        "<meta charset=latin1>Café, déjà vu, \ufffd\ufffd\ufffd".encode(),
        b"<meta charset=latin1>" + "Café, déjà vu, là-bas".encode() + b"\xe9\xe9",
        b"<meta charset=gbk>" + PAGE.encode()[:-1],
        b"<meta charset=latin1>caf\xe9",
    ],
)
def test_the_servers_charset_is_used_if_it_decodes_most_of_a_page(body: bytes) -> None:
    assert decode_page(body, "text/html; charset=utf-8")[0] == "utf-8"


def test_a_page_that_declares_utf_16_in_ascii_is_not_in_utf_16() -> None:
    assert (
        read_body(
            b'<meta charset="utf-16">' + PAGE.encode(), {"content-type": "text/html"}, URL
        ).title
        == "微信"
    )
    assert decode_text("微信".encode("utf-16"), "text/html") == "微信"  # by its byte order mark


@given(st.binary(max_size=300), st.text(max_size=80), st.sampled_from(NAMES))
def test_any_bytes_under_any_label_are_text(body: bytes, content_type: str, name: str) -> None:
    for header in (
        content_type,
        f"text/html; charset={name}",
        f'text/html; x="{content_type}"; charset="{name}"',
    ):
        decode_text(body, header).encode()
