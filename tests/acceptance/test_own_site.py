"""Test that failing pages of the wiki's own site are to be repaired at home."""

from __future__ import annotations

import json
import subprocess

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from reports.own_sites import OWN_PAGE
from tests.acceptance.folder import Folder, rows
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

DAY = "20210805110426"
OWN, REPOSITORY = "http://lamps.test/wiki/oil", "https://github.com/keeper/lamps/blob/main/gone.md"
OTHER = "http://lamps.test/shop"  # on the same host, but not of the wiki


@pytest.mark.parametrize("file", ["mkdocs.yml", "holdfast.toml"])
def test_a_page_of_the_wiki_itself_gets_no_copy(
    folder: Folder, background: BackgroundLoop, file: str
) -> None:
    missing = {ANY: status(404)}
    internet = background.start(Internet({"lamps.test": missing, "github.com": missing}))
    wayback = background.start(RunningWayback())
    for url in (OWN, REPOSITORY, OTHER):
        body = page(title(1), *paragraphs(1, count=3)).html
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=DAY, body=body))
    folder.configure(
        internet, wayback, more="[history]\nconfirm_failures = 1\nconfirm_days_definite = 0\n"
    )
    if file == "mkdocs.yml":
        folder.write(file, "site_url: https://www.lamps.test/wiki/\n")
    else:
        settings = (folder.path / file).read_text(encoding="utf-8")
        folder.write(file, f'site_url = "https://www.lamps.test/wiki/"\n{settings}')
    folder.write("docs/a.md", f"[oil]({OWN}) [shop]({OTHER})\n[code]({REPOSITORY})\n")
    subprocess.run(["git", "init", "-q", folder.path], check=True)
    remote = ["remote", "add", "origin", "git@github.com:keeper/lamps.git"]
    subprocess.run(["git", "-C", folder.path, *remote], check=True)
    assert folder.holdfast("run", "docs", "--fail-on", "never").returncode == 0

    fixed = folder.holdfast("fix", "docs", "--style", "title")
    places = "docs/a.md:1, docs/a.md:2"
    assert f"2 citations not fixed (broken): {OWN_PAGE} ({places})\n" in fixed.stderr
    assert f"web/{DAY}/{OTHER}" in fixed.stdout
    assert f"web/{DAY}/{OWN}" not in fixed.stdout
    read = rows(folder.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    assert {row["url"]: row["best_mirror"] is None for row in read} == {
        OWN: True,
        REPOSITORY: True,
        OTHER: False,
    }
    for name, place in (("markdown", "- "), ("github", "not fixed"), ("html", "")):
        shown = folder.run_in_process("report", "--format", name, "--since", "all").stdout
        assert OWN_PAGE in shown, name
        assert place in shown
    chinese = folder.run_in_process("report", "--format", "markdown", "--lang", "zh").stdout
    assert "属于本维基自己的网站或仓库" in chinese
    sections = folder.run_in_process("report", "--format", "markdown", "--since", "all").stdout
    assert "no usable archive copy known" not in sections
    document = json.loads(folder.run_in_process("report", "--format", "json").stdout)
    assert document["totals"]
