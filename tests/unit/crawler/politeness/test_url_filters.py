"""Test the configured URL patterns."""

from __future__ import annotations

import pytest

from crawler.config import Config
from crawler.politeness.url_filters import UrlFilters

WAYBACK = "https://web.archive.org/web/2021/https://a.example/x"


@pytest.mark.parametrize(
    ("include", "exclude", "url", "excluded"),
    [
        ((), (), "https://a.example/x", False),
        ((), ("https://a\\.example/",), "https://a.example/x", True),
        ((), ("a.example",), "https://a.example/x", False),  # from the beginning
        ((), (".*/x$", "b"), "https://a.example/x", True),
        (("https://a.example/",), (), "https://a.example/x", False),
        (("https://a.example/",), (), "https://b.example/x", True),
        (("https://a.example/",), (".*/x",), "https://a.example/x", True),  # excluding wins
    ],
)
def test_included_links_that_are_not_excluded_are_requested(
    include: tuple[str, ...], exclude: tuple[str, ...], url: str, excluded: bool
) -> None:
    assert (
        UrlFilters.from_config(Config(include=include, exclude=exclude)).excludes(url) is excluded
    )


def test_include_applies_to_a_mirrors_original_and_exclude_to_its_url() -> None:
    assert not UrlFilters.from_config(Config(include=("https://a.example/",))).excludes(
        WAYBACK, "https://a.example/x"
    )
    assert UrlFilters.from_config(Config(include=("https://b.example/",))).excludes(
        WAYBACK, "https://a.example/x"
    )
    assert not UrlFilters.from_config(Config(exclude=("https://a.example/",))).excludes(
        WAYBACK, "https://a.example/x"
    )
    assert UrlFilters.from_config(Config(exclude=("https://web.archive.org/",))).excludes(
        WAYBACK, "https://a.example/x"
    )


def test_statuses_of_every_pattern_that_matches_are_accepted() -> None:
    accepted = UrlFilters.from_config(
        Config(accept={"https://a": (403,), "https://a.example/x": (401, 999), "https://b": (500,)})
    ).accepted_statuses
    assert accepted("https://a.example/x") == {401, 403, 999}
    assert accepted("https://a.example/y") == {403}
    assert accepted("https://c.example/") == frozenset()


def test_the_first_matching_remap_pattern_is_used() -> None:
    remapped = UrlFilters.from_config(
        Config(
            remap={
                r"https://a\.example/(\w+)/": r"https://b.example/?page=\1&rest=",
                "https://a.example/": "http://127.0.0.1:8000/",
                "https://a": "https://never.example/",
                r"(?P<scheme>https?)://old\.example": r"\g<scheme>://new.example",
            }
        )
    ).remap_url
    assert remapped("https://a.example/x/y?z#part") == "https://b.example/?page=x&rest=y?z#part"
    assert remapped("https://a.example/x") == "http://127.0.0.1:8000/x"
    assert (
        remapped("http://old.example:8080/https://a.example/")
        == "http://new.example:8080/https://a.example/"
    )
    assert (
        remapped("https://c.example/https://a.example/") == "https://c.example/https://a.example/"
    )


def test_exclude_applies_to_redirect_targets_and_include_does_not() -> None:
    selection = UrlFilters.from_config(
        Config(include=("https://a.example/",), exclude=("https://b.example/",))
    )
    assert [selection.matches_exclude(f"https://{host}.example/") for host in "abc"] == [
        False,
        True,
        False,
    ]
