"""Test that a Markdown parser shows every text as text, so that it cannot change the report."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.formats.markdown.escaping import autolink, code, escape
from reports.wording.sanitize import plain, plain_url

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = st.text(
    "\x00\x1b\n\r\t\u2028\u202e []()<>`|*_\\\"'#&;!~$-+=.:/aé文0", max_size=40
) | st.text(st.characters(codec="utf-8"), max_size=40)


def inline(source: str) -> list[tuple[str, str]]:
    """Parse a list item's text into (kind, content)."""
    tokens = PARSER.parse(f"- x{source}x\n")
    assert [token.type for token in tokens if token.nesting >= 0] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
    ]
    return [(token.type, token.content) for token in tokens[3].children or ()]


@given(HOSTILE)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    parsed = inline(escape(text))
    assert {kind for kind, _ in parsed} <= {"text", "text_special"}
    assert "".join(content for _, content in parsed) == f"x{plain(text)}x"


@given(HOSTILE)
def test_code_span_holds_the_whole_text_and_nothing_else(text: str) -> None:
    parsed = inline(f" {code(text)} ")
    shown = plain(text, 1_000)
    assert parsed == [("text", "x "), ("code_inline", shown or " "), ("text", " x")]


@given(HOSTILE)
def test_autolink_leads_to_its_url_and_nowhere_else(text: str) -> None:
    url = f"http://example.org/{text}"
    tokens = PARSER.parse(f"- {autolink(url)} x\n")
    children = tokens[3].children or []
    assert [child.type for child in children] == ["link_open", "text", "link_close", "text"]
    assert unquote(str(children[0].attrs["href"])) == unquote(plain_url(url))


@given(HOSTILE)
def test_only_web_addresses_are_links(text: str) -> None:
    assert "link_open" not in {kind for kind, _ in inline(autolink(f"javascript:{text}"))}
