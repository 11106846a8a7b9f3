from __future__ import annotations

import errno
import glob
import io
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.scan import page_source
from crawler.scan.discovery import find_pages
from crawler.scan.generators import built_files
from crawler.scan.generators.wiki_root import detect_docs_root
from crawler.scan.page_source import PageSource, PageSourceError
from store.vocabulary import PageWarning


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# x\n")


def found(root: Path, *arguments: str, ignore: tuple[str, ...] = ()) -> list[str]:
    return [
        item.path if isinstance(item, PageSource) else f"{item.page}: {item.code}"
        for item in find_pages(arguments, root, ignore=ignore)
    ]


def test_the_pages_of_a_folder_are_sorted_without_hidden_ones(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/微信.md", "a/B.MARKDOWN", "a/i.png", ".git/x.md", ".obsidian/y.md")
    assert found(tmp_path, ".") == ["a/B.MARKDOWN", "a/微信.md", "b.md"]
    assert found(tmp_path, "a") == ["a/B.MARKDOWN", "a/微信.md"]


def test_files_globs_and_folders_together_yield_each_page_once(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.txt", "c/d.md", "c/e.md")
    assert found(tmp_path, "b.txt", "c/e.md", "**/*.md", "c") == [
        "b.txt",
        "c/e.md",
        "a.md",
        "c/d.md",
    ]
    assert found(tmp_path, "*") == ["a.md"]
    assert found(tmp_path, "*.txt") == ["b.txt"]


def test_gitignore_at_every_depth_and_the_ignore_list(tmp_path: Path) -> None:
    write(
        tmp_path,
        "docs/a.md",
        "docs/site/b.md",
        "docs/draft.md",
        "docs/sub/c.md",
        "docs/sub/keep.md",
        "docs/old/d.md",
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("site/\n*draft*\nkeep.md\n")
    (tmp_path / "docs/sub/.gitignore").write_text("c.md\n!keep.md\n")
    assert found(tmp_path, "docs", ignore=("docs/old/",)) == ["docs/a.md", "docs/sub/keep.md"]
    assert found(tmp_path, "docs/draft.md") == ["docs/draft.md"]  # named is wanted


def test_standard_input_is_a_page(tmp_path: Path) -> None:
    (source,) = find_pages(["-"], tmp_path, stdin=io.BytesIO(b"[a](https://a.example/)"))
    assert isinstance(source, PageSource)
    assert (source.path, source.read(), source.size) == ("-", b"[a](https://a.example/)", 23)
    assert source.format == "markdown"
    (source,) = find_pages(["-"], tmp_path, stdin=io.BytesIO(b""), stdin_format="rst")
    assert isinstance(source, PageSource)
    assert source.format == "rst"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("missing.md", r"missing\.md: no such file or folder"),
        ("no/*.md", r"no/\*\.md: no file matches"),
    ],
)
def test_an_argument_without_a_file_is_an_error(
    tmp_path: Path, argument: str, message: str
) -> None:
    with pytest.raises(PageSourceError, match=message):
        list(find_pages([argument], tmp_path))


def test_a_folder_without_pages_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "empty/a.txt")
    (warning,) = find_pages(["empty"], tmp_path)
    assert isinstance(warning, PageWarning)
    assert (warning.page, warning.line, warning.code) == ("empty", 0, "no-pages")


def test_symbolic_links_loops_and_broken_ones(tmp_path: Path) -> None:
    write(tmp_path, "wiki/a.md", "other/b.md")
    (tmp_path / "wiki/loop").symlink_to(tmp_path / "wiki")
    (tmp_path / "wiki/other").symlink_to(tmp_path / "other")
    (tmp_path / "wiki/self").symlink_to(tmp_path / "wiki/self")
    (tmp_path / "wiki/gone.md").symlink_to(tmp_path / "nowhere.md")
    assert found(tmp_path, "wiki") == [
        "wiki/a.md",
        "wiki/gone.md: unreadable",
        "wiki/loop: symlink-loop",
        "wiki/other/b.md",
    ]


