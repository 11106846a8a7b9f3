"""Test the comment for a pull request: it is short, and texts cannot change its markup."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from markdown_it import MarkdownIt

from reports.formats.comment import COMMENT_MARKER, Comment
from store.queries.pages import BrokenInternalLink
from store.vocabulary import Role, State
from tests.unit.reports.example_findings import drift, finding, link, place, proposal, report
from tests.unit.reports.hostile import HOSTILE, hostile_report


def comment(*findings: Any, **changes: Any) -> list[str]:
    return "".join(Comment().render(report(*findings, **changes))).splitlines()


def test_nothing_to_fix_is_two_lines() -> None:
    totals = {Role.LINK: {State.ALIVE: 3}, Role.MIRROR: {}}
    assert comment(totals=totals) == [COMMENT_MARKER, "**3 links: nothing to fix**"]


def test_the_worst_comes_first_each_with_its_place() -> None:
    totals = {Role.LINK: {State.BROKEN: 1, State.SUSPECT: 1, State.UNCHECKED: 1}, Role.MIRROR: {}}
    internal = BrokenInternalLink(
        page="b.md", line=2, column=1, target="gone.md", text="", broken="missing-page"
    )
    lines = comment(
        finding(link(State.SUSPECT, id=1, url="http://s.example/")),
        finding(
            link(
                State.BROKEN,
                id=2,
                url="http://b.example/",
                citations=[place(page="a b.md"), place(page="c.md")],
            )
        ),
        totals=totals,
        internal_links=[internal],
        wiki="notes",
        source_url="https://git.example/{path}#L{line}",
    )
    assert (
        lines[1]
        == "**3 links of notes: 1 broken, 1 failing, not confirmed, 1 broken internal link, 1 not checked yet**"
    )
    assert [line for line in lines if line.endswith(":")] == [
        "Broken:",
        "Failing, not confirmed:",
        "Broken internal links:",
    ]
    line = place().line
    assert (
        f"- [`a b.md:{line}`](<https://git.example/a%20b.md#L{line}>) and 1 more: <http://b.example/>"
        in lines
    )
    assert "- [`b.md:2`](<https://git.example/b.md#L2>) `gone.md`: no such page or file" in lines


def test_it_is_never_longer_than_a_comment_may_be() -> None:
    many = [
        finding(link(State.SUSPECT, id=number, url=f"http://x.example/{number}/{'a' * 300}"))
        for number in range(900)
    ]
    lines = comment(*many)
    assert len("\n".join(lines)) < 65_536
    listed = sum(line.startswith("- ") for line in lines)
    assert lines[-1] == f"… and {900 - listed} more, in the report."


@given(HOSTILE)
def test_no_text_adds_other_markup_to_a_comment(text: str) -> None:
    output = "".join(Comment().render(hostile_report(text)))
    assert output.startswith(f"{COMMENT_MARKER}\n**")
    kinds = {
        token.type
        for token in _with_children(MarkdownIt("commonmark").parse(output.partition("\n")[2]))
    }
    assert kinds <= {
        *(
            "paragraph_open",
            "paragraph_close",
            "inline",
            "text",
            "strong_open",
            "strong_close",
            "bullet_list_open",
            "bullet_list_close",
        ),
        *(
            "list_item_open",
            "list_item_close",
            "link_open",
            "link_close",
            "code_inline",
            "hardbreak",
            "softbreak",
        ),
    }


def _with_children(tokens: Any) -> Any:
    for token in tokens:
        yield token
        yield from _with_children(token.children or ())


def test_changed_page_and_new_address_are_listed() -> None:
    changed = finding(link(id=2, url="http://y.example/"), drift=drift())
    lines = comment(finding(link(State.BROKEN), proposals=(proposal(),)), changed)
    assert lines[1] == "**0 links: 1 broken, 1 content changed**"
    assert "Content changed:" in lines
    assert any(
        line.startswith(
            "  only 25% of the text of <https://web.archive.org/web/2021/http://y.example/> is still on the page"
        )
        for line in lines
    )
    assert any("possibly moved to <http://x.example/new>, confidence 88%" in line for line in lines)


def test_addresses_in_sentences_are_links_without_backslashes() -> None:
    r"""GitHub's parser takes the backslash of `\_` as a part of a URL in text."""
    copy = "https://web.archive.org/web/2021/http://y.example/a_b~c*d"
    changed = finding(link(id=2), drift=replace(drift(), mirror=copy))
    assert any(f" <{copy}> " in line for line in comment(changed))
