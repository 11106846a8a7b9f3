"""Test markup that other link checkers and renderers misread, by public reports of their users."""

from __future__ import annotations

import pytest

from crawler.pages import Dialect, extract
from crawler.pages.html import extract_html
from crawler.pages.source.placeholders import has_placeholder

A = "https://a.example/"


def urls(text: str, dialect: Dialect = Dialect.MKDOCS) -> list[str]:
    return [citation.url for citation in extract(text, path="a.md", dialect=dialect).citations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # punctuation behind a URL
        (f"[^1]: See {A}1; {A}2; read.\n\nx[^1]", [f"{A}1", f"{A}2"]),
        (f"({A}b); “{A}c”; {A}d;", [f"{A}b", f"{A}c", f"{A}d"]),
        (f"{A}?a;b=1;c {A}a&amp;b;", [f"{A}?a;b=1;c", f"{A}a&b"]),
        # quotation marks and punctuation of every script
        (f"«{A}b» ‹{A}c› „{A}d“ »{A}e« ‚{A}f‘ ⟨{A}g⟩ ❝{A}h❞", [f"{A}{each}" for each in "bcdefgh"]),
        (f"{A}b، ثم {A}c؟ {A}d۔ {A}e। {A}f॥ {A}g՝ {A}h። {A}i၊ {A}j‽", [f"{A}{each}" for each in "bcdefghij"]),
        ("https://ar.example/wiki/باريس،_تكساس و", ["https://ar.example/wiki/باريس،_تكساس"]),
        ("https://ru.example/wiki/«Зенит» и", ["https://ru.example/wiki/«Зенит»"]),
        ("https://ca.example/Col·lecció https://he.example/ארה״ב x", ["https://ca.example/Col·lecció", "https://he.example/ארה״ב"]),
        # apostrophes
        (f"{A}manitoba’s-history/ {A}wiki/L’Équipe", [f"{A}manitoba’s-history/", f"{A}wiki/L’Équipe"]),
        (f"‘{A}b’ ’{A}c’ {A}d’, {A}e’。 ‘{A}f’是", [f"{A}{each}" for each in "bcdef"]),
        (f"{A}wiki/Guns_N’_Roses {A}rock-’n’-roll/ {A}90’s ‘{A}b’_ ‘{A}c’-", [f"{A}wiki/Guns_N’_Roses", f"{A}rock-’n’-roll/", f"{A}90’s", f"{A}b", f"{A}c"]),
        # marks between URLs
        (f"{A}b→{A}c ⇒ {A}d•{A}e▪{A}f⟶{A}g {A}h→i", [f"{A}{each}" for each in "bcdefg"] + [f"{A}h→i"]),
        (f"{A}b⸺ {A}c⸻{A}d", [f"{A}b", f"{A}c", f"{A}d"]),
        # invisible characters
        (f"{A}b\u200e {A}c\u2060 {A}d\u200b是 {A}e\u00ad {A}f\u202c {A}g\ufeff", [f"{A}{each}" for each in "bcdefg"]),
        (f"[y]({A}b\u00a0) [z](\u00a0{A}c) <{A}d\u3000> [x]({A}e\u00a0f)", [f"{A}b", f"{A}c", f"{A}d", f"{A}e\u00a0f"]),
        (f"[y]({A}b\u200b) <{A}c\u200e> [z](<{A}d\u2060e>)", [f"{A}b", f"{A}c", f"{A}de"]),
        ("https://fa.example/wiki/می‌خواهم x", ["https://fa.example/wiki/می‌خواهم"]),
        # entities of punctuation
        (f"&lt;{A}b&gt;是 &quot;{A}c&quot;, {A}d&nbsp;e {A}f&#160;g {A}?h&amp;i", [f"{A}b", f"{A}c", f"{A}d", f"{A}f", f"{A}?h&i"]),
        (f"<{A}?x=1&amp;y=2> <{A}?x=1&copy=2>", [f"{A}?x=1&y=2", f"{A}?x=1&copy=2"]),
        # quotation marks in a URL that cannot have a title
        (f'<{A}s?q="x">', [f'{A}s?q="x"']),
        (f'[t]({A}i?q=label%3A"help+wanted")', [f'{A}i?q=label%3A"help+wanted"']),
        (f'[t]({A}i?q="x"&r=1) [u](<{A}j"k">)', [f'{A}i?q="x"&r=1', f'{A}j"k"']),
        (f'[t]({A}i"标题") [u]({A}j"title")', [f"{A}i", f"{A}j"]),
        (f"---\nurl: '{A}?q=\"x\"&r=1'\n---\n", [f'{A}?q="x"&r=1']),
        # marks of highlights, insertions and comments
        (f"=={A}b== ^^{A}c^^ {{=={A}d==}} {{++{A}e++}} {{--{A}f--}} ++{A}g++ %%see {A}h%%", [f"{A}{each}" for each in "bcdefgh"]),
        (f"=={A}b==，是 =={A}c==是", [f"{A}b", f"{A}c"]),
        (f"{A}aGk== and {A}?s=aGk==", [f"{A}aGk==", f"{A}?s=aGk=="]),
        (f"{A}aGk== {A}bGk==", [f"{A}aGk==", f"{A}bGk=="]),
        (f"a == b {A}aGk==", [f"{A}aGk=="]),
        (f"--{A}b ...{A}c c++{A}d", [f"{A}b", f"{A}c"]),
        # numeric references, primes and dashes, punctuation of other scripts, variation selectors
        (f"{A}b&#59; {A}c&#x2e; {A}d&semi; {A}?a&#38;e", [f"{A}b", f"{A}c", f"{A}d", f"{A}?a&e"]),
        (f"[url]{A}b[/url] [url={A}c]x[/url] {A}d[/b]", [f"{A}b", f"{A}c", f"{A}d"]),
        (f"{A}b．次 https://例え．jp/c", [f"{A}b", "https://例え．jp/c"]),
        (f"{A}b( {A}c(d", [f"{A}b", f"{A}c(d"]),
        (f"{A}b· {A}c・ {A}d\u0387 {A}col·legi", [f"{A}b", f"{A}c", f"{A}d", f"{A}col·legi"]),
        (f"{A}b″ {A}c′, {A}d– {A}e— {A}2010–2014", [f"{A}b", f"{A}c", f"{A}d", f"{A}e", f"{A}2010–2014"]),
        (f"{A}b\ua4ff ﴿{A}c﴾ ﴾{A}d﴿ {A}e᠃ {A}f፡ {A}g\U00011047", [f"{A}{each}" for each in "bcdefg"]),
        (f"{A}b\ufe0f {A}❤\ufe0f", [f"{A}b", f"{A}❤\ufe0f"]),
        (f"---\na: \"{A}?q='y'\"\nb: '{A}?q=\"z\"'\nc: {A}?q='w'\n---\n", [f"{A}?q='y'", f'{A}?q="z"', f"{A}?q='w'"]),
    ],
)  # fmt: skip
def test_a_bare_url_ends_where_renderers_end_it(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'<a href="{A}?a=1&region=eu">x</a>', [f"{A}?a=1&region=eu"]),
        (f'<a href="{A}?a=1&copy=2">x</a> <img src=\'{A}?a&lt=3\'>', [f"{A}?a=1&copy=2", f"{A}?a&lt=3"]),
        (f'<a href="{A}?a&amp;copy=2&#38;b&#x26;c">x</a>', [f"{A}?a&copy=2&b&c"]),
        (f'<a href="{A}?a&ampb=1&sect1&notit;">x</a>', [f"{A}?a&ampb=1&sect1&notit;"]),
        (f'<img srcset="{A}1.jpg 320w,\n {A}2.jpg 480w">', [f"{A}1.jpg", f"{A}2.jpg"]),
        (f'text <img srcset="{A}1.jpg 320w,\n {A}2.jpg 480w"> text', [f"{A}1.jpg", f"{A}2.jpg"]),
        (f'<source srcset="a.avif 1x,{A}b.avif 2x">', [f"{A}b.avif"]),
        (f'<img src="{A}0.jpg" data-srcset="{A}1.jpg, {A}2,3.jpg 2x">', [f"{A}0.jpg", f"{A}1.jpg", f"{A}2,3.jpg"]),
        (f'<img data-lazy-src="{A}1.jpg" data-lazy-srcset="{A}2.jpg 1x,{A}3.jpg 2x">', [f"{A}1.jpg", f"{A}2.jpg", f"{A}3.jpg"]),
        (f'<link imagesrcset="{A}1.jpg?a&copy=1 1x">', [f"{A}1.jpg?a&copy=1"]),
    ],
)  # fmt: skip
def test_attributes_are_read_by_the_rules_of_html(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


@pytest.mark.parametrize("path", ["a.md", "a.html"])
@pytest.mark.parametrize(
    "value", ["Albert Einstein", "Wikipedia", "Smith 2020, p. 3", "See a/b on x.", ""]
)
def test_texts_in_cite_and_longdesc_are_no_links(value: str, path: str) -> None:
    attributes = f'<q cite="{value}">x</q><img src="{A}b.png" longdesc="{value}">'
    page = extract(f"<p>{attributes}</p>\n", path=path)
    assert ([each.url for each in page.citations], page.internal_links) == ([f"{A}b.png"], ())
    published = extract_html(f"<main>{attributes}</main>", url=A)
    assert [each.target for each in published.internal_links] == ["/b.png"]


@pytest.mark.parametrize("path", ["a.md", "a.html"])
@pytest.mark.parametrize("value", ["/a", "a.html", "../b", "#c", "?d", "a/b"])
def test_paths_in_cite_are_links(value: str, path: str) -> None:
    page = extract(f'<p><q cite="{value}">x</q></p>\n', path=path)
    assert [each.target for each in page.internal_links] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<a :href=\"'{A}b'\">x</a> <MyLink v-bind:href=\"`{A}c`\">y</MyLink>", [f"{A}b", f"{A}c"]),
        (f"<RouterLink :to=\"'{A}b'\">x</RouterLink> <img :src=' \"{A}c.png\" '>", [f"{A}b", f"{A}c.png"]),
        (f'<LinkCard title="x" link="{A}b" /> <Badge url=\'{A}c\'/> <Nav to="{A}d"/>', [f"{A}b", f"{A}c", f"{A}d"]),
        (f'<a :href="base + \'{A}b\'">x</a> <a :href="`{A}${{id}}`">y</a> <a :title="\'{A}c\'">z</a>', []),
        (f'<Card icon="{A}b.svg" link="/inside" /> <meta url="{A}c"> <DIV LINK="{A}d">', []),
    ],
)  # fmt: skip
def test_links_in_attributes_of_components_are_read(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('---\na: "https://a.example/?a=1\\u0026b=2"\n---\n', [f"{A}?a=1&b=2"]),
        ('---\na: "https:\\/\\/a.example\\/y"\n---\n', [f"{A}y"]),
        ('---\na: "https://a.example/\\x41\\U0001F600"\n---\n', [f"{A}A😀"]),
        ('---\na: "https://a.example/\\\n  b"\n---\n', [f"{A}b"]),
        ("---\na: 'https://a.example/it''s'\n---\n", [f"{A}it's"]),
        ("---\na: https://a.example/\\u0026\n---\n", [f"{A}\\u0026"]),
        ('+++\na = "https://a.example/?a=1\\u0026b=2"\n+++\n', [f"{A}?a=1&b=2"]),
        ("+++\na = 'https://a.example/\\d'\nb = \"https://a.example/\\u0062\"\n+++\n", [f"{A}\\d", f"{A}b"]),
        ('{\n"a": "https:\\/\\/a.example\\/y",\n"b": ["https://a.example/?a=1\\u0026b=2"]\n}\n', [f"{A}y", f"{A}?a=1&b=2"]),
        ('{\n"a": "https://a.example/\\ud83d\\ude00"\n}\n', [f"{A}😀"]),
        ('---json\n{"a": "https:\\/\\/a.example\\/y"}\n---\ntext\n', [f"{A}y"]),
        ('--- toml\na = "https://a.example/\\u0062"\n---\n', [f"{A}b"]),
        ('---yaml\na: "https:\\x2F\\x2Fa.example/b"\n---\n', [f"{A}b"]),
    ],
)  # fmt: skip
def test_escapes_in_front_matter_are_resolved_by_the_rules_of_its_format(
    text: str, expected: list[str]
) -> None:
    citations = extract(text, path="a.md").citations
    assert [citation.url for citation in citations] == expected
    data = text.encode()
    for citation in citations:
        written = data[citation.start : citation.end].decode()
        assert written.startswith("http")
        assert written[-1] not in "\"' \n"


