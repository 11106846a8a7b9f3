from __future__ import annotations

from datetime import date

import pytest

from crawler.pages import extract
from crawler.pages.citation_context import find_dead_mark, footnote_labels_after
from crawler.pages.source.dates import first_date
from store.vocabulary import Citation


def only_citation(text: str) -> Citation:
    """Return the citation of a page that has one."""
    (citation,) = extract(text, path="a.md").citations
    return citation


@pytest.mark.parametrize(
    "behind",
    [
        "(参照 2022-02-25).",
        "（參照 2022-02-25）",
        "参照: 2022-02-25. [Online].",
        "某报. 2021-12-31. 参照: 2022-02-25. [Online Video].",
        "某报, 2021-12-31 参照 2022-02-25",
        "2022年2月25日访问。",
        "(参照 2022-02-25 10:30)",
        "（访问于 2022年2月25日）",
        "访问日期：2022/2/25",
        "，檢索於2022-02-25",
        "，查阅日期 2022.02.25",
        "（参照 ２０２２－０２－２５）",
        "2022年2月25日閲覧。",
        "（2022年2月25日に閲覧）",
        "閲覧日：2022年2月25日",
        "2022년 2월 25일에 확인함",
        "Retrieved 25 February 2022.",
        "(accessed 2022-02-25)",
        "Accessed on Feb. 25, 2022",
        "last viewed: 25th of February 2022",
        "Access date: 2022-02-25",
        "Retrieved\n2022-02-25",
    ],
)
def test_access_dates_are_read_in_many_languages_and_forms(behind: str) -> None:
    assert only_citation(f"[^1]: 《[题](https://a.example/)》, {behind}").accessed == date(
        2022, 2, 25
    )


@pytest.mark.parametrize(
    "behind",
    [
        "2022-02-25",
        "(参照 2022-02-30)",
        "访问量 2022",
        "参照第12345号",
        "accessed by 100 people on 12/13",
        "总统2022年2月25日访问中国",
        "参考2022年2月25日的报道",
    ],
)
def test_a_date_without_a_word_of_access_is_no_access_date(behind: str) -> None:
    assert only_citation(f"[^1]: 《[题](https://a.example/)》, {behind}").accessed is None


def test_a_date_behind_a_link_in_a_footnote_is_its_date_of_publication() -> None:
    citation = only_citation(
        "[^1]: 作者, 《[题](https://a.example/)》, 某报, 2021-12-31. (参照 2022-02-25)."
    )
    assert (citation.published, citation.accessed) == (date(2021, 12, 31), date(2022, 2, 25))
    assert (
        only_citation("见 [题](https://a.example/)，2021年12月31日，公司关闭。").published is None
    )
    assert only_citation("见 [题](https://a.example/)（2021年12月31日）。").published == date(
        2021, 12, 31
    )


def test_an_access_date_applies_to_all_links_before_it_and_other_dates_to_the_nearest() -> None:
    live, copy = extract(
        "[^1]: [题](https://a.example/), 2021-01-02. [存档](https://web.archive.org/web/2021/https://a.example/) (参照 2022-02-25)",
        path="a.md",
    ).citations
    assert (live.accessed, copy.accessed) == (date(2022, 2, 25), date(2022, 2, 25))
    assert (live.published, copy.published) == (date(2021, 1, 2), None)
    assert live.block == copy.block


@pytest.mark.parametrize(
    ("citation", "day"),
    [
        ("Accessed: Feb. 25, 2022. [Online]. Available: https://a.example/", date(2022, 2, 25)),
        (
            "Accessed: Jan. 1, 2020. Accessed: Feb. 25, 2022. [Online]. Available: https://a.example/",
            date(2022, 2, 25),
        ),
        (
            "Accessed: Feb. 25, 2022. [Online]. Available: https://a.example/ (accessed 2022-03-01)",
            date(2022, 3, 1),
        ),
        ("Accessed: Feb. 25, 2022. More of it: https://a.example/", None),
        ("Written Feb. 25, 2022. [Online]. Available: https://a.example/", None),
    ],
)
def test_an_access_date_before_an_online_link_is_read(citation: str, day: date | None) -> None:
    assert only_citation(f"[^1]: A. Lin, “Lamps,” {citation}").accessed == day


def test_a_date_that_does_not_exist_is_skipped() -> None:
    assert only_citation(
        "[^1]: [题](https://a.example/), 2022-02-30. (参照 2022-02-25)"
    ).accessed == date(2022, 2, 25)


@pytest.mark.parametrize(
    ("behind", "labels"),
    [
        ("[^1]", ("1",)),
        ("》[^1][^archived-2]。", ("1", "archived-2")),
        ("{target=_blank}[^注]", ("注",)),
        ("x</a>」[^1]", ("1",)),
        (" [^1]", ()),
        ("，[^1]", ()),
        ("[^]", ()),
        ("[1]", ()),
    ],
)
def test_footnote_marks_directly_behind_a_link_are_read(
    behind: str, labels: tuple[str, ...]
) -> None:
    assert footnote_labels_after(f"link{behind} and [^2]".encode(), len("link")) == labels


def test_dates_in_a_nested_item_do_not_apply_to_the_item_around_it() -> None:
    outer, inner = extract(
        "- [甲](https://a.example/)\n    - [乙](https://b.example/) (参照 2022-02-25)\n",
        path="a.md",
    ).citations
    assert (outer.accessed, inner.accessed) == (None, date(2022, 2, 25))
    assert outer.block != inner.block


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("[题](https://a.example/) (参照 2022-05-22). 永久失效链接", "永久失效链接"),
        ("[题](https://a.example/)（已失效）", "已失效"),
        ("[题](https://a.example/) 链接已404", "链接已404"),
        ("[题](https://a.example/), V2EX. 备注：需登录", "需登录"),
        ("[题](https://a.example/)[dead link]", "dead link"),
        ("[题](https://a.example/), login required", "login required"),
        ("[題](https://a.example/) リンク切れ", "リンク切れ"),
        ("永久失效链接: https://a.example/", "永久失效链接"),
        ("已删除 [题](https://a.example/)", "已删除"),
        ('[题](https://archive.is/abcde "链接已失效 https://a.example/")', "链接已失效"),
        (
            "[题](https://a.example/). 备注：原网页已于 2022-07-19 之前被删除",
            "原网页已于 2022-07-19 之前被删除",
        ),
        ("[题](https://a.example/) 讲的是无法访问的网站", None),
        ("该书的作者已删除了许多内容，许多人见了[题](https://a.example/)", None),
    ],
)
def test_dead_mark_of_the_author_is_found(text: str, mark: str | None) -> None:
    assert only_citation(f"- {text}").marked_dead == mark


def test_a_dead_mark_behind_the_next_link_does_not_apply_to_the_first() -> None:
    first, second = extract(
        "- [甲](https://a.example/) 与 [乙](https://b.example/)（已失效）", path="a.md"
    ).citations
    assert (first.marked_dead, second.marked_dead) == (None, "已失效")
    assert find_dead_mark("", "") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2022-13-01", None),
        ("1 May 2022", date(2022, 5, 1)),
        ("12022-01-01", None),
        ("２０２２年１月２日", date(2022, 1, 2)),
    ],
)
def test_the_first_date_of_a_text_is_read(text: str, day: date | None) -> None:
    assert first_date(text) == day
