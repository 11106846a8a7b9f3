"""Test pages of every format, from `init` and `scan` through a job and its report to `fix`."""

from __future__ import annotations

import json
import subprocess
from importlib import import_module

import html5lib
import pytest
from bibtexparser.entrypoint import parse_string

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder, error_lines, rows
from tests.acceptance.lost_pages import copy, gone, web_without_pages, write_wiki
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


def notebook(source: list[str]) -> str:
    cell = {"cell_type": "markdown", "id": "c", "metadata": {}, "source": source}
    made = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1)


# A page of each format: it cites a lost page, and a link of its own to another page.
PAGES = {
    "a.md": f"[a]({gone('md')}) [b](b.qmd)\n",
    "b.qmd": f"[a]({gone('qmd')}){{.x}}\n",
    "c.mdx": f"import a from 'http://gone.example/import'\n\n<Tabs>\n[a]({gone('mdx')})\n</Tabs>\n",
    "d.ipynb": notebook(["# D\n", f'"[a]({gone("ipynb")})" [b](missing.md)\n', "end"]),
    "e.canvas": json.dumps(
        {"nodes": [{"type": "text", "text": f"[a]({gone('canvas')})"}], "edges": []}
    ),
    "f.html": f'<!doctype html><title>F</title><p><a href="{gone("html")}">a</a> <a href="a.md#none">b</a>',
    "g.bib": f"@misc{{k,\n  title = {{G}},\n  url = {{{gone('bib')}}},\n}}\n",
}
NAMES = [name.rpartition(".")[2] for name in PAGES]


@pytest.fixture(scope="module")
def lost_web(background: BackgroundLoop) -> Internet:
    return background.start(web_without_pages())


@pytest.fixture
def wiki(folder: Folder, lost_web: Internet, wayback: RunningWayback) -> Folder:
    """Return a wiki of every format, with an archive that has a copy of each lost page."""
    return write_wiki(folder, lost_web, wayback, PAGES, NAMES)