@pytest.mark.parametrize(
    "text",
    [
        f"{A}version/{{package}}/last", f"{A}${{ID}}/y", f"{A}{{{{date}}}}", f"{A}{{{{ date }}}}/x", f"{A}{{0}}", f"{A}{{}}",
        f"{A}<name>/y", f"<{A}<x>/b>", f"{A}?q=%s", f"{A}%(name)s/x", f"{A}users/:id", f"{A}:userId/x", f"[x]({A}{{id}})",
        "https://{host}/x", "https://${HOST}/x", "https://$HOST/x", "https://*.a.example/", "https://<host>/x", "https://[your-domain]/x",
        f"{A}{{% url %}}", f"{A}search{{?q}}", f"{A}{{+path}}/x", f"{A}$(id)/x", f'<a href="{A}{{{{ id }}}}">x</a>', f"{A}<%= id %>",
        f"[x]({A}{{{{ a.b }}}})", f"{A}&lt;name&gt;/x", f"{A}\\{{id\\}}/x", f"{A}%7Bid%7D/x", f"{A}#{{id}}", f"{A}%7B%7Bid%7D%7D",
        f"[x]({A}{{{{< param core.v >}}}}/b#c)", f"{A}{{{{< v >}}}}/b", f"{A}v{{{{% v %}}}}.zip", f"[x]: {A}{{{{< v >}}}}/b\n\n[x]\n",
        f"<{A}{{{{< v >}}}}>", f'<a href="{A}{{{{< var v >}}}}">x</a>', f"![x]({A}{{{{< param v >}}}}/b.png)", f"a](({A}{{{{< param v >}}}}/b)",
        "https://YOUR_DOMAIN/x", "https://HOST:8080/x", "http://YOUR-SITE/", "https://a.example:PORT/x", f"{A}?key=YOUR_API_KEY", f"{A}[[id]]/x",
        f'[x]({A}{{{{ site.version | default: "v1" }}}}/b)', f'[x]({A}b{{{{ "" }}}})', f"[x]({A}{{% if x %}}y{{% endif %}})",
        f"{A}`version`/b", f"{A}?q=`r x`", f"{A}<var>id</var>/b", f"{A}<em>id</em>", f"{A}{{% raw %}}x{{% endraw %}}/b",
        f"{A}…/b", f"{A}?q=…&r=1", f"{A}b/.../c", f"{A}page/(\\d+)", f"{A}b/\\w+", f"{A}[YOUR-NAME]/b", f"{A}[your-name]/b",
        f"{A}%VERSION%/b", f"{A}v$VERSION/b", f"{A}$MY_HOME/b", f"{A}YYYY/MM", f"{A}XXXX/b", f"{A}?key=API_KEY", f"{A}?key=xxxxx",
        f"{A}$1/b", f"{A}b/$2",
        "http://proxy:port/b", "https://xxx.xxx.xxx.xxx/", "http://x.x.x.x:8080/b",
    ],
)  # fmt: skip
def test_a_placeholder_is_no_citation_and_is_counted(text: str) -> None:
    page = extract(f"{text} and {A}real", path="a.md")
    assert [citation.url for citation in page.citations] == [f"{A}real"]
    assert page.skipped == {"placeholder": 1}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"{A}b<br>c", f"{A}b"), (f"{A}<b>c</b>", A), (f"{A}b{{: target=_blank}}", f"{A}b"), (f"{A}b{{.is-info}}", f"{A}b"),
        (f"{{{{< b >}}}}{A}b{{{{< /b >}}}}", f"{A}b"), (f"{{{{< b >}}}}{A}{{{{< /b >}}}}", A), (f"{A}b{{{{< br >}}}} c", f"{A}b"), (f"{{% if x %}}{A}b{{% endif %}}", f"{A}b"), (f"{{{{cite|url={A}b}}}}", f"{A}b"),
        (f"[x]({A}go/:learn)", f"{A}go/:learn"), (f"{A}:w:/r/x", f"{A}:w:/r/x"), (f"{A}$FILE/doc.pdf", f"{A}$FILE/doc.pdf"), (f"{A}a%20b%d0%b0", f"{A}a%20b%d0%b0"),
        ("https://web.archive.org/web/*/http://a.example/", "https://web.archive.org/web/*/http://a.example/"), ("http://[2001:db8::1]/x", "http://[2001:db8::1]/x"),
        (f"{A}{{3f2504e0-4f89-41d3-9a0c-0305e82c3301}}/x", f"{A}{{3f2504e0-4f89-41d3-9a0c-0305e82c3301}}/x"), (f"{A}?a[]=1", f"{A}?a[]=1"),
        ("HTTPS://WWW.A.EXAMPLE/X", "HTTPS://WWW.A.EXAMPLE/X"), (f"{A}YOUR-home/x", f"{A}YOUR-home/x"), (f"{A}your_api_key", f"{A}your_api_key"),
 (f"{A}b&lt;br&gt;", f"{A}b"),
        (f"{A}%7B3f2504e0-4f89-41d3-9a0c-0305e82c3301%7D", f"{A}%7B3f2504e0-4f89-41d3-9a0c-0305e82c3301%7D"),
    ],
)  # fmt: skip
def test_urls_that_only_look_like_placeholders_are_cited(text: str, url: str) -> None:
    assert urls(text) == [url]
    assert not has_placeholder(url)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{{{{< a `{A}b` `{A}c` >}}}} {{{{% x=`{A}d` %}}}} `{A}no`", "bcd"),
        (f"`{{{{<` and `{A}no` }}}} {{{{< a >}}}} `{A}no` {A}b {{{{< `{A}no`", "b"),
        (f"```{{note}}\n[x]({A}b) {A}c\n```\n\n{A}d", "bcd"),
        (f"```{{figure}} {A}b\n:target: {A}c\n\nA caption, [x]({A}d)\n```", "bcd"),
        (f"```{{admonition}} See [x]({A}b)\n:class: tip\n\n- {A}c\n```", "bc"),
        (f"````{{note}}\n```{{tip}}\n{A}b\n```\n```python\n{A}no\n```\n{A}c\n````\n{A}d", "bcd"),
        (f"- x\n\n  ~~~{{note}}\n  [x][r]\n  ~~~\n- {A}c\n\n[r]: {A}b\n", "bc"),
        (f"````md\n```{{note}}\n{A}no\n```\n````\n{A}b", "b"),
        (f"```{{code-block}} md\n{A}no\n```\n```{{r}}\n{A}no\n```\n```{{code-cell}}\n{A}no\n```\n{A}b", "b"),
    ],
)  # fmt: skip
def test_directives_of_myst_with_markdown_are_read(
    text: str, expected: str, dialect: Dialect
) -> None:
    assert sorted(urls(text, dialect)) == [f"{A}{each}" for each in expected]