def test_a_folder_deeper_than_the_recursion_limit_is_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    with chdir(tmp_path):
        for _ in range(1_200):
            os.mkdir("d")  # noqa: PTH102 - its path may be too long for the system
            os.chdir("d")
        Path("b.md").touch()
    try:
        results = [found(tmp_path, argument) for argument in (".", "**/*.md")]
    finally:
        subprocess.run(
            ["rm", "-rf", tmp_path / "d"], check=True
        )  # too deep for what removes the folders of tests
    assert [[name.rpartition("/")[2] for name in names] for names in results] == [
        ["a.md", "b.md"]
    ] * 2


def test_patterns_of_nested_gitignore_files_that_are_too_many_are_named_in_one_warning(
    tmp_path: Path,
) -> None:
    """Each path would be compared with them all; 1,000 are enough for any wiki."""
    write(tmp_path, "a/x0-.md", "a/b/x1-.md", "a/b/c/x1-.md", "a/b/c/d/y.md")
    for number, folder in enumerate(("a", "a/b", "a/b/c")):
        lines = [f"x{number}-*\n", *(f"*{each}*\n" for each in range(400, 800))]
        (tmp_path / folder / ".gitignore").write_text("".join(lines))
    (tmp_path / "a/b/c/d/.gitignore").write_text("y.md\n" + "*z*\n" * 400)
    assert found(tmp_path, ".") == ["a/b/c/.gitignore: unreadable", "a/b/c/d/y.md"]


def test_a_page_is_read_that_gitignore_files_exclude_from_a_folder_they_ignore_the_rest_of(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a/keep.md", "a/x.md", "b/keep.md", "c/d/keep.md", "c/x.md")
    (tmp_path / ".gitignore").write_text("a/**\n!a/keep.md\nb/\n!b/keep.md\nc/*\n!d\n")
    assert found(tmp_path, ".") == ["a/keep.md", "c/d/keep.md"]


def test_the_visits_of_a_folder_by_links_are_limited(tmp_path: Path) -> None:
    write(tmp_path, "wiki/30/page.md")
    for depth in range(30):
        (tmp_path / f"wiki/{depth}").mkdir()
        for name in "ab":
            (tmp_path / f"wiki/{depth}/{name}").symlink_to(f"../{depth + 1}")
    started = time.monotonic()
    for argument in ("wiki", "wiki/**/*.md", "wiki/**/**/*.md", "wiki/**"):
        results = found(tmp_path, argument)
        assert "wiki/30/page.md" in results
        assert len(results) < 1_000
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "pattern",
    [
        "**/*.md",
        "wiki/**/*.md",
        "**/x/*.md",
        "**/x/**/*.md",
        "**",
        "wiki/**",
        "w*/**/a.md",
        "**/.h/*.md",
        "./**/*.md",
        "{}/**/*.md",
    ],
)
def test_globs_match_as_those_of_the_standard_library(tmp_path: Path, pattern: str) -> None:
    write(
        tmp_path,
        "a.md",
        "wiki/a.md",
        "wiki/x/a.md",
        "wiki/x/y/b.md",
        "wiki/.h/c.md",
        "wiki/x/.d.md",
        "x/a.md",
        "other/x/x/e.md",
    )
    pattern = pattern.format(tmp_path)
    everything = glob.glob(pattern, root_dir=tmp_path, recursive=True)  # noqa: PTH207
    expected = {os.path.relpath(tmp_path / path, tmp_path) for path in everything}
    assert set(found(tmp_path, pattern)) == {
        path for path in expected if (tmp_path / path).is_file()
    }


