"""Test which links redirect to a page that other cited pages redirect to, too."""

from __future__ import annotations

import pytest

from crawler.moves.shared_targets import Redirect, links_at_shared_targets

A = "http://a.example"


def doubtful(target: str, *urls: str) -> set[str]:
    """Return the URLs that are not to be replaced by the target at which all of them end."""
    redirects = [Redirect(number, url, target) for number, url in enumerate(urls)]
    return {urls[number] for number in links_at_shared_targets(redirects)}


@pytest.mark.parametrize(
    ("target", "urls"),
    [
        (f"{A}/help/", [f"{A}/faq/login", f"{A}/faq/printing"]),
        (f"{A}/archive", [f"{A}/2019/03/flood.html", f"{A}/2020/11/harvest.html"]),
        ("https://new.example/", [f"{A}/about/team", f"{A}/about/history"]),
        (f"{A}/news/elections", [f"{A}/news/2019/elections", f"{A}/news/2020/elections"]),
        (f"{A}/guide", [f"{A}/user/guide", f"{A}/admin/guide"]),
        (f"{A}/product", [f"{A}/news/new-product-launched", f"{A}/news/closing-down-soon"]),
        (f"{A}/forum", [f"{A}/thread.php?tid=88123", f"{A}/thread.php?tid=99456"]),
        (f"{A}/论坛", [f"{A}/帖子/风筝", f"{A}/帖子/长明灯"]),
        (
            f"{A}/report-of-the-board",
            [f"{A}/2019/report-of-the-board", f"{A}/2020/report-of-the-board"],
        ),
    ],
)
def test_two_pages_that_end_at_one_are_left(target: str, urls: list[str]) -> None:
    assert doubtful(target, *urls) == set(urls)


@pytest.mark.parametrize(
    ("target", "urls"),
    [
        (f"{A}/new/login", [f"{A}/old/login", "https://www.a.example/old/login/"]),
        (f"{A}/new/", [f"{A}/old", f"{A}/old/index.html"]),
        (f"{A}/new", [f"{A}/old", f"{A}/old?utm_source=feed"]),
        (f"{A}/posts/7310-a-walk", [f"{A}/?p=7310", f"{A}/2019/05/7310.html"]),
        (
            f"{A}/posts/how-the-fog-works",
            [f"{A}/2021/how-the-fog-works", f"{A}/blog/how-the-fog-works.html"],
        ),
        (f"{A}/install", [f"{A}/docs/install"]),
        (f"{A}/a", [f"{A}/a/", "https://a.example/a"]),
    ],
)
def test_addresses_of_one_page_are_one_page(target: str, urls: list[str]) -> None:
    assert doubtful(target, *urls) == set()


def test_a_page_that_the_target_names_is_replaced_and_one_that_was_merged_into_it_is_not() -> None:
    urls = [f"{A}/docs/install", f"{A}/docs/setup"]
    assert doubtful(f"{A}/guide/install", *urls) == {f"{A}/docs/setup"}


def test_many_links_at_one_page_are_not_compared_pair_by_pair() -> None:
    urls = [f"{A}/{number}/part-{number}" for number in range(20_000)]
    assert len(doubtful(f"{A}/all", *urls)) == len(urls)