@pytest.mark.parametrize(
    "text",
    [
        f"[//]: <> (see {A}c)", f'[comment]: <> "{A}d"', f"[//]: # ({A}e)", f"[comment]: # ({A}f)", f"[//]: # '{A}g'", f"[//]: #\n({A}h)",
        f"[//]: # (two\nlines {A}i)", f'[_metadata_:author]:- "{A}j"', f"[]: # ({A}k)", f"> [//]: # ({A}l)", f"[//]: # (see [x]({A}m))",
        f"{{% comment %}} {A}n {{% endcomment %}}", f"{{{{/* {A}o */}}}}", f"{{/* {A}p */}}", f"{{{{% comment %}}}}\n\n{A}s\n\n{{{{% /comment %}}}}", f"{{{{< comment >}}}} [x]({A}t) {{{{< /comment >}}}}", f"{{# {A}q #}}", f"<!-- {A}r -->",
    ],
)  # fmt: skip
def test_a_comment_is_no_citation(text: str) -> None:
    assert urls(f"text\n\n{text}\n\ntext {A}real\n") == [f"{A}real"]


def test_a_definition_with_a_destination_is_no_comment() -> None:
    assert urls(f'[x]: {A} "{A}title"\n\n[y]: #own "words"\n\n## T {{#own}}\n') == [A]


