"""Test that a parser reads back the URL that was written."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.pages import extract
from crawler.pages.formats.markdown.url_forms import (
    as_attribute_value,
    as_destination,
    as_link_text,
    as_title_text,
    escape_entities,
)
from crawler.pages.source.placeholders import has_placeholder
from reports.patches.url_encoding import encode_unsafe

urls = st.text(
    st.sampled_from("ab/?=&;#()[]{}'\"<>\\`*_|~!$%:@,. \t\n中é\u202e&lt;&#38;"), max_size=30
).map(lambda rest: encode_unsafe(f"https://a.example/{rest}"))


@given(urls)
def test_a_url_is_read_back_from_destinations_and_attributes(url: str) -> None:
    assume(not has_placeholder(url))
    for page in (
        f"[a]({as_destination(url)})",
        f"[a](<{escape_entities(url)}>)",
        f'<a href="{as_attribute_value(url)}">a</a>',
        f"<a href='{as_attribute_value(url)}'>a</a>",
    ):
        assert [citation.url for citation in extract(page, path="a.md").citations] == [url], page


@given(urls)
def test_a_url_is_read_back_from_a_title_and_a_text(url: str) -> None:
    for opener, closer in ('""', "''", "()"):
        (citation,) = extract(
            f"[a](http://b.example/ {opener}{as_title_text(url, closer)}{closer})", path="a.md"
        ).citations
        assert citation.title == url
    (citation,) = extract(f"[{as_link_text(url)}](http://b.example/)", path="a.md").citations
    assert citation.text == url
