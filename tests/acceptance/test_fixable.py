"""Compare what reports call fixable with what `holdfast fix` fixes, in pages of every format."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, error_lines, rows, why_nothing
from tests.acceptance.lost_pages import copy, gone, web_without_pages, write_wiki
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


def _notebook(*lines: str) -> str:
    source = [f"{line}\n" for line in lines]
    cell = {"cell_type": "markdown", "id": "c", "metadata": {}, "source": source}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _canvas(*texts: str) -> str:
    nodes = [{"type": "text", "text": text} for text in texts]
    return json.dumps({"nodes": nodes, "edges": []})


# Pages, what can be fixed on each, and what cannot.
KINDS = {
    "frame.mdx": (
        f'<iframe src="{gone("mdx-frame")}" />\n\n[a]({gone("mdx")})\n',
        ["mdx"],
        ["mdx-frame"],
    ),
    "matter.md": (
        f"---\ncanonicalURL: {gone('md-key')}\nsource: {gone('md-source')}\n---\n\ntext\n",
        ["md-source"],
        ["md-key"],
    ),
    "badges.md": (
        f"[![build]({gone('ci/badge.svg')})]({gone('ci')})\n\n![photo]({gone('photo.png')})\n",
        ["ci", "photo.png"],
        ["ci/badge.svg"],
    ),
    "embed.md": (
        f'<iframe src="{gone("md-frame")}"></iframe>\n\n[a]({gone("md")})\n',
        ["md"],
        ["md-frame"],
    ),
    "shortcode.md": (f'{{{{< video src="{gone("md-video")}" >}}}}\n', [], ["md-video"]),
    "player.qmd": (
        f"{{{{< video {gone('qmd-video')} >}}}}\n\n[a]({gone('qmd')})\n",
        ["qmd"],
        ["qmd-video"],
    ),
    "cell.ipynb": (
        _notebook(f'<video src="{gone("ipynb-video")}"></video>', "", f"[a]({gone('ipynb')})"),
        ["ipynb"],
        ["ipynb-video"],
    ),
    "board.canvas": (
        _canvas(f'<iframe src="{gone("canvas-frame")}"></iframe>', f"[a]({gone('canvas')})"),
        ["canvas"],
        ["canvas-frame"],
    ),
    "frame.html": (
        (
            f'<!doctype html><title>F</title><iframe src="{gone("html-frame")}"></iframe>'
            f'<p><a href="{gone("html")}">a</a>'
        ),
        ["html"],
        ["html-frame"],
    ),
    "joined.bib": (
        (
            f"@string{{base = {{{gone('bib')}}}}}\n\n@misc{{k,\n  url = base # {{-joined}},\n}}\n\n"
            f"@misc{{l,\n  url = {{{gone('bib-plain')}}},\n}}\n"
        ),
        ["bib-plain", "bib-joined"],
        [],
    ),
    "heading.adoc": (
        f"= T\n\n== {gone('adoc-heading')}[a]\n\n{gone('adoc')}[b]\n",
        ["adoc"],
        ["adoc-heading"],
    ),
    "heading.rst": (
        f"`a <{gone('rst-heading')}>`_\n{'=' * 60}\n\n`b <{gone('rst')}>`_\n",
        ["rst"],
        ["rst-heading"],
    ),
    "template.wiki": (
        (
            f"{{{{Cite web |url={gone('wiki')} |title=T}}}}\n\n"
            f"{{{{Foo |url={gone('wiki-one')} |x={gone('wiki-two')}}}}}\n"
        ),
        ["wiki", "wiki-one", "wiki-two"],
        [],
    ),
}
NAMES = [name for _, fixed, left in KINDS.values() for name in (*fixed, *left)]


@pytest.fixture(scope="module")
def lost_web(background: BackgroundLoop) -> Internet:
    return background.start(web_without_pages())


@pytest.fixture
def wiki(folder: Folder, lost_web: Internet, wayback: RunningWayback) -> Folder:
    pages = {page: text for page, (text, _, _) in KINDS.items()}
    return write_wiki(folder, lost_web, wayback, pages, NAMES)


def actions(wiki: Folder) -> dict[str, str]:
    output = rows(wiki.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    return {row["url"]: row["action"] for row in output if row["role"] == "link" and row["action"]}


def _script_data(wiki: Folder) -> dict[str, Any]:
    """Return what the script of a report in HTML reads."""
    node = LexborHTMLParser((wiki.path / "r.html").read_text("utf-8")).css_first("#data")
    assert node is not None
    told: dict[str, Any] = json.loads(node.text())
    return told


def test_every_report_format_counts_as_fixable_what_fix_fixes(wiki: Folder) -> None:
    run = wiki.holdfast("run", "wiki")
    assert wiki.states() == {gone(name): "broken" for name in NAMES}
    output = actions(wiki)
    fixable = {url for url, action in output.items() if action == "fix"}
    shown = wiki.holdfast("fix", "wiki")
    added = {
        name
        for name in NAMES
        if any(copy(name) in line for line in shown.stdout.splitlines() if line[:1] == "+")
    }
    assert fixable == {gone(name) for name in added}
    assert output == {
        gone(name): action
        for _, fixed, left in KINDS.values()
        for names, action in ((fixed, "fix"), (left, "person"))
        for name in names
    }
    number, total = len(fixable), len(output)
    assert f"{number} of {total} can be fixed now" in run.stdout + run.stderr
    assert f"to-do list of the report: {number} of {total} can be fixed" in error_lines(shown)
    text = wiki.run_in_process("report", "--since", "all").stdout
    assert f"### Can be fixed now ({number})" in text
    needs_person = text.partition("### Needs a person")[2].partition("\n## ")[0]
    reasons = re.findall(r"not fixed at wiki/([^:]+):\d+: (.+)", needs_person)
    assert {page for page, _ in reasons} == {page for page, (_, _, left) in KINDS.items() if left}
    assert text.count("not fixed at") == total - number

    wiki.holdfast("fix", "--write", "wiki")
    assert set(actions(wiki)) == {gone(name) for _, _, left in KINDS.values() for name in left}
    again = wiki.holdfast("fix", "wiki")
    assert "changed since" not in again.stderr
    assert why_nothing(again)[-1] == "  2 left: it fails, and an archive copy stands beside it"


def test_a_page_that_changed_is_for_a_person_until_it_is_scanned(wiki: Folder) -> None:
    wiki.holdfast("run", "wiki")
    page = wiki.path / "wiki" / "embed.md"
    page.write_text(page.read_text("utf-8") + "\nmore\n", encoding="utf-8")
    (wiki.path / "wiki" / "cell.ipynb").unlink()
    assert actions(wiki)[gone("md")] == actions(wiki)[gone("ipynb")] == "person"
    text = wiki.run_in_process("report", "--since", "all").stdout
    assert "not fixed at wiki/embed.md:3: it changed since it was scanned" in text
    assert "the page no longer exists: run holdfast scan" in text
    wiki.run_in_process("scan", "wiki")
    assert actions(wiki)[gone("md")] == "fix"


def test_a_partly_fixed_link_lists_its_other_places(wiki: Folder) -> None:
    lost = gone("md")
    wiki.write("wiki/embed.md", f'<iframe src="{lost}"></iframe>\n\n[a]({lost})\n')
    wiki.holdfast("run", "wiki")
    (row,) = (
        row
        for row in rows(wiki.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
        if row["url"] == lost
    )
    assert row["action"] == "fix"
    (place,) = row["not_fixed"]
    assert (place["page"], place["line"]) == ("wiki/embed.md", 1)
    assert "embeds it" in place["reason"]
    for lang, why in (("en", place["reason"]), ("zh", "它嵌入在页面中")):
        wiki.run_in_process(
            "report", "--format", "html", "--output", "r.html", "--lang", lang, "--since", "all"
        )
        told = _script_data(wiki)
        (row,) = (each for each in told["rows"] if each[0] == lost)
        ((page, line, reason),), count = row[-1]
        assert (told["pages"][page], line, count) == ("wiki/embed.md", 1, 1)
        assert told["unfixed"][reason].startswith(why)
    wiki.run_in_process("report", "--site", "site", "--since", "all")
    pages = [file.read_text("utf-8") for file in wiki.path.glob("site/link/*/*.html")]
    assert any("not fixed at wiki/embed.md:1: the page embeds it" in text for text in pages)
    assert told["words"]["Not fixed by {command}"] == "{command} 未修复之处"
    wiki.holdfast("fix", "--write", "wiki")
    assert actions(wiki)[lost] == "person"


def test_a_part_of_a_date_becomes_the_capture_that_it_leads_to(wiki: Folder) -> None:
    lost = gone("md")
    by_year = f"https://web.archive.org/web/2021/{lost}"
    wiki.write("wiki/embed.md", f"[a]({lost}) (参照 2021-01-02)\n")
    wiki.write("wiki/year.md", f"[a]({by_year})\n")
    wiki.holdfast("run", "wiki")
    done = wiki.holdfast("fix", "--write", "wiki")
    assert done.returncode == 0
    assert copy("md") in (wiki.path / "wiki" / "embed.md").read_text("utf-8")
    # The author's choice of a copy stays: it works.
    assert (wiki.path / "wiki" / "year.md").read_text("utf-8") == f"[a]({by_year})\n"