def test_a_link_outside_of_the_wiki_is_skipped_unless_its_target_is_an_argument(
    tmp_path: Path,
) -> None:
    write(tmp_path, "repository/wiki/a.md", "repository/shared/b.md", "outside/c.md", "other/d.md")
    (tmp_path / "repository/.git").mkdir()
    wiki = tmp_path / "repository/wiki"
    (wiki / "b.md").symlink_to("../shared/b.md")
    (wiki / "c.md").symlink_to(tmp_path / "outside/c.md")
    (wiki / "other").symlink_to(tmp_path / "other")
    expected = ["a.md", "b.md", "c.md: outside-wiki", "other: outside-wiki"]
    assert found(wiki, ".") == expected
    assert found(wiki, "*.md", "other/*.md") == ["a.md", "b.md", "c.md: outside-wiki", "other/d.md"]
    assert found(wiki, "**/*.md") == [
        "a.md",
        "b.md",
        "c.md: outside-wiki",
        "other/d.md: outside-wiki",
    ]
    assert found(wiki, "c.md", "other") == ["c.md", "other/d.md"]  # who names them wants them read
    assert found(wiki, "../../other", ".") == [
        "../../other/d.md",
        "a.md",
        "b.md",
        "c.md: outside-wiki",
        "other/d.md",
    ]


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "/proc/kmsg"])
def test_a_page_that_is_no_regular_file_is_one_warning(tmp_path: Path, kind: str) -> None:
    write(tmp_path, "a.md")
    if kind == "pipe":
        os.mkfifo(tmp_path / "b.md")
        os.mkfifo(tmp_path / ".gitignore")
        assert found(tmp_path, ".") == [".gitignore: unreadable", "a.md", "b.md: unreadable"]
    else:
        (tmp_path / "b.md").symlink_to(kind)
        (tmp_path / ".gitignore").symlink_to(kind)
        assert found(tmp_path, ".") == [".gitignore: unreadable", "a.md", "b.md: outside-wiki"]
    # What is named is opened only if it is a file; /proc/kmsg says that it is one, and would keep its reader waiting.
    named = found(tmp_path, "b.md")
    if named == ["b.md"]:
        (source,) = find_pages(["b.md"], tmp_path)
        assert isinstance(source, PageSource)
        with suppress(OSError):
            source.read()
    else:
        assert named == ["b.md: unreadable"]


def test_a_name_that_is_not_utf_8_is_one_warning(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "caf\udce9.md", "caf\udce9/b.md", "caf\udce9/c.md", "caf\udce9/i.png")
    assert found(tmp_path, ".") == ["a.md", r"caf\xe9: bad-name", r"caf\xe9.md: bad-name"]
    assert found(tmp_path, "caf\udce9.md", "*.md") == [r"caf\xe9.md: bad-name", "a.md"]
    assert found(tmp_path, "caf\udce9") == [r"caf\xe9: bad-name"]
    assert found(tmp_path / "caf\udce9", ".") == ["b.md", "c.md"]
    with pytest.raises(PageSourceError, match=r"th\\xe9\.md: no such file"):
        list(find_pages(["th\udce9.md"], tmp_path))


def test_invalid_lines_of_gitignore_ignore_nothing(tmp_path: Path) -> None:
    write(tmp_path, "foo.md", "bar.md", "a/foo.md")
    (tmp_path / ".gitignore").write_bytes(b"foo\\\n\\\n!\n[z-a]\n\xff\nbar.md\n")
    assert found(tmp_path, ".", ignore=("a\\", "!")) == ["a/foo.md", "foo.md"]


def test_a_page_too_large_is_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.md", "b.md")
    (tmp_path / "a.md").write_bytes(b"x" * 101)
    monkeypatch.setattr(page_source, "MAX_PAGE_BYTES", 100)
    assert found(tmp_path, ".") == ["a.md: too-large", "b.md"]
    (warning,) = find_pages(["-"], tmp_path, stdin=io.BytesIO(b"x" * 101))
    assert isinstance(warning, PageWarning)
    assert (warning.page, warning.code) == ("-", "too-large")


