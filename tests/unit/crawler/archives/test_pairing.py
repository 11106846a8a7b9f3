"""Test the pairing of mirrors with their originals: by URL, by title, by a neighbour, or not."""

from __future__ import annotations

import pytest

from crawler.archives import pair
from store.vocabulary import Citation, CitationKind, OriginalSource, PageWarning

LIVE = "https://news.example.org/2021/ferry"
OTHER = "https://other.example.org/2021/lights"
SHORT = "https://archive.ph/Ab1Cd"
LONG = f"https://web.archive.org/web/20210805110426/{LIVE}"
LONG_OTHER = f"https://web.archive.org/web/20210805110426/{OTHER}"


def cite(
    url: str,
    *,
    title: str | None = None,
    text: str = "",
    block: int = 1,
    line: int = 1,
    kind: CitationKind = CitationKind.INLINE,
) -> Citation:
    return Citation(
        page="a.md",
        line=line,
        column=1,
        start=0,
        end=0,
        url=url,
        text=text,
        title=title,
        kind=kind,
        block=block,
    )


def pair_alone(citation: Citation) -> tuple[str | None, OriginalSource | None, list[str]]:
    """Return original, source and warning codes of a citation without neighbours."""
    (paired,), warnings = pair([citation])
    return (
        paired.original,
        paired.archive.original_source if paired.archive else None,
        [warning.code for warning in warnings],
    )


def test_a_citation_that_is_no_mirror_is_its_own_original() -> None:
    assert pair_alone(cite(LIVE)) == (LIVE, None, [])
    assert pair_alone(cite(LIVE, title=OTHER)) == (LIVE, None, [])
    assert pair_alone(cite("http://exa mple.org:port/")) == ("http://exa mple.org:port/", None, [])


COPY = "https://web.archive.org/web/20210805110426/http://a.example"


@pytest.mark.parametrize(
    ("url", "title", "original", "source", "codes"),
    [
        (LONG, None, LIVE, OriginalSource.EMBEDDED, []),
        (SHORT, LIVE, LIVE, OriginalSource.TITLE, []),
        (SHORT, f"  {LIVE} ", LIVE, OriginalSource.TITLE, []),
        (SHORT, f"链接已失效 {LIVE}", LIVE, OriginalSource.TITLE, []),
        (SHORT, f"原文：{LIVE}。另见", LIVE, OriginalSource.TITLE, []),
        (
            SHORT,
            "https://zh.example.org/苹果（公司）",
            "https://zh.example.org/苹果（公司）",
            OriginalSource.TITLE,
            [],
        ),
        (
            SHORT,
            "ttps://news.example.org/lost-letter",
            "https://news.example.org/lost-letter",
            OriginalSource.TITLE,
            [],
        ),
        (
            SHORT,
            "ttp://news.example.org/on-purpose",
            "http://news.example.org/on-purpose",
            OriginalSource.TITLE,
            [],
        ),
        (SHORT, None, None, None, []),
        (SHORT, "已失效://news.example.org/", None, None, []),
        (SHORT, "a title in words", None, None, []),
        # the title is a mirror itself
        (SHORT, LONG, LIVE, OriginalSource.TITLE, []),
        (SHORT, "https://archive.is/Zz9Yy", None, None, []),
        (LONG, "https://archive.is/Zz9Yy", LIVE, OriginalSource.EMBEDDED, []),
        # two URLs
        (SHORT, f"{LIVE} {OTHER}", LIVE, OriginalSource.TITLE, ["title-two-urls"]),
        (SHORT, f"{LIVE} 评论 https://archive.is/2GMKm", LIVE, OriginalSource.TITLE, []),
        (SHORT, f"{LIVE} {LIVE}#top", LIVE, OriginalSource.TITLE, []),
        # the original in the mirror's URL counts more than its title
        (LONG, OTHER, LIVE, OriginalSource.EMBEDDED, ["title-disagrees"]),
        (LONG, LIVE.replace("https", "http"), LIVE, OriginalSource.EMBEDDED, []),
        (LONG, f"{OTHER} {LIVE}", LIVE, OriginalSource.EMBEDDED, []),
        # the title spells the page as it was cited
        (
            f"{COPY}/x?a=1&b=2",
            "http://a.example/x?b=2&a=1",
            "http://a.example/x?b=2&a=1",
            OriginalSource.TITLE,
            [],
        ),
        (
            f"{COPY}/x",
            "http://a.example/x;jsessionid=1F",
            "http://a.example/x;jsessionid=1F",
            OriginalSource.TITLE,
            [],
        ),
        (
            f"{COPY}/x",
            "http://m.a.example/x",
            "http://a.example/x",
            OriginalSource.EMBEDDED,
            ["title-disagrees"],
        ),
        # a mirror of a mirror whose URL does not contain the original
        (f"https://web.archive.org/web/2021/{SHORT}", None, None, None, []),
        (f"https://web.archive.org/web/2021/{SHORT}", LIVE, LIVE, OriginalSource.TITLE, []),
    ],
)
def test_the_original_is_in_the_url_or_the_title(
    url: str,
    title: str | None,
    original: str | None,
    source: OriginalSource | None,
    codes: list[str],
) -> None:
    assert pair_alone(cite(url, title=title)) == (original, source, codes)


def test_a_title_with_several_urls_is_a_warning_with_its_line() -> None:
    third = "https://third.example.org/"
    _, warnings = pair(
        [
            cite(SHORT, title=f"{LIVE} {OTHER} {third}", line=7),
            cite(LONG, title=f"{OTHER}: {third}", line=9),
        ]
    )
    assert warnings == (
        PageWarning(
            page="a.md",
            line=7,
            code="title-two-urls",
            message=f"the title contains 3 URLs; the first is used: {LIVE}",
        ),
        PageWarning(
            page="a.md",
            line=9,
            code="title-disagrees",
            message=f"the mirror is of {LIVE}, but its title names {OTHER}",
        ),
    )


