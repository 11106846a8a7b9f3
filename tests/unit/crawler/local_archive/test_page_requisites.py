"""Test the requisites of pages and style sheets, in every notation, and in hostile markup."""

from __future__ import annotations

import pytest

from crawler.local_archive.page_requisites import css_requisites, page_requisites

PAGE = "https://a.example/b/c"
LARGE = 400_000


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ('<img src="x.png">', ["https://a.example/b/x.png"]),
        ("<IMG SRC=/x.png>", ["https://a.example/x.png"]),
        ('<img src="//c.example/x.png#top">', ["https://c.example/x.png"]),
        (
            '<img srcset="1.png, 2.png 2x,3.png 3x , 4.png">',
            [f"https://a.example/b/{name}.png" for name in (1, 2)]
            + ["https://a.example/b/3.png", "https://a.example/b/4.png"],
        ),
        ('<img srcset="a,b.png 1x">', ["https://a.example/b/a,b.png"]),
        (
            '<img data-src="late.png" src="data:image/gif;base64,R0">',
            ["https://a.example/b/late.png"],
        ),
        ('<img data-original="late.png">', ["https://a.example/b/late.png"]),
        (
            '<picture><source srcset="x.webp 1x"><img src="x.png"></picture>',
            ["https://a.example/b/x.webp", "https://a.example/b/x.png"],
        ),
        ('<input type="image" src="x.png"><input src="not.png">', ["https://a.example/b/x.png"]),
        ('<video poster="x.png" src="not.mp4"></video>', ["https://a.example/b/x.png"]),
        ('<body background="x.png">', ["https://a.example/b/x.png"]),
        (
            '<svg><image href="x.png"/><image xlink:href="y.png"/></svg>',
            ["https://a.example/b/x.png", "https://a.example/b/y.png"],
        ),
        ('<link rel="alternate stylesheet" href="x.css">', ["https://a.example/b/x.css"]),
        (
            '<link rel="shortcut icon" href="/x.ico"><link rel="apple-touch-icon" href="/y.png">',
            ["https://a.example/x.ico", "https://a.example/y.png"],
        ),
        (
            '<link rel="preload" as="font" href="x.woff2"><link rel="preload" as="script" href="not.js">',
            ["https://a.example/b/x.woff2"],
        ),
        ('<link rel="canonical" href="not"><link rel="next" href="not">', []),
        (
            '<script src="not.js"></script><iframe src="not"></iframe><audio src="not"></audio><a href="not">',
            [],
        ),
        (
            '<style>@import "x.css"; a { background: url(y.png) }</style>',
            ["https://a.example/b/x.css", "https://a.example/b/y.png"],
        ),
        ("<style>a { background: url(y.png)", ["https://a.example/b/y.png"]),
        ('<div style="background: url(&quot;y.png&quot;)">', ["https://a.example/b/y.png"]),
        (
            '<base href="https://c.example/d/"><base href="/not/"><img src="x.png">',
            ["https://c.example/d/x.png"],
        ),
        ('<base href="javascript:x"><img src="x.png">', ["https://a.example/b/x.png"]),
        ('<img src="x.png"><img src="x.png">', ["https://a.example/b/x.png"]),
        ('<img src="图.png">', ["https://a.example/b/%E5%9B%BE.png"]),
        ('<img src=" x.png\n">', ["https://a.example/b/x.png"]),
        ('<img src=""><img src="#x"><img src="ftp://a.example/x"><img src="http://[bad">', []),
        ("<noscript><img src=x.png></noscript>", ["https://a.example/b/x.png"]),
        ("<!-- <img src=not.png> -->", []),
    ],
)
def test_requisites_of_a_page(markup: str, urls: list[str]) -> None:
    assert page_requisites(markup, PAGE) == urls


def test_queries_are_encoded_in_the_charset_of_the_page() -> None:
    assert page_requisites('<img src="/图.png?名=图&a=%20">', PAGE, encoding="gbk") == [
        "https://a.example/%E5%9B%BE.png?%C3%FB=%CD%BC&a=%20"
    ]
    assert page_requisites('<img src="/x?é☃">', PAGE, encoding="latin-1") == [
        "https://a.example/x?%E9%26%239731%3B"
    ]
    assert page_requisites('<img src="/x?é">', PAGE, encoding="no such encoding") == []


@pytest.mark.parametrize(
    ("css", "urls"),
    [
        ("a{background:url(x.png)}", ["x.png"]),
        ("a{background:URL( 'x y.png' )}", ["x%20y.png"]),
        ('@import "x.css" screen;@import url(y.css);', ["x.css", "y.css"]),
        ("@font-face{src:url(x.woff2) format('woff2'),url(x.ttf)}", ["x.woff2", "x.ttf"]),
        ("/* url(not.png) */ a{b:url(x.png)} /* url(not.png)", ["x.png"]),
        (r"a{b:url(\78.png)}", ["x.png"]),
        (r"a{b:url('a\'b.png')}", ["a'b.png"]),
        ("a{b:url(data:image/png;base64,AA)}", []),
        ("a{b:url()} c{d:url('')}", []),
    ],
)
def test_requisites_of_a_style_sheet(css: str, urls: list[str]) -> None:
    assert css_requisites(css, "https://a.example/") == [
        f"https://a.example/{name}" for name in urls
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * LARGE,
        "<b><p><a>" * LARGE,
        "<img src=x " * LARGE,
        "<img " + "a=b " * LARGE + ">",
        '<img src="' * LARGE,
        "<!--" * LARGE,
        f'<img srcset="{" " * LARGE}">',
        f'<img srcset="{"a, " * LARGE}">',
        f'<img srcset="{"," * LARGE}">',
        f"<style>{'url(' * LARGE}</style>",
        f"<style>{'/*' * LARGE}</style>",
        f"<style>{'@import ' * LARGE}</style>",
        f"<style>url({' ' * LARGE}</style>",
        f"<base href='{'x' * LARGE}'><img src={'y' * LARGE}>",
        "\0" * LARGE,
        "&" * LARGE,
        "\ud800<img src=x>",
    ],
    ids=lambda markup: repr(markup[:20]),
)
def test_any_markup_is_parsed_in_bounded_time(markup: str) -> None:
    """If some markup took long, this test would not end."""
    assert len(page_requisites(markup, PAGE)) <= 2
