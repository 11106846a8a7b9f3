from __future__ import annotations

import pytest

from crawler.pages import extract
from crawler.pages.internal_links.fragment_evidence import FragmentEvidence
from crawler.pages.internal_links.resolver import resolve_internal_links
from crawler.pages.internal_links.wiki_index import WikiIndex

INDEX = WikiIndex(
    {
        "docs/index.md": ["top"],
        "docs/company/微信.md": ["封杀-qq", "_1", "历史"],
        "docs/company/index.md": [],
        "docs/people/A_B.md": ["a-b"],
        "docs/other/微信.md": [],
    },
    {"docs/src/图 1.png", "docs/file.pdf"},
)


@pytest.mark.parametrize(
    ("target", "path", "broken"),
    [
        ("/company/微信.md", "company/微信.md", None),
        ("/company/%E5%BE%AE%E4%BF%A1.md", "company/微信.md", None),
        ("../people/A_B.md", "people/A_B.md", None),
        ("../people/A_B", "people/A_B.md", None),
        ("../people/A_B.html", "people/A_B.md", None),
        ("./index.md?x=1", "company/index.md", None),
        ("/company/", "company/index.md", None),
        ("/src/", "src", None),
        ("/src/图%201.png", "src/图 1.png", None),
        ("<../src/图 1.png>", "src/图 1.png", None),
        ("#历史", "company/微信.md", None),
        ("#%E5%8E%86%E5%8F%B2", "company/微信.md", None),
        ("/company/微信.md#封杀-QQ", "company/微信.md", None),
        ("/company/微信.md#fn:1", "company/微信.md", None),
        ("/company/微信.md#没有", "company/微信.md", "missing-heading"),
        ("#没有", "company/微信.md", "missing-heading"),
        ("没有.md", "company/没有.md", "missing-page"),
        ("/src/没有.png", "src/没有.png", "missing-page"),
        ("../../README.md", None, "outside-root"),
        ("../../../../etc/passwd", None, "outside-root"),
    ],
)
def test_link_resolves_to_a_page_or_is_broken(
    target: str, path: str | None, broken: str | None
) -> None:
    (link,) = extract(f"[甲]({target})", path="docs/company/微信.md").internal_links
    (resolved,) = resolve_internal_links([link], "docs", INDEX)
    assert (resolved.path, resolved.broken) == (path, broken)


@pytest.mark.parametrize(
    ("written", "path", "broken", "text"),
    [
        ("[[A_B]]", "people/A_B.md", None, "A_B"),
        ("[[a_b|甲]]", "people/A_B.md", None, "甲"),
        ("![[图 1.png]]", "src/图 1.png", None, "图 1.png"),
        ("[[company/微信#历史]]", "company/微信.md", None, "company/微信#历史"),
        ("[[微信]]", "other/微信.md", None, "微信"),
        ("[[没有]]", None, "missing-page", "没有"),
    ],
)
def test_wikilinks_find_a_page_in_any_folder(
    written: str, path: str | None, broken: str | None, text: str
) -> None:
    (link,) = extract(written, path="docs/other/a.md").internal_links
    (resolved,) = resolve_internal_links([link], "docs", INDEX)
    assert (resolved.path, resolved.broken, resolved.text) == (path, broken, text)


def test_without_a_list_of_files_only_pages_are_judged() -> None:
    links = extract("[甲](没有.pdf) [乙](没有.md)", path="docs/a.md").internal_links
    assert [
        link.broken for link in resolve_internal_links(links, "docs", WikiIndex({"docs/a.md": []}))
    ] == [None, "missing-page"]


def test_the_root_of_a_wiki_may_be_the_working_folder() -> None:
    (link,) = extract("[甲](/b.md)", path="a.md").internal_links
    assert resolve_internal_links([link], "", WikiIndex({"a.md": [], "b.md": []}))[0].path == "b.md"


@pytest.mark.parametrize(
    ("page", "anchors"),
    [
        ("# 封杀 QQ\n", {"封杀-qq"}),
        ("# A *b* `c`\n", {"a-b-c"}),
        ("# 甲 {#own}\n", {"own"}),
        ("# 甲\n# 甲\n", {"甲", "甲-1", "_1", "_2"}),
        ("## ✨ Features\n", {"-features", "features"}),
        ("## ⚠️ Warning\n", {"️-warning", "warning"}),
        ("## नमस्ते दुनिया\n", {"नमस्ते-दुनिया"}),
        ("## 2. Two\n", {"2-two", "two"}),
        ("<h2>Raw <b>one</b></h2>\n", {"raw-one"}),
        ("# T {: #top }\n", {"top", "t"}),
        ("# T {.tabset}\n", {"t"}),
        ("A paragraph.\n{: #sni }\n", {"sni"}),
        ("A paragraph.\n{: .a id='sni' #b}\n", {"sni", "b"}),
        ('![i](https://x.example/x.png){: loading=lazy id="img1" }\n', {"img1"}),
        ("[span]{#sp .x}\n", {"sp"}),
        ("[](){#own}\n", {"own"}),
        ("| a |\n|---|\n| b {: #cell } |\n", {"cell"}),
        ("- a\n{: #item }\n", {"item"}),
        ("- {: #item } a\n", {"item"}),
        ("| a |\n|---|\n| b |\n{: #table }\n", {"table"}),
        ("(target)=\n# T\n", {"target"}),
        ('<a name="x"></a> <span id=y>z</span>\n', {"x", "y"}),
        ('<a id="x"></a>\n\n<div id="y">z</div>\n', {"x", "y"}),
    ],
)
def test_headings_ids_and_targets_are_anchors(page: str, anchors: set[str]) -> None:
    assert anchors <= set(extract(page, path="a.md").anchors)


