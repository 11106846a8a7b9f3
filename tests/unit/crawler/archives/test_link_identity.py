"""Test which URLs are one link, and the slots of URLs."""

from __future__ import annotations

import pytest

from crawler.archives.link_identity import WAYBACK_SLOT, identify, slot_of


@pytest.mark.parametrize(
    ("url", "slot"),
    [
        ("https://archive.ph/78efA", "archive.today"),
        ("http://archive.is/2021.01.01-000000/https://a.example/", "archive.today"),
        ("https://web.archive.org/web/2021/https://a.example/", WAYBACK_SLOT),
        ("https://web.archive.org/about", "web.archive.org"),
        ("https://a.example:8443/x", "a.example"),
        ("https://例え.example/x", "xn--r8jz45g.example"),
        ("http://[half/", ""),
    ],
)
def test_a_slot_is_a_host_or_a_whole_archive(url: str, slot: str) -> None:
    assert slot_of(url) == slot


def test_spellings_of_one_address_are_one_link_and_keep_the_first_spelling() -> None:
    one, other = identify("https://WWW.a.example:443/x#part"), identify("https://www.a.example/x")
    assert one.key == other.key
    assert one.url == "https://WWW.a.example:443/x#part"
    assert one.host == "www.a.example"


def test_different_addresses_are_different_links() -> None:
    keys = {
        identify(f"https://a.example/{path}").key
        for path in ("", "a", "A", "a?b=1", "a?b=2", "a/b")
    }
    assert len(keys) == 6


def test_an_unrequestable_url_is_its_own_key_without_a_host() -> None:
    one, other = identify("http://[half/"), identify("http://[half/a")
    assert one.key != other.key
    assert (one.host, other.host) == ("", "")
