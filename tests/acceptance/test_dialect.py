"""Test that the dialect of pages is that of the wiki's generator, unless it is set."""

from __future__ import annotations

import pytest

from tests.acceptance.folder import Folder, rows

# An address that only GitHub's Markdown links, and one that is code but for Python-Markdown.
PAGE = "# A\n\nsee www.lamps.example\n\n!!! note\n\n    http://indented.example/a\n"
BARE, INDENTED = "http://www.lamps.example", "http://indented.example/a"


def cited(folder: Folder) -> set[str]:
    return {row["url"] for row in rows(folder.run_in_process("scan", "--format", "jsonl").stdout)}


@pytest.mark.parametrize(
    ("file", "page", "expected"),
    [
        ("hugo.toml", "content/a.md", {BARE}),
        (".github/x.yml", "a.md", {BARE}),
        ("_config.yml", "a.md", set()),
        (".obsidian/app.json", "a.md", set()),
        ("mkdocs.yml", "docs/a.md", {INDENTED}),
        ("LICENSE", "a.md", {INDENTED}),
    ],
)
def test_unset_it_is_that_of_the_generator(
    folder: Folder, file: str, page: str, expected: set[str]
) -> None:
    folder.write(file, "")
    folder.write(page, PAGE)
    assert cited(folder) == expected


def test_a_configured_dialect_overrides_the_detected_one(folder: Folder) -> None:
    folder.write("hugo.toml", "")
    folder.write("content/a.md", PAGE)
    folder.write("holdfast.toml", 'dialect = "commonmark"\n')
    assert cited(folder) == set()
    folder.write("holdfast.toml", 'generator = "jekyll"\n')
    assert cited(folder) == set()
    shown = folder.run_in_process("settings", "dialect").stdout
    assert 'dialect = "commonmark"' in shown


def test_comments_of_a_vault_cite_nothing(folder: Folder) -> None:
    folder.write(".obsidian/app.json", "{}")
    folder.write("a.md", f"Seen {INDENTED}\n\n%%\n[later]({BARE})\n%%\n")
    folder.write("a.canvas", '{"nodes": [{"type": "text", "text": "%% http://hidden.example %%"}]}')
    assert cited(folder) == {INDENTED}
    folder.write("holdfast.toml", 'dialect = "commonmark"\n')
    assert cited(folder) == {INDENTED, BARE}
    folder.write("holdfast.toml", 'dialect = "obsidian"\n')
    assert cited(folder) == {INDENTED}


def test_each_wiki_has_its_own(folder: Folder) -> None:
    folder.write("blog/hugo.toml", "")
    folder.write("blog/content/a.md", PAGE)
    folder.write("notes/.obsidian/app.json", "{}")
    folder.write("notes/a.md", PAGE)
    folder.write(
        "holdfast.toml",
        '[wikis.blog]\npages = ["blog/content"]\n[wikis.notes]\npages = ["notes"]\n',
    )
    assert folder.run_in_process("scan").returncode == 0
    assert [url for (url,) in folder.query("SELECT url FROM link")] == [BARE]
