"""Test AsciiDoc, reStructuredText, MediaWiki and DokuWiki pages from `scan` through a job to `fix`."""

from __future__ import annotations

import subprocess

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, error_lines, rows
from tests.acceptance.lost_pages import copy, gone, web_without_pages, write_wiki
from tests.unit.crawler.pages.formats.rst.docutils_oracle import docutils_addresses
from tests.unit.crawler.pages.formats.wikitext.mwparser_oracle import parser_addresses
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

NAMES = ["rst", "named", "wiki", "cited", "bare_(wiki)", "adoc", "attribute", "doku", "free_(doku)"]
PAGES = {
    "a.rst": f"A\n=\n\n`a <{gone('rst')}>`_ and named_, `b <b.rst>`_.\n\n.. _named: {gone('named')}\n\n"
    ".. holdfast: ignore-next-line\n\nhttp://gone.example/ignored\n",
    "c.wiki": f"[{gone('wiki')} a] [[Not written]]<ref>{{{{cite web |url={gone('cited')} |title=T}}}}</ref>\n"
    f"See {gone('bare_(wiki)')}, and\n"
    "http://gone.example/ignored <!-- holdfast: ignore -->\n",
    "d.adoc": f":url: {gone('attribute')}\n\nSee {gone('adoc')}[a], <<none>>, xref:e.adoc[] and {{url}}[b].\n\n"
    "// holdfast: ignore-next-line\nhttp://gone.example/ignored\n\n----\nhttp://gone.example/code\n----\n",
    "f.dokuwiki": f"====== F ======\n\n[[{gone('doku')}|a]] [[b]]\n  * See {gone('free_(doku)')}.\n\n"
    "  http://gone.example/code\n",
}


@pytest.fixture(scope="module")
def lost_web(background: BackgroundLoop) -> Internet:
    return background.start(web_without_pages())


@pytest.fixture
def wiki(folder: Folder, lost_web: Internet, wayback: RunningWayback) -> Folder:
    """Return a wiki of these formats, with an archive that has a copy of each lost page."""
    return write_wiki(folder, lost_web, wayback, PAGES, NAMES)


