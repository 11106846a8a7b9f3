"""Test `holdfast scan`: the citations of a page, printed or stored."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from crawler.scan import page_recorder
from tests.acceptance import seed
from tests.acceptance.folder import PATIENCE, Folder, error_lines, one_line, rows
from tests.repository import Repository

FIELDS = [
    *(
        "schema",
        "page",
        "line",
        "column",
        "start",
        "end",
        "url",
        "text",
        "title",
        "kind",
        "footnote",
        "section",
        "quoted",
    ),
    *("accessed", "published", "marked_dead", "salvaged", "archive", "original"),
]
ARCHIVE_FIELDS = ["service", "timestamp", "snapshot_id", "modifier", "original", "original_source"]


@pytest.fixture
def wiki(folder: Folder) -> Folder:
    """Return a folder with the seed page."""
    folder.write("wiki/石桥论坛.md", seed.PAGE)
    return folder


@pytest.fixture
def printed(wiki: Folder) -> list[dict[str, Any]]:
    """Return the objects that are printed for the seed page."""
    done = wiki.holdfast("scan", "--format", "jsonl", "wiki/石桥论坛.md")
    assert done.returncode == 0, done.stderr
    assert not error_lines(done)
    return rows(done.stdout)


def test_every_object_has_the_documented_fields_in_order(
    printed: list[dict[str, Any]],
) -> None:
    assert len(printed) == 13
    assert {tuple(row) for row in printed} == {tuple(FIELDS)}
    assert {tuple(row["archive"]) for row in printed} == {tuple(ARCHIVE_FIELDS)}
    assert {(row["schema"], row["page"]) for row in printed} == {(1, "wiki/石桥论坛.md")}


def test_each_citation_has_its_line_column_and_offsets(printed: list[dict[str, Any]]) -> None:
    lines, source = seed.PAGE.splitlines(), seed.PAGE.encode()
    for row in printed:
        assert source[row["start"] : row["end"]].decode() == row["url"]
        assert lines[row["line"] - 1][row["column"] - 1 :].startswith(row["url"])
    assert [row["line"] for row in printed] == sorted(row["line"] for row in printed)


def test_every_copy_is_paired_with_its_original(printed: list[dict[str, Any]]) -> None:
    assert {row["original"]: row["url"] for row in printed} == seed.MIRRORS
    from_title = {row["url"] for row in printed if row["archive"]["original_source"] == "title"}
    assert from_title == {url for url in seed.MIRRORS.values() if "/web.archive.org/" not in url}
    assert {row["archive"]["service"] for row in printed} == {"wayback", "archive.today"}
    wayback = [row["archive"] for row in printed if row["archive"]["service"] == "wayback"]
    assert {(archive["timestamp"], archive["original_source"]) for archive in wayback} == {
        (url.split("/")[4], "embedded")
        for url in seed.MIRRORS.values()
        if "/web.archive.org/" in url
    }


def test_rows_name_footnotes_callouts_and_headings(printed: list[dict[str, Any]]) -> None:
    assert {
        row["footnote"]: row["accessed"] for row in printed if row["kind"] == "footnote"
    } == seed.ACCESSED
    assert [row["url"] for row in printed if row["quoted"]] == [
        "https://archive.is/Qs1a9",
        "https://archive.is/Zo2Bu",
    ]
    assert {row["footnote"] for row in printed if row["kind"] != "footnote"} == {None}
    assert printed[2]["section"] == ["恢复注册"]
    assert printed[0]["text"] == "#石桥论坛暂停注册# ，8月初恢... 来自石桥日报 - 短讯"


def test_standard_input_is_read_as_a_page(wiki: Folder, printed: list[dict[str, Any]]) -> None:
    done = wiki.holdfast("scan", "--format", "jsonl", "-", stdin=seed.PAGE.encode())
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout) == [{**row, "page": "-"} for row in printed]


@pytest.mark.parametrize(
    ("page_format", "text"),
    [
        ("rst", "`a <https://a.example/>`_ ``https://b.example/``"),
        ("asciidoc", "link:https://a.example/[b]"),
        ("bibtex", "@misc{a, url = {https://a.example/}}"),
    ],
)
def test_standard_input_may_have_any_format(folder: Folder, page_format: str, text: str) -> None:
    arguments = ("scan", "--format", "jsonl", "--stdin-format", page_format, "-")
    done = folder.holdfast(*arguments, stdin=text.encode())
    assert [row["url"] for row in rows(done.stdout)] == ["https://a.example/"]


def test_standard_input_is_stored_and_its_internal_links_are_printed_in_its_format(
    folder: Folder,
) -> None:
    text = b"``<https://b.example/>`` `a <https://a.example/>`_ `b <b.html>`_"
    done = folder.holdfast("scan", "--stdin-format", "rst", "-", stdin=text)
    assert "1 new citation, " in done.stderr
    done = folder.holdfast("scan", "--internal", "--stdin-format", "rst", "-", stdin=text)
    assert "b.html" in done.stdout


def test_an_unknown_format_of_standard_input_is_refused(folder: Folder) -> None:
    done = folder.holdfast("scan", "--stdin-format", "rts", "-", stdin=b"")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "--stdin-format: unknown format 'rts': use markdown, " in done.stderr
    done = folder.run_in_process("scan", "--stdin-format", "rst", ".")
    assert "--stdin-format needs the page -" in done.stderr


def test_printing_writes_nothing(wiki: Folder, printed: list[dict[str, Any]]) -> None:
    assert printed
    assert [path.name for path in wiki.path.iterdir()] == ["wiki"]


def test_a_second_scan_counts_what_changed(wiki: Folder) -> None:
    first = wiki.run_in_process("scan", "wiki")
    assert "1 page (1 read, 0 unchanged): 13 new citations, 0 removed" in first.stderr
    assert (
        "1 page (0 read, 1 unchanged): 0 new citations, 0 removed"
        in wiki.run_in_process("scan", "wiki").stderr
    )

    page = seed.PAGE.replace(
        "[石桥论坛恢复注册 - 早报](https://web.archive.org/web/20210805110426/https://zaobao.example/story?sid=684)",
        "删除",
    )
    wiki.write("wiki/石桥论坛.md", page + "\n新增 <https://xin.example/>\n")
    wiki.write("wiki/more/新.md", "[二](https://xin.example/2)\n")
    assert (
        "2 pages (2 read, 0 unchanged): 2 new citations, 1 removed"
        in wiki.run_in_process("scan", "wiki").stderr
    )

    (wiki.path / "wiki/more/新.md").unlink()
    assert (
        "1 page (0 read, 1 unchanged): 0 new citations, 1 removed"
        in wiki.run_in_process("scan", "wiki").stderr
    )
    assert wiki.count("citation", "gone_run_id IS NULL") == 13
    assert wiki.count("citation") == 15  # removed ones stay in the database


def test_a_closed_pipe_causes_no_traceback(folder: Folder) -> None:
    folder.write(
        "page.md", "".join(f"- <https://example.org/{number}>\n" for number in range(5000))
    )
    scan = folder.start("scan", "--format", "jsonl", "page.md")
    assert scan.stdout is not None
    assert scan.stderr is not None
    assert scan.stdout.readline().startswith('{"schema": 1')
    scan.stdout.close()
    assert (scan.stderr.read(), scan.wait(PATIENCE)) == ("", 141)


def test_links_that_documentation_tools_generate_are_not_broken(folder: Folder) -> None:
    folder.write("book/_bookdown.yml", "book_filename: lamps\n")
    folder.write("book/01.Rmd", "[a](#oil) [b](oil.html) [c](02.html) [d](#nothere)\n")
    folder.write("book/02.Rmd", "# Oil\n")
    folder.write("app/package.json", "{}")
    folder.write("app/graph/index.html", '<script src="./main.js"></script> <a href="a.pdf">a</a>')
    folder.write("plain/index.html", '<script src="./main.js"></script>')
    folder.write("manual/antora.yml", "name: lamps\nnav:\n- modules/ROOT/nav.adoc\n")
    folder.write("manual/modules/ROOT/nav.adoc", "* xref:elsewhere.adoc[E]\n")
    folder.write("manual/modules/ROOT/pages/a.adoc", "xref:other.adoc[O] xref:a.adoc#nothere[N]\n")
    done = folder.run_in_process("scan", "--internal", "--only-broken", "--fail-on", "broken", ".")
    assert done.stdout.splitlines() == [
        "app/graph/index.html:1:44: a.pdf: no such page or file",
        "book/01.Rmd:1:42: #nothere: no such heading",
        "manual/modules/ROOT/pages/a.adoc:1:25: a.adoc#nothere: no such heading",
        "plain/index.html:1:14: ./main.js: no such page or file",
    ]


def test_a_missing_page_that_looks_like_an_address_hints_at_the_scheme(folder: Folder) -> None:
    folder.write("docs/a.md", "[x](github.com/x) [y](lamps.com/#oil) [z](notes.org) [o](o.org/a)\n")
    done = folder.run_in_process("scan", "--internal", "docs")
    missing = "no such page or file; if it is on the web, https:// is missing"
    assert [line.split(": ", 1)[1] for line in done.stdout.splitlines()] == [
        f"github.com/x: {missing}",
        f"lamps.com/#oil: {missing}",
        "notes.org: no such page or file",
        f"o.org/a: {missing}",
    ]
    folder.run_in_process("scan", "docs")
    folder.run_in_process("report", "--lang", "zh", "--format", "markdown", "--output", "report.md")
    assert "如果是网址，则缺少 https://" in (folder.path / "report.md").read_text("utf-8")


def test_files_of_other_wiki_formats_are_not_passed_over_in_silence(folder: Folder) -> None:
    folder.write("docs/a.md", "Lamps\n")
    for name in ("one.org", "below/two.ORG", "three.tid", ".hidden.org", "ignored.tid"):
        folder.write(f"docs/{name}", "https://lamps.example/\n")
    folder.write("docs/.gitignore", "ignored.tid\n")
    done = folder.run_in_process("scan", "docs")
    assert done.returncode == 0
    assert "holds 3 files that are not read (2 .org, 1 .tid): install a reader" in done.stderr
    folder.write("holdfast.toml", '[formats]\n".org" = "skip"\n".tid" = "skip"\n')
    assert "not read" not in folder.run_in_process("scan", "docs").stderr


def test_an_internal_link_that_was_not_judged_is_not_called_ok(folder: Folder) -> None:
    folder.write("docs/a.md", '[b]({{< ref "b" >}}) [a](a.md)\n')
    done = folder.run_in_process("scan", "--internal", "--fail-on", "broken", "docs")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        'docs/a.md:1:5: {{< ref "b" >}}: not checked',
        "docs/a.md:1:26: a.md: OK",
    ]


def test_broken_internal_links_can_fail_a_hook(folder: Folder) -> None:
    folder.write("docs/a.md", "[b](b.md) [gone](gone.md)\n")
    folder.write("docs/b.md", "[a](a.md)\n")
    done = folder.run_in_process(
        "scan", "--internal", "--only-broken", "--fail-on", "broken", "docs"
    )
    assert done.returncode == 2
    assert done.stdout == "docs/a.md:1:18: gone.md: no such page or file\n"
    assert folder.run_in_process("scan", "--internal", "docs").stdout.splitlines() == [
        "docs/a.md:1:5: b.md: OK",
        "docs/a.md:1:18: gone.md: no such page or file",
        "docs/b.md:1:5: a.md: OK",
    ]
    done = folder.run_in_process("scan", "--internal", "--format", "jsonl", "docs")
    assert [(row["target"], row["broken"]) for row in rows(done.stdout)] == [
        ("b.md", False),
        ("gone.md", "missing-page"),
        ("a.md", False),
    ]
    folder.write("docs/gone.md", "here\n")
    done = folder.run_in_process(
        "scan", "--internal", "--only-broken", "--fail-on", "broken", "docs"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "need --internal" in one_line(
        folder.run_in_process("scan", "--fail-on", "broken", "docs"), 3
    )
    assert not (folder.path / ".holdfast").exists()


HUGO = {
    "hugo.toml": 'baseURL = "https://lamps.example/"\n',
    "static/img/a.png": "",
    "content/posts/a.md": "---\nslug: first-post\naliases: [/old/first]\n---\n# A\n",
    "content/posts/b.md": "",
    "content/posts/c.md": "[x](/img/a.png) [x](../b/) [x](/posts/first-post/) [x](/old/first)\n"
    '[x](/tags/clock/) [x](/index.xml) [x]({{< ref "a.md" >}}) [x]({{< ref "nothere.md" >}})\n',
}


@pytest.mark.parametrize("configured", ["", 'pages = ["content"]\ngenerator = "hugo"\n', None])
def test_internal_links_of_a_hugo_wiki_follow_its_rules(
    folder: Folder, configured: str | None
) -> None:
    for name, text in HUGO.items():
        folder.write(name, text)
    if configured is None:
        assert folder.run_in_process("-q", "init", "--force").returncode == 0
        written = (folder.path / "holdfast.toml").read_text(encoding="utf-8")
        assert 'generator = "hugo"' in written
        assert 'dialect = "gfm"' in written
    elif configured:
        folder.write("holdfast.toml", configured)
    done = folder.run_in_process("scan", "--internal", "--only-broken", "--format", "jsonl")
    assert [(row["target"], row["broken"]) for row in rows(done.stdout)] == [
        ('{{< ref "nothere.md" >}}', "missing-page")
    ]


def test_links_within_a_wiki_of_zola_are_read_by_its_rules(folder: Folder) -> None:
    folder.write("config.toml", 'base_url = "https://lamps.example"\n')
    folder.write("content/oil.md", "# Oil\n\n## Whales (🐋)\n")
    folder.write(
        "content/posts/a.md",
        "[a](@/oil.md) [b](@/oil.md#whales-whale) [c](@/nothere.md) [d](@/oil.md#nothere)\n",
    )
    folder.write("content/posts/_index.md", "# Posts\n")
    done = folder.run_in_process("-q", "init")
    assert 'generator = "zola"' in (folder.path / "holdfast.toml").read_text(encoding="utf-8")
    done = folder.run_in_process("scan", "--internal", "--only-broken")
    assert done.stdout.splitlines() == [
        "content/posts/a.md:1:46: @/nothere.md: no such page or file",
        "content/posts/a.md:1:64: @/oil.md#nothere: no such heading",
    ]


def test_what_is_not_checked_out_is_not_missing(folder: Folder) -> None:
    repository = Repository(folder.path)
    folder.write(
        "docs/a.md",
        "[a](../src/lamp.py) [b](../src/parts/) [c](../NOTES.md) [d](../src/nothere.py) "
        "[e](../lib/README.md) [f](../lib/wick/README.md#oil)\n",
    )
    folder.write("src/lamp.py", "")
    folder.write("src/parts/wick.py", "")
    folder.write("NOTES.md", "# Notes\n")
    folder.write(".gitmodules", '[submodule "wick"]\n\tpath = lib/wick\n\turl = ../wick\n')
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message=x")
    repository.git("sparse-checkout", "set", "docs")
    assert not (folder.path / "src").exists()
    done = folder.run_in_process("scan", "--internal", "--only-broken", ".")
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == [
        "../src/nothere.py",
        "../lib/README.md",
    ]


def test_files_behind_symbolic_links_are_targets(folder: Folder) -> None:
    """Folders that are links have the files of their targets; those outside are not judged."""
    folder.write("wiki/v1/a.md", "[a](wick.yaml) [b](../img/flame.png) [c](nothere.yaml)\n")
    folder.write("wiki/v1/wick.yaml", "")
    folder.write("wiki/shared/flame.png", "")
    folder.write("outside/oil.png", "")
    folder.write(
        "wiki/b.md",
        "[a](v1.0/wick.yaml) [b](img/flame.png) [c](img/) [d](img/nothere.png)\n"
        f"[e](far/oil.png) [f](far/) [g](v1.0/up/b.md) [h](node_modules/lamp/README.md) [i]({'x' * 300}.png)\n",
    )
    links = [("v1.0", "v1"), ("img", "shared"), ("far", "../outside"), ("v1/up", "..")]
    for name, target in links:
        (folder.path / "wiki" / name).symlink_to(target)
    Repository(folder.path / "wiki")
    folder.write("wiki/holdfast.toml", 'pages = ["."]\n')
    done = folder.run_in_process(
        "--config", "wiki/holdfast.toml", "scan", "--internal", "--only-broken"
    )
    found = [line.split(": ")[0:2] for line in done.stdout.splitlines()]
    assert [(place.split(":")[0], target) for place, target in found] == [
        ("b.md", "img/nothere.png"),
        ("b.md", "x" * 300 + ".png"),
        ("v1/a.md", "nothere.yaml"),
        ("v1.0/a.md", "nothere.yaml"),
    ], done.stdout + done.stderr


def test_ids_of_attribute_lists_and_files_in_dot_folders_are_targets(folder: Folder) -> None:
    folder.write(".github/workflows/a.yml", "")
    folder.write(
        "a.md",
        '# T {: #top }\n\nA para.\n{: #sni }\n\n![i](https://x.example/x.png){: id="img1" }\n\n'
        "[a](#sni) [b](#img1) [d](#top) [e](#sp) [w](.github/workflows/a.yml) [none](#none)\n\n[span]{#sp}\n",
    )
    done = folder.run_in_process("scan", "--internal", "--only-broken", "--format", "jsonl")
    assert [row["target"] for row in rows(done.stdout)] == ["#none"]


def test_an_unknown_generator_is_an_error(folder: Folder) -> None:
    folder.write("holdfast.toml", 'generator = "hugoo"\n')
    assert "invalid value 'hugoo': use mkdocs, hugo, " in one_line(folder.run_in_process("scan"), 3)


def test_a_bare_host_is_a_name_unless_the_dialect_links_it(folder: Folder) -> None:
    folder.write("a.md", "www.a.example and www.b.example/path\n")
    assert [
        row["url"] for row in rows(folder.run_in_process("scan", "--format", "jsonl").stdout)
    ] == ["http://www.b.example/path"]
    folder.write("holdfast.toml", 'dialect = "gfm"\n')
    assert len(rows(folder.run_in_process("scan", "--format", "jsonl").stdout)) == 2


def test_a_mirror_without_a_time_has_a_null(folder: Folder) -> None:
    folder.write("a.md", "https://archive.ph/Ab3dE\n")
    (row,) = rows(folder.run_in_process("scan", "--format", "jsonl").stdout)
    assert row["archive"]["timestamp"] is None


def test_unchanged_pages_are_read_again_after_a_change_of_the_parser(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a.md", "<https://a.example/>\n")
    assert "1 page (1 read, 0 unchanged)" in folder.run_in_process("scan", "a.md").stderr
    assert "1 page (0 read, 1 unchanged)" in folder.run_in_process("scan", "a.md").stderr
    monkeypatch.setattr(page_recorder, "READING_VERSION", page_recorder.READING_VERSION + 1)
    done = folder.run_in_process("scan", "a.md")
    assert "1 page (1 read, 0 unchanged): 0 new citations, 0 removed" in done.stderr
    assert "1 page (0 read, 1 unchanged)" in folder.run_in_process("scan", "a.md").stderr


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("{{< code-toggle file=hugo >}}", "{{< /code-toggle >}}"),
        ("{{< highlight go >}}", "{{< /highlight >}}"),
        ("{{% code %}}", "{{% /code %}}"),
        ("{{<mermaid>}}", "{{</mermaid>}}"),
        ("{% highlight ruby %}", "{% endhighlight %}"),
        ("{% codeblock lang:js %}", "{% endcodeblock %}"),
        ("{%- set shown %}", "{%- endset %}\n{{ shown | highlight('toml') | safe }}"),
        ("{% capture shown %}", "{% endcapture %}\n{{- shown | escape }}"),
    ],
)
def test_code_in_a_template_is_no_citation(folder: Folder, opener: str, closer: str) -> None:
    code = f"{opener}\nbaseURL = 'https://code.example/'\n{closer}"
    folder.write("a.md", f"<https://a.example/>\n\n{code}\n\nSee https://b.example/.\n")
    printed = folder.run_in_process("scan", "a.md", "--format", "jsonl").stdout
    assert [json.loads(line)["url"] for line in printed.splitlines()] == [
        "https://a.example/",
        "https://b.example/",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{< code file=a.html />}}\n\n<https://a.example/>\n\n{{< code >}}\n{{< /code >}}\n",
        "{% set kept %}\n<https://a.example/>\n{% endset %}\n{{ kept | safe }}\n",
        "{% set kept = 1 %}\n<https://a.example/>\n{{ kept | escape }}\n",
        "{{% note %}}\n<https://a.example/>\n{{% /note %}}\n",
        "`{{< highlight >}}` <https://a.example/> `{{< /highlight >}}`\n",
    ],
)
def test_text_beside_code_in_a_template_is_read(folder: Folder, text: str) -> None:
    folder.write("a.md", text)
    assert (
        '"https://a.example/"' in folder.run_in_process("scan", "a.md", "--format", "jsonl").stdout
    )


def test_pages_of_a_wiki_inside_a_repository_link_from_their_own_folder(folder: Folder) -> None:
    folder.write(".github/workflows/a.yml", "")
    folder.write("README.md", "[a](/examples/wiki/index.md)\n")
    folder.write("examples/wiki/index.md", "[a](/town/boats.md) [b](/town/none.md)\n")
    folder.write("examples/wiki/town/boats.md", "# Boats\n")
    subprocess.run(["git", "init", "-q"], cwd=folder.path, check=True)
    done = folder.run_in_process("scan", "--internal", "examples/wiki")
    assert "/town/boats.md: OK" in done.stdout
    assert "/town/none.md: no such page or file" in done.stdout
    assert (
        "/examples/wiki/index.md: OK"
        in folder.run_in_process("scan", "--internal", "README.md").stdout
    )


def test_the_note_that_is_missing_in_a_dendron_vault_is_named(folder: Folder) -> None:
    folder.write("dendron.yml", "version: 5\nworkspace:\n  vaults:\n  - fsPath: vault\n")
    folder.write("vault/root.md", "[[The wick|lamp.wick]] ![[lamp.oil#top,1:#end]]\n")
    done = folder.run_in_process("scan", "--internal", "--only-broken", ".")
    assert [line.partition(": ")[2] for line in done.stdout.splitlines()] == [
        "lamp.wick: no such page or file",
        "lamp.oil#top,1:#end: no such page or file",
    ]
    assert folder.run_in_process("scan", ".").returncode == 0
    shown = folder.run_in_process("report", "--format", "json", "--since", "all").stdout
    links = json.loads(shown)["internal_links"]
    assert [link["target"] for link in links] == ["lamp.wick", "lamp.oil#top,1:#end"]


def test_many_patterns_of_the_settings_leave_those_of_gitignore_in_force(folder: Folder) -> None:
    patterns = ", ".join(f'"draft-{number}-*.tid"' for number in range(1_500))
    folder.write("holdfast.toml", f"ignore = [{patterns}]\n")
    folder.write(".gitignore", "built.md\n")
    folder.write("page.md", "<http://a.example/>\n")
    folder.write("built.md", "<http://b.example/>\n")
    done = folder.run_in_process("scan")
    assert "gitignore" not in done.stdout + done.stderr
    assert set(folder.states()) == {"http://a.example/"}
