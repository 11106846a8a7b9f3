"""Test that encoded URLs break no markup, and when one contains another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.patches.url_encoding import encode_unsafe
from reports.replacement_urls import target_contains_original

urls = st.text(
    st.sampled_from("ab/?=&;#()[]{}'\"<>\\`*_|~!$%:@,. \t\n中é\u202e&lt;&#38;"), max_size=30
).map(lambda rest: encode_unsafe(f"https://a.example/{rest}"))


@given(urls)
def test_a_plain_url_contains_no_character_that_ends_it(url: str) -> None:
    assert not set(url) & set(' \t\n"<>`\\')
    assert url.isprintable()
    assert encode_unsafe(url) == url


def test_a_mirror_contains_its_original_in_any_spelling() -> None:
    mirror = "https://web.archive.org/web/2021/http://www.a.example:80/%E4%B8%AD?q=a b"
    assert not target_contains_original(
        mirror, "http://a.example/中?q=a%20b"
    )  # the port makes another text of it: the title keeps the original then
    assert target_contains_original(mirror.replace(":80", ""), "https://a.example/中?q=a%20b#top")
    assert not target_contains_original("https://archive.ph/x", "")