def test_a_folder_that_cannot_be_read_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a/b.md", "c.md")
    scandir = os.scandir

    def scan(path: Path) -> Any:
        if Path(path).name == "a":  # root reads what its mode forbids, so the refusal is made here
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert found(tmp_path, ".") == ["a: unreadable", "c.md"]


def test_a_folder_given_as_argument_is_read_even_if_git_ignores_it(tmp_path: Path) -> None:
    write(tmp_path, "kept/a.md", "drafts/b.md", "drafts/notes/c.md")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("drafts/\n", encoding="utf-8")
    assert found(tmp_path, ".") == ["kept/a.md"]
    assert found(tmp_path, "drafts") == ["drafts/b.md", "drafts/notes/c.md"]


@pytest.mark.parametrize(
    ("files", "folder", "expected"),
    [
        ({"mkdocs.yml": "site_name: x\n"}, ".", "docs"),
        (
            {
                "mkdocs.yml": "docs_dir: pages\nplugins: [!ENV A]\nmarkdown_extensions: [{a: !!python/name:b.c }]\n"
            },
            ".",
            "pages",
        ),
        ({"mkdocs.yml": "a: [\n"}, ".", "docs"),
        ({"mkdocs.yml": "docs_dir: /\n"}, ".", "docs"),
        ({"mkdocs.yml": "docs_dir: ../elsewhere\n"}, ".", "docs"),
        ({"mkdocs.yml": "docs_dir: !ENV [A, b]\n"}, ".", "docs"),
        ({"mkdocs.yml": "docs_dir: [" + "[" * 9_000}, ".", "docs"),
        ({"mkdocs.yml": "a: &a b\ndocs_dir: *a\n"}, ".", "docs"),
        ({"mkdocs.yml": "site_name: x\n"}, "docs", "docs"),
        ({"mkdocs.yml": "site_name: x\n"}, "docs/a", "docs"),
        ({"mkdocs.yml": "site_name: x\n"}, "elsewhere", "elsewhere"),
        ({"hugo.toml": "", "content/a.md": ""}, ".", "content"),
        ({"hugo.toml": "", "content/a.md": ""}, "content", "content"),
        ({".obsidian/app.json": "{}"}, "notes", "."),
        ({"a.md": ""}, ".", "."),
    ],
)
def test_root_relative_links_start_from_the_docs_root(
    tmp_path: Path, files: dict[str, str], folder: str, expected: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    result = detect_docs_root(tmp_path / folder, within=tmp_path)
    assert os.path.normpath(result) == os.path.normpath(tmp_path / expected)


def test_pages_of_every_format_are_found_without_built_files(tmp_path: Path) -> None:
    names = ("a.md", "b.html", "c.ipynb", "d.canvas", "e.Rmd", "f.mdx", "g.txt", "h.htm")
    write(tmp_path, *names)
    assert found(tmp_path, ".") == [
        "a.md",
        "b.html",
        "c.ipynb",
        "d.canvas",
        "e.Rmd",
        "f.mdx",
        "h.htm",
    ]
    write(tmp_path, "wiki/mkdocs.yml", *(f"wiki/docs/{name}" for name in names))
    below = [f"wiki/docs/{name}" for name in ("a.md", "c.ipynb", "d.canvas", "e.Rmd", "f.mdx")]
    assert found(tmp_path, "wiki") == found(tmp_path, "wiki/**") == below
    assert found(tmp_path, "wiki/docs/b.html", "wiki/**/*.htm") == [
        "wiki/docs/b.html",
        "wiki/docs/h.htm",
    ]
    named = [
        each.path
        for each in find_pages(["wiki"], tmp_path, formats={".HTML": "html", ".md": "skip"})
        if isinstance(each, PageSource)
    ]
    assert "wiki/docs/b.html" in named
    assert "wiki/docs/a.md" not in named
    assert "wiki/docs/h.htm" not in named


def test_a_page_has_the_format_of_its_suffix(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.HTML", "c.ipynb", "d.txt")
    pages = find_pages([".", "d.txt"], tmp_path, formats={".md": "mdx"})
    assert [each.format for each in pages if isinstance(each, PageSource)] == [
        "mdx",
        "html",
        "jupyter",
        "markdown",
    ]
    with pytest.raises(PageSourceError, match='unknown format "x"'):
        list(find_pages(["."], tmp_path, formats={".md": "x"}))


def test_html_of_packages_and_built_sites_is_no_page(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.html",
        "node_modules/b/c.html",
        "docs/_build/d.html",
        "out/objects.inv",
        "out/e/f.html",
        "out/g.md",
        "book/gitbook/gitbook.js",
        "book/h/i.html",
    )
    assert found(tmp_path, ".") == ["a.html", "out/g.md"]
    assert found(tmp_path, "out/e/f.html") == ["out/e/f.html"]


def test_pages_of_installed_packages_are_read_only_if_they_are_named(tmp_path: Path) -> None:
    packages = ["node_modules/lamp/a.md", "docs/bower_components/b.rst", "lib/site-packages/c.md"]
    write(tmp_path, "d.md", *packages)
    assert found(tmp_path, ".") == ["d.md"]
    assert found(tmp_path, "node_modules") == ["node_modules/lamp/a.md"]
    assert found(tmp_path, "node_modules/lamp/a.md") == ["node_modules/lamp/a.md"]


@pytest.mark.parametrize(
    "mark", ["vendor/modules.txt", "vendor/autoload.php", "vendor/lamp/.cargo-checksum.json"]
)
def test_packages_that_a_program_put_into_vendor_are_read_only_if_they_are_named(
    tmp_path: Path, mark: str
) -> None:
    write(tmp_path, "a.md", "vendor/lamp/README.md", "shop/vendor/list.md")
    assert found(tmp_path, ".") == ["a.md", "shop/vendor/list.md", "vendor/lamp/README.md"]
    write(tmp_path, mark)
    assert found(tmp_path, ".") == ["a.md", "shop/vendor/list.md"]
    assert found(tmp_path, "vendor/lamp") == ["vendor/lamp/README.md"]


def test_backups_of_logseq_are_no_pages(tmp_path: Path) -> None:
    write(tmp_path, "logseq/config.edn", "logseq/bak/pages/a.md", "pages/a.md", "bak/b.md")
    assert found(tmp_path, ".") == ["bak/b.md", "pages/a.md"]
    assert found(tmp_path, "logseq/bak/pages/a.md") == ["logseq/bak/pages/a.md"]


def test_each_folder_is_looked_at_once_for_built_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Names(list[str]):
        looks = 0

        def __iter__(self) -> Iterator[str]:
            Names.looks += 1
            return super().__iter__()

    monkeypatch.setattr(built_files, "_BUILT_FILES", Names(["objects.inv"]))
    folder = tmp_path
    for _ in range(60):
        folder /= "d"
        folder.mkdir()
        (folder / "a.html").write_text("<p>")
    assert len(list(find_pages(["."], tmp_path))) == 60
    assert 60 <= Names.looks <= 61


def test_translations_of_pages_that_are_not_read_are_counted(tmp_path: Path) -> None:
    files = {
        "docs/conf.py",  # Sphinx
        "docs/locale/de/LC_MESSAGES/index.po",
        "docs/locale/de/LC_MESSAGES/guide/oil.po",
        "book/book.toml",
        "book/po/zh.po",
        "app/locale/de/LC_MESSAGES/app.po",  # of a program
        "po/de.po",
    }
    for name in ("a.md", *files):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_pages([str(tmp_path)], tmp_path)
    warnings = [each.message for each in found if isinstance(each, PageWarning)]
    assert [each.partition(":")[0] for each in warnings] == [
        "holds 3 files that are not read (3 .po)"
    ]