def test_lost_pages_are_found_reported_and_fixed(wiki: Folder) -> None:
    scanned = rows(wiki.run_in_process("scan", "--format", "jsonl", "wiki").stdout)
    assert [row["url"] for row in scanned] == [gone(name) for name in NAMES]
    for row in scanned:
        data = (wiki.path / row["page"]).read_bytes()
        written = data[row["start"] : row["end"]].decode()
        assert written == ("{url}" if row["url"] == gone("attribute") else row["url"])
    error_lines(wiki.holdfast("run", "wiki"))
    assert wiki.states() == {gone(name): "broken" for name in NAMES}
    reported = rows(wiki.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    assert {row["url"]: row["best_mirror"] for row in reported} == {
        gone(name): copy(name) for name in NAMES
    }
    shown = wiki.holdfast("fix", "wiki")
    assert "9 citations of 9 links to fix on 4 pages" in shown.stderr
    subprocess.run(
        ["git", "apply", "--check"], cwd=wiki.path, input=shown.stdout.encode(), check=True
    )
    assert wiki.holdfast("fix", "--write", "wiki").returncode == 0
    page, cited, book, doku = ((wiki.path / "wiki" / name).read_text("utf-8") for name in PAGES)
    assert {copy("rst"), copy("named")} <= set(docutils_addresses(page))
    assert {copy("wiki"), copy("cited")} <= set(parser_addresses(cited))
    assert f"See {copy('bare_(wiki)')}, and" in cited
    assert f"|url={gone('cited')} |title=T |archive-url={copy('cited')} |archive-date=" in cited
    assert f"See {copy('adoc')}[a], <<none>>, xref:e.adoc[] and {{url}}[b]." in book
    assert f":url: {copy('attribute')}\n" in book
    assert f"[[{copy('doku')}|a]] [[b]]\n  * See {copy('free_(doku)')}.\n" in doku
    assert wiki.run_in_process("scan", "wiki").returncode == 0
    assert "nothing to fix" in wiki.holdfast("fix", "wiki").stderr


def _fixed_page(wiki: Folder, text: str, *options: str) -> str:
    """Return an AsciiDoc page after a run and a fix."""
    for name in PAGES:
        (wiki.path / "wiki" / name).unlink()
    page = wiki.path / "wiki" / "lamp.adoc"
    page.write_text(text)
    wiki.holdfast("run", "wiki")
    done = wiki.holdfast("fix", "--write", "wiki", *options)
    assert done.returncode == 0, done.stderr
    return page.read_text()


def test_an_attribute_gets_the_copy_where_it_is_used_for_one_citation_only(wiki: Folder) -> None:
    lost, kept = gone("attribute"), copy("attribute")
    text = (
        f"= Lamps\n:Lamp: {lost}\n\nThe {{lamp}}[lamp] of {gone('adoc')}[oil].\n\n"
        "* {lamp}, as link:{Lamp}[there]\n"
    )
    fixed = text.replace(lost, kept).replace(gone("adoc"), copy("adoc"))
    assert _fixed_page(wiki, text) == fixed


def test_an_attribute_that_is_used_otherwise_keeps_its_value(wiki: Folder) -> None:
    lost, kept = gone("attribute"), copy("attribute")
    text = f":lamp: {lost}\n\n{{lamp}}[lamp] and {{lamp}}/x[another].\n"
    assert _fixed_page(wiki, text) == text.replace("{lamp}[", f"{kept}[")


def test_a_part_of_the_citations_of_an_attribute_is_fixed_where_they_are(wiki: Folder) -> None:
    lost, kept = gone("attribute"), copy("attribute")
    text = f":lamp: {lost}\n\n{{lamp}}[lamp]\n\n{{lamp}}[again]\n"
    assert _fixed_page(wiki, text, "--max", "1") == text.replace("{lamp}[lamp]", f"{kept}[lamp]")


def test_links_within_the_wiki_are_resolved(wiki: Folder) -> None:
    found = rows(wiki.run_in_process("scan", "--internal", "--format", "jsonl", "wiki").stdout)
    assert {(row["page"], row["target"], row["broken"]) for row in found} == {
        ("wiki/a.rst", "b.rst", "missing-page"),
        ("wiki/c.wiki", "Not written", False),
        ("wiki/d.adoc", "#none", "missing-heading"),
        ("wiki/d.adoc", "e.adoc", "missing-page"),
    }


def test_pages_are_counted_and_checked_at_once(wiki: Folder) -> None:
    assert "4 pages" in wiki.run_in_process("init", "--dry-run", "wiki").stderr
    assert "pages: 4" in wiki.run_in_process("doctor").stdout


def test_unreadable_pages_are_one_warning_each_and_others_are_read(folder: Folder) -> None:
    folder.write("a.rst", "<p>http://a.example/x</p>\n")
    folder.write("b.rst", ".. include:: b.rst\n\n.. _b: http://b.example/\n")
    folder.write("c.wiki", "x\n{{cite web|url=http://c.example/\n")
    folder.write("d.wiki", "café 夜 ".encode() + b"\xff\xfe[http://d.example/ x]")
    folder.write("e.rst", "`a <http://e.example/>\n\n+---+\n| x |\n\n.. image::\n")
    folder.write("f.adoc", "include::f.adoc[]\n\n----\nx\n\n----\n\nhttp://f.example/[\n\n....\n")
    done = folder.run_in_process("scan", "--format", "jsonl", ".")
    assert done.returncode == 0
    assert [row["url"] for row in rows(done.stdout)] == [
        "http://a.example/x",
        *(f"http://{letter}.example/" for letter in "bcdef"),
    ]
    warnings = [line.removeprefix("warning: ") for line in done.stderr.splitlines()]
    assert [line.partition(": ")[0] for line in warnings] == ["c.wiki:2", "d.wiki", "f.adoc:10"]


def test_a_link_with_an_attribute_of_another_file_follows_that_file(folder: Folder) -> None:
    folder.write("names.adoc", ":boats: https://a.example/\n")
    folder.write("page.adoc", "include::names.adoc[]\n\n{boats}b[Boats]\n")
    assert folder.run_in_process("scan", ".").returncode == 0
    assert "1 unchanged" in folder.run_in_process("scan", ".").stderr
    folder.write("names.adoc", ":boats: https://c.example/\n")
    assert "1 new citation, 1 removed" in folder.run_in_process("scan", ".").stderr


def test_attributes_of_an_antora_component_are_read_with_its_pages(folder: Folder) -> None:
    descriptor = "name: a\nasciidoc:\n  attributes:\n    boats: https://{}/\n"
    folder.write("docs/antora.yml", descriptor.format("a.example"))
    folder.write("docs/modules/ROOT/pages/deep/page.adoc", "{boats}b[Boats]\n")
    assert folder.run_in_process("scan", ".").returncode == 0
    folder.write("docs/antora.yml", descriptor.format("c.example"))
    assert "1 new citation, 1 removed" in folder.run_in_process("scan", ".").stderr


def test_a_link_with_an_attribute_of_another_file_is_left(wiki: Folder) -> None:
    text = "include::names.adoc[]\n\nSee {boats}[boats].\n"
    wiki.write("wiki/names.adoc", f":boats: {gone('rst')}\n")
    wiki.write("wiki/page.adoc", text)
    wiki.holdfast("run", "wiki")
    fixed = wiki.holdfast("fix", "--write", "wiki")
    assert "wiki/page.adoc:3: " in fixed.stderr
    assert "its URL is in an attribute of another file: edit it by hand" in fixed.stderr
    assert (wiki.path / "wiki/page.adoc").read_text("utf-8") == text
    assert copy("rst") in (wiki.path / "wiki/a.rst").read_text("utf-8")
