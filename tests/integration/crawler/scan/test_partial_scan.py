"""Test that a scan of some pages resolves the links of all pages as a scan of the wiki does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawler.jobs.job import Job
from crawler.scan.discovery import page_sources
from crawler.scan.wiki_scan import scan_wiki
from store.schema.models import InternalLinkRow, PageRow

WIKIS: Mapping[str, Mapping[str, str]] = {
    "two sites of MkDocs": {
        "one/mkdocs.yml": "site_name: One\n",
        "one/docs/a.md": "# A\n\n[b](b.md) [b](../b/) [none](none.md)\n",
        "one/docs/b.md": "# B\n",
        "two/mkdocs.yml": "site_name: Two\n",
        "two/docs/c.md": "# C\n\n[d](d.md) [d](../d/) [none](../none/)\n",
        "two/docs/d.md": "# D\n",
    },
    "Hugo beside plain pages": {
        "hugo.toml": "baseURL = 'https://lamps.example/'\n",
        "content/posts/a.md": "# A\n\n[b](/posts/b/) [none](/posts/none/)\n",
        "content/posts/b.md": "# B\n",
        "notes/c.md": "# C\n\n[d](d.md) [none](none.md) [b](/posts/b/)\n",
        "notes/d.md": "# D\n",
    },
    "Obsidian": {
        ".obsidian/app.json": "{}",
        "a.md": "# A\n\n[[b]] [[none]] [[b#None]]\n",
        "sub/b.md": "# B\n\n[[a]] [[nothing]]\n",
    },
}


@pytest.mark.parametrize("wiki", WIKIS)
def test_a_scan_of_one_page_changes_no_link_of_others(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wiki: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in WIKIS[wiki].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    scan(job)
    before = resolved_links(job)
    assert any(broken for *_, broken in before)
    for name in (name for name in WIKIS[wiki] if name.endswith(".md")):
        with (tmp_path / name).open("a", encoding="utf-8") as page:
            page.write("\nMore.\n")
        scan(job, name)
        assert resolved_links(job) == before, name


def scan(job: Job, *arguments: str) -> None:
    sources = list(page_sources(job.loaded, arguments))
    scan_wiki(job, job.loaded, sources, is_complete=not arguments, on_page=lambda _path: None)


def resolved_links(job: Job) -> Sequence[Any]:
    columns = (PageRow.path, InternalLinkRow.target, InternalLinkRow.path, InternalLinkRow.broken)
    statement = (
        select(*columns)
        .join_from(InternalLinkRow, PageRow, InternalLinkRow.page_id == PageRow.id)
        .order_by(PageRow.path, InternalLinkRow.target)
    )
    with job.database.read() as connection:
        return connection.execute(statement).all()