@pytest.mark.parametrize(
    ("text", "mkdocs", "gfm"),
    [
        ("see www.a.example now", [], ["http://www.a.example"]),
        ("see www.a.example, www.b.example.", [], ["http://www.a.example", "http://www.b.example"]),
        ("see www.a.example/path", ["http://www.a.example/path"], ["http://www.a.example/path"]),
        (
            "see www.a.example?q=1 and www.a.example#b",
            [],
            ["http://www.a.example?q=1", "http://www.a.example#b"],
        ),
        ("看 www.例え.test/x 。", ["http://www.例え.test/x"], ["http://www.例え.test/x"]),
        ("看 www.例え.test 。 www.微博。", [], ["http://www.例え.test"]),
        ("[t](www.a.example)", ["http://www.a.example"], ["http://www.a.example"]),
        ("---\nsource: www.a.example\n---\n", ["http://www.a.example"], ["http://www.a.example"]),
    ],
)
def test_a_bare_host_is_a_citation_only_if_the_renderer_links_it(
    text: str, mkdocs: list[str], gfm: list[str]
) -> None:
    assert urls(text) == mkdocs
    assert urls(text, Dialect.COMMONMARK) == mkdocs
    assert urls(text, Dialect.GFM) == gfm


def test_invisible_characters_in_a_destination_are_reported() -> None:
    (warning,) = extract(f"[y]({A}b\u200b)", path="a.md").warnings
    assert (warning.code, warning.message) == (
        "salvaged",
        f"a URL has invisible characters: {A}b",
    )