@pytest.mark.parametrize(
    "text", ["`[[A]]`", "[[A](b.md)", "[[1]](https://a.example/)", "```\n[[A]]\n```"]
)
def test_text_that_is_not_a_wikilink_is_ignored(text: str) -> None:
    assert not [link for link in extract(text, path="a.md").internal_links if link.wiki]


@pytest.mark.parametrize(
    ("fragment", "page"),
    [
        ("publishdir", "`publishDir`\n: Where the site goes.\n"),
        ("config.a", "#### <!-- md:setting config.a -->\n"),
        ("own", "# T {/* #own */}\n"),
        ("glued", "#Glued\n"),
        ("the-tab", '=== "The tab"\n\n    text\n'),
        ("a-note", '!!! note "A note"\n\n    text\n'),
        ("of-the-module", "::: package.module\n"),
        ("of-the-snippet", '--8<-- "part.md"\n'),
        ("of-the-shortcode", "{{< options >}}\n"),
        ("of-the-include", "{% include part.md %}\n"),
        ("of-the-embed", "![[Other note]]\n"),
        ("fnref:1", "A[^1]\n\n[^1]: note\n"),
        ("user-content-fn-1", "A[^1]\n\n[^1]: note\n"),
        (":~:text=lamp", "lamp\n"),
        ("L10-L12", "lamp\n"),
    ],
)
def test_a_fragment_that_a_page_may_have_is_not_missing(fragment: str, page: str) -> None:
    index = WikiIndex({"b.md": extract(page, path="b.md").anchors, "a.md": []})
    links = extract(f"[x](b.md#{fragment}) [y](b.md#none)", path="a.md").internal_links
    resolved = resolve_internal_links(links, "", index, lambda _: page)
    assert resolved[0].broken is None
    has_unknown_parts = "of-the" in fragment
    assert resolved[1].broken == (None if has_unknown_parts else "missing-heading")


@pytest.mark.parametrize(
    "page", ["[Oil](#oil)\n", "- [Oil](#oil)\n", '<a href="#oil">oil</a>\n', "`#oil` and oil\n"]
)
def test_a_link_to_a_heading_is_no_heading(page: str) -> None:
    index = WikiIndex({"a.md": extract(page, path="a.md").anchors})
    (link,) = extract("[x](#oil)", path="a.md").internal_links
    (resolved,) = resolve_internal_links([link], "", index, lambda _: page)
    assert resolved.broken == "missing-heading"


def test_links_of_a_published_page_are_not_judged() -> None:
    (link,) = extract("[x](/nothing.md)", path="https://wiki.example/a").internal_links
    (resolved,) = resolve_internal_links([link], "", WikiIndex({"a.md": []}, set()))
    assert resolved.broken is None


@pytest.mark.parametrize(
    "target", ["{{base}}/a.md", "${ROOT}/a.md", "{{page.url}}", "%(root)s/a.md", "{page}.md"]
)
def test_a_target_with_a_placeholder_is_not_judged(target: str) -> None:
    (link,) = extract(f"[x]({target})", path="a.md").internal_links
    (resolved,) = resolve_internal_links([link], "", WikiIndex({"a.md": []}, set()))
    assert resolved.broken is None


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 50_000,
        "\n" * 100_000,
        "{" * 50_000,
        "import " + " " * 50_000,
        "# a\n" * 20_000,
        "<a " * 50_000,
        "`" * 50_000,
    ],
)
def test_a_hostile_page_is_searched_for_a_fragment(text: str) -> None:
    assert not FragmentEvidence(text, is_component_page=True).may_have("nothing")


def test_a_page_is_searched_for_many_missing_fragments_within_a_bound() -> None:
    words = " ".join(f"<b a{number} b{number}>" for number in range(50_000))
    evidence = FragmentEvidence(f"# Lamps\n\n{words}")
    assert not evidence.may_have("c.d")
    found = [evidence.may_have(f"a{number}.b{number}") for number in range(5_000)]
    assert found == sorted(found)  # searched until the bound, then not called missing
    assert found[0] is False
    assert found[-1] is True


def test_many_links_to_missing_headings_of_two_pages_read_each_page_once() -> None:
    read: list[str] = []

    def read_text(path: str) -> str:
        read.append(path)
        return "# Head\n"

    targets = [f"{page}#missing-{number}" for number in range(500) for page in ("b.md", "c.md")]
    links = extract(" ".join(f"[x]({target})" for target in targets), path="a.md").internal_links
    index = WikiIndex({"a.md": (), "b.md": ("head",), "c.md": ("head",)})
    resolved = resolve_internal_links(links, "", index, read_text)
    assert {link.broken for link in resolved} == {"missing-heading"}
    assert sorted(read) == ["a.md", "b.md", "c.md"]