def test_a_lost_page_is_found_reported_and_fixed_in_every_format(wiki: Folder) -> None:
    scanned = rows(wiki.run_in_process("scan", "--format", "jsonl", "wiki").stdout)
    assert [(row["page"], row["url"]) for row in scanned] == [
        (f"wiki/{page}", gone(name)) for page, name in zip(PAGES, NAMES, strict=True)
    ]
    for row in scanned:
        data = (wiki.path / row["page"]).read_bytes()
        assert data[row["start"] : row["end"]].decode() == row["url"]

    error_lines(wiki.holdfast("run", "wiki"))
    assert wiki.states() == {gone(name): "broken" for name in NAMES}
    report = {
        row["url"]: row
        for row in rows(wiki.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    }
    for page, name in zip(PAGES, NAMES, strict=True):
        (place,) = report[gone(name)]["citations"]
        assert (place["page"], report[gone(name)]["best_mirror"]) == (f"wiki/{page}", copy(name))
    github = wiki.run_in_process("report", "--format", "github", "--since", "all").stdout
    assert all(f"file=wiki/{page}" in github for page in PAGES)

    shown = wiki.holdfast("fix", "wiki")
    assert (
        f"{len(PAGES)} citations of {len(PAGES)} links to fix on {len(PAGES)} pages" in shown.stderr
    )
    subprocess.run(
        ["git", "apply", "--check"], cwd=wiki.path, input=shown.stdout.encode(), check=True
    )
    assert all(
        (wiki.path / "wiki" / page).read_text("utf-8") == text for page, text in PAGES.items()
    )
    assert wiki.holdfast("fix", "--write", "wiki").returncode == 0
    for page, name in zip(PAGES, NAMES, strict=True):
        assert (wiki.path / "wiki" / page).read_text("utf-8").count(copy(name)) == 1, page
    assert "import a from 'http://gone.example/import'" in (wiki.path / "wiki/c.mdx").read_text(
        "utf-8"
    )
    assert_parsers_read(wiki)
    assert wiki.run_in_process("scan", "wiki").returncode == 0
    assert "nothing to fix" in wiki.holdfast("fix", "wiki").stderr


def assert_parsers_read(wiki: Folder) -> None:
    """Check that the formats' own parsers read the copies in the fixed pages."""
    texts = {page: (wiki.path / "wiki" / page).read_text("utf-8") for page in PAGES}
    nbformat = import_module("nbformat")  # imports jsonschema, which takes seconds
    read = nbformat.reads(texts["d.ipynb"], as_version=4)
    assert f"[a]({copy('ipynb')} " in read.cells[0].source
    assert copy("canvas") in json.loads(texts["e.canvas"])["nodes"][0]["text"]
    links = html5lib.parse(texts["f.html"], namespaceHTMLElements=False).iter("a")
    assert [link.attrib["href"] for link in links] == [copy("html"), "a.md#none"]
    assert parse_string(texts["g.bib"]).entries[0]["url"] == copy("bib")


def test_links_within_the_wiki_are_resolved_from_every_format(wiki: Folder) -> None:
    found = rows(wiki.run_in_process("scan", "--internal", "--format", "jsonl", "wiki").stdout)
    assert {(row["page"], row["target"], row["broken"]) for row in found} == {
        ("wiki/a.md", "b.qmd", False),
        ("wiki/d.ipynb", "missing.md", "missing-page"),
        ("wiki/f.html", "a.md#none", "missing-heading"),
    }


def test_init_and_doctor_count_pages_of_every_format(wiki: Folder) -> None:
    made = wiki.run_in_process("init", "--dry-run", "wiki")
    assert f"{len(PAGES)} pages" in made.stderr
    assert f"{len(PAGES)} citations of {len(PAGES)} links" in made.stderr
    assert f"pages: {len(PAGES)}" in wiki.run_in_process("doctor").stdout


def test_changed_pages_of_every_format_are_read(wiki: Folder) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@a.example", "-c", "commit.gpgsign=false"]
    wiki.write("wiki/a.ipynb", notebook(["x"]))
    for arguments in (["add", "wiki"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *arguments], cwd=wiki.path, check=True)
    for name in ("d.ipynb", "g.bib"):
        text = (wiki.path / "wiki" / name).read_text("utf-8")
        wiki.write(f"wiki/{name}", text.replace("gone.example/", "gone.example/new-"))
    done = wiki.run_in_process("scan", "--format", "jsonl", "--changed-since", "HEAD", "wiki")
    assert [row["url"] for row in rows(done.stdout)] == [gone("new-ipynb"), gone("new-bib")]


def test_unreadable_pages_are_one_warning_each_and_others_are_read(folder: Folder) -> None:
    folder.write("a.md", "<http://a.example/>\n")
    folder.write("b.ipynb", notebook(["x\n", "<http://b.example/>"])[:-60])
    folder.write("c.ipynb", "# Markdown\n\n<http://c.example/>\n")
    folder.write("d.canvas", "<html>http://d.example/")
    folder.write(
        "e.bib",
        "@misc{k, url = {http://e.example/ , title = {x}\n@misc{l, url = {http://f.example/}}",
    )
    folder.write("g.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0")
    folder.write("h.html", "<div>" * 100_000 + '<a href="http://h.example/">x</a>')
    folder.write("i.html", "<p>caf\xe9 夜".encode() + b'\xff\xfe<a href="http://i.example/">x</a>')
    folder.write("j.mdx", "export const a = {\n\n<http://j.example/>")
    done = folder.holdfast("scan", "--format", "jsonl", ".")
    assert done.returncode == 0
    assert [row["url"] for row in rows(done.stdout)] == [
        f"http://{letter}.example/" for letter in "abcdefhij"
    ]
    warnings = [line.removeprefix("warning: ") for line in done.stderr.splitlines()]
    places = [line.partition(": ")[0] for line in warnings]
    assert places == ["b.ipynb:11", "c.ipynb:1", "d.canvas:1", "e.bib:1", "g.html", "i.html"]
    assert "its URLs were read without their context: it is not valid JSON" in warnings[0]


def test_the_settings_define_which_files_are_pages(folder: Folder) -> None:
    folder.write("holdfast.toml", '[formats]\n".txt" = "markdown"\n".html" = "skip"\n')
    folder.write("a.txt", "<http://a.example/>")
    folder.write("b.html", '<a href="http://b.example/">x</a>')
    assert [
        row["page"] for row in rows(folder.run_in_process("scan", "--format", "jsonl").stdout)
    ] == ["a.txt"]
    folder.write("holdfast.toml", '[formats]\n".txt" = "rts"\n')
    done = folder.run_in_process("scan", "--format", "jsonl")
    assert done.returncode == 3
    assert 'formats.".txt": unknown format "rts": use markdown, ' in done.stderr
    folder.write("holdfast.toml", '[formats]\ntxt = "markdown"\n')
    assert 'formats: invalid suffix "txt": use e.g. ".txt"' in folder.run_in_process("scan").stderr


def test_another_format_of_an_unchanged_page_is_read_again(folder: Folder) -> None:
    folder.write("a.md", "import a from 'http://a.example/'\n")
    assert folder.run_in_process("scan").returncode == 0
    assert folder.count("citation", "gone_run_id IS NULL") == 1
    folder.write("holdfast.toml", '[formats]\n".md" = "mdx"\n')
    assert folder.run_in_process("scan").returncode == 0
    assert folder.count("citation", "gone_run_id IS NULL") == 0


def test_a_page_that_cannot_be_read_refuses_its_fixes_and_the_others_are_fixed(
    wiki: Folder,
) -> None:
    broken = {
        "wiki/d.ipynb": f'{{"cells": [], "text": "{gone("ipynb")}", }}',
        "wiki/e.canvas": f'{{"nodes": ["{gone("canvas")}", ]}}',
        "wiki/g.bib": "@comment{" * 20_000 + f"\n@misc{{k, url = {{{gone('bib')}}}}}\n",
        "wiki/h.rst": ".. note:: " * 20_000 + f"\n\n{gone('md')}\n",
    }
    for name, text in broken.items():
        wiki.write(name, text)
    wiki.holdfast("run", "wiki")
    fixed = wiki.holdfast("fix", "--write", "wiki")
    assert "internal error" not in fixed.stderr
    for name, text in broken.items():
        assert (wiki.path / name).read_text() == text
        assert f"{name}:" in fixed.stderr
    assert copy("md") in (wiki.path / "wiki/a.md").read_text()