@pytest.mark.parametrize(
    ("text", "original"),
    [("Archive " + "x" * 32, LIVE), ("Archive " + "x" * 33, None), ("ferry", None)],
)
def test_a_text_of_over_40_characters_does_not_name_a_mirror(
    text: str, original: str | None
) -> None:
    (_, mirror), _ = pair([cite(LIVE), cite(SHORT, text=text)])
    assert mirror.original == original


@pytest.mark.parametrize(
    "text",
    [
        "Internet Archive",
        "Archive Today",
        "存档",
        "网页快照",
        "備份",
        "archive.ph",
        "Archived version (2021)",
        "魚拓",
        "",
        SHORT,
        "ferry strike",
    ],
)
def test_a_mirror_next_to_one_link_is_paired_with_it(text: str) -> None:
    (live, mirror), warnings = pair([cite(LIVE, text="ferry strike"), cite(SHORT, text=text)])
    assert (live.original, live.archive, warnings) == (LIVE, None, ())
    assert mirror.original == LIVE
    assert mirror.archive is not None
    assert (mirror.archive.original, mirror.archive.original_source) == (
        LIVE,
        OriginalSource.NEIGHBOUR,
    )


def test_a_mirror_may_come_before_its_original() -> None:
    (mirror, _live), _ = pair([cite(SHORT, text="存档"), cite(LIVE)])
    assert mirror.original == LIVE


@pytest.mark.parametrize(
    ("citations", "why"),
    [
        ([cite(LIVE, block=1), cite(SHORT, text="Internet Archive", block=2)], "another block"),
        (
            [cite(LIVE, text="Weibo"), cite(SHORT, text="The strike at the harbour, day by day")],
            "a source of its own",
        ),
        (
            [
                cite(LIVE),
                cite(SHORT, text="How the Internet Archive lost its case against the publishers"),
            ],
            "a title that mentions an archive",
        ),
        (
            [cite(LIVE), cite(f"{SHORT}/0123.jpg", kind=CitationKind.IMAGE)],
            "an image of a snapshot",
        ),
        ([cite(SHORT, text="存档")], "no neighbour"),
        (
            [cite(SHORT, text="存档"), cite("https://archive.is/Zz9Yy", text="存档")],
            "only mirrors with unknown originals",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_uncertain_original_stays_unknown(citations: list[Citation], why: str) -> None:
    paired, warnings = pair(citations)
    assert [citation.original for citation in paired if citation.archive] == [None] * sum(
        citation.archive is not None for citation in paired
    ), why
    assert warnings == ()


def test_a_mirror_next_to_two_links_is_not_paired() -> None:
    (_, _, mirror), warnings = pair(
        [cite(LIVE, line=7), cite(OTHER, line=7), cite(SHORT, text="Archive Today", line=7)]
    )
    assert mirror.original is None
    assert mirror.archive is not None
    assert warnings == (
        PageWarning(
            page="a.md",
            line=7,
            code="neighbour-ambiguous",
            message=f"2 links next to it could be the original of {SHORT}",
        ),
    )


def test_spellings_of_one_link_are_one_candidate() -> None:
    (_, _, mirror), warnings = pair(
        [cite(LIVE), cite(f"{LIVE}#top"), cite(SHORT, text="Archive Today")]
    )
    assert (mirror.original, warnings) == (LIVE, ())


def test_a_mirror_is_paired_with_the_original_of_another_mirror() -> None:
    (_, second), _ = pair([cite(LONG, text="ferry strike"), cite(SHORT, text="Archive Today")])
    assert second.original == LIVE
    (_, _, third), warnings = pair(
        [cite(LIVE), cite(LONG_OTHER), cite(SHORT, text="Archive Today")]
    )
    assert third.original is None
    assert [warning.code for warning in warnings] == ["neighbour-ambiguous"]


def test_several_copies_of_one_link_are_all_its_mirrors() -> None:
    (_, first, second), warnings = pair(
        [
            cite(LIVE),
            cite(SHORT, text="Archive Today"),
            cite("https://perma.cc/A1B2-C3D4", text="Perma.cc"),
        ]
    )
    assert (first.original, second.original, warnings) == (LIVE, LIVE, ())


def test_pairing_keeps_order_and_other_fields() -> None:
    before = [
        cite(SHORT, title=LIVE, line=1),
        cite(LIVE, line=2, block=2),
        cite(LONG, line=3, block=3),
    ]
    after, _ = pair(before)
    assert [(citation.url, citation.line, citation.title) for citation in after] == [
        (citation.url, citation.line, citation.title) for citation in before
    ]
    assert pair(after)[0] == after
    assert pair([]) == ((), ())


def test_urls_below_the_local_archive_are_mirrors() -> None:
    base = "https://wiki.example/archive"
    cited = [
        cite(f"{base}/20261122114800/{LIVE}"),
        cite(f"{base}/about", block=2),
        cite(f"https://wiki.example/20261122114800/{LIVE}", block=3),
    ]
    (copy, about, other), _ = pair(cited, local_archive_url=f"{base}/")
    assert copy.archive is not None
    assert (copy.original, copy.archive.service, copy.archive.timestamp) == (
        LIVE,
        "local",
        "20261122114800",
    )
    assert [about.archive, other.archive] == [None, None]
    assert pair(cited)[0][0].archive is None
