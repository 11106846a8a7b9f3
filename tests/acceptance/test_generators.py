"""Test the manifest for site generators, and the examples that replace links by it at build time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.schemas import validator
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

GENERATORS = Path(__file__).parents[2] / "examples" / "generators"
DAY = "20210805110426"
DEAD, LIVING, UNCOPIED = "http://press.test/1?a=1&b=2", "http://press.test/2", "http://press.test/3"


def copy_of(url: str) -> str:
    return f"https://web.archive.org/web/{DAY}/{url}"


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory, background: BackgroundLoop) -> Folder:
    """Return a wiki that cites a broken page, a living one and a broken copy, all confirmed."""
    body = page(title(2), *paragraphs(2, count=3))
    internet = background.start(Internet({"press.test": {ANY: status(404), "/2": body}}))
    wayback = background.start(RunningWayback())
    for number, url in ((1, DEAD), (2, LIVING)):
        shown = page(title(number), *paragraphs(number, count=3)).html
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=DAY, body=shown))
    folder = Folder(tmp_path_factory.mktemp("generators"))
    folder.write(
        "docs/index.md",
        f"# A\n\n[gone]({DEAD}#part) and `{DEAD}`, [living]({LIVING}), [lost]({UNCOPIED})\n",
    )
    folder.configure(internet, wayback)
    done = folder.holdfast("run", "docs", "--fail-on", "never")
    assert done.returncode == 0, error_lines(done)
    for url in (DEAD, UNCOPIED):  # as if six nights had passed
        confirm = "UPDATE link SET state = 'broken' WHERE url IN (?, ?) AND role = 'link'"
        folder.execute(confirm, url, f"{url}#part")
    return folder


def manifest(folder: Folder) -> dict[str, dict[str, str]]:
    done = folder.run_in_process(
        "report", "--format", "manifest", "--output", ".holdfast", "--fail-on", "never"
    )
    assert done.returncode == 0, done.stderr
    text = (folder.path / ".holdfast" / "report.manifest.json").read_text(encoding="utf-8")
    document = json.loads(text)
    validator("manifest-1.json").validate(document)
    links: dict[str, dict[str, str]] = document["links"]
    return links


def test_the_manifest_names_the_copy_to_use_now(wiki: Folder) -> None:
    links = manifest(wiki)
    assert {url: (entry["use"], entry["copy"]) for url, entry in links.items()} == {
        DEAD: ("copy", copy_of(DEAD)),
        LIVING: ("original", copy_of(LIVING)),
    }
    assert links[DEAD]["captured_at"].startswith("2021-08-05T11:04:26")
    assert links[DEAD]["state"] == "broken"


def build_with_mkdocs(folder: Folder, tmp_path: Path) -> tuple[str, str]:
    """Return the page that MkDocs builds with the hook, and what MkDocs printed."""
    shutil.copy(GENERATORS / "mkdocs_hook.py", folder.path)
    folder.write("mkdocs.yml", "site_name: Wiki\ntheme: {name: null, custom_dir: theme}\nhooks: [mkdocs_hook.py]\n")  # fmt: skip
    folder.write("theme/main.html", "{{ page.content }}")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=folder.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (tmp_path / "site" / "index.html").read_text(encoding="utf-8"), done.stderr


def test_mkdocs_leads_to_copies_and_leaves_the_source_alone(wiki: Folder, tmp_path: Path) -> None:
    manifest(wiki)
    before = (wiki.path / "docs/index.md").read_text()
    html, _ = build_with_mkdocs(wiki, tmp_path)
    gone = DEAD.replace("&", "&amp;")
    copy = copy_of(DEAD).replace("&", "&amp;")
    assert (
        f'<a href="{copy}" data-originalurl="{gone}#part" data-versiondate="2021-08-05T11:04:26'
        in html
    )
    assert f"<code>{gone}</code>" in html
    assert f'<a href="{LIVING}">' in html
    assert f'<a href="{UNCOPIED}">' in html
    assert (wiki.path / "docs/index.md").read_text() == before


def test_mkdocs_builds_without_a_manifest_and_with_a_broken_one(
    wiki: Folder, tmp_path: Path
) -> None:
    written = wiki.path / ".holdfast" / "report.manifest.json"
    written.unlink(missing_ok=True)
    html, _ = build_with_mkdocs(wiki, tmp_path)
    assert "web.archive.org" not in html
    for broken in ("{", "[]", '{"schema": 2}', '{"schema": 1, "links": []}'):
        written.write_text(broken)
        html, received = build_with_mkdocs(wiki, tmp_path)
        assert "web.archive.org" not in html
        assert "is no manifest that this hook can read" in received
        assert "Traceback" not in received


def test_the_transform_for_eleventy_leads_to_copies(wiki: Folder, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    (tmp_path / "links.json").write_text(json.dumps(manifest(wiki)))
    (tmp_path / "page.html").write_text(f"<a class='x' href='{DEAD.replace('&', '&amp;')}#part'>a</a><a href=\"{LIVING}\">b</a><a href=\"constructor\">c</a>")  # fmt: skip
    shutil.copy(GENERATORS / "eleventy.js", tmp_path / "eleventy.mjs")
    script = """
        import { readFileSync } from "node:fs";
        import { leadToCopies } from "./eleventy.mjs";
        const read = (name) => readFileSync(name, "utf-8");
        console.log(leadToCopies(read("page.html"), JSON.parse(read("links.json"))));
    """
    (tmp_path / "try.mjs").write_text(script)
    done = subprocess.run(
        [node, "try.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    copy, gone = (url.replace("&", "&#38;") for url in (copy_of(DEAD), DEAD))
    assert done.stdout == (
        f'<a class=\'x\' href="{copy}" data-originalurl="{gone}#part">a</a>'
        f'<a href="{LIVING}">b</a><a href="constructor">c</a>\n'
    )


def test_bibliographies_have_the_same_copies(wiki: Folder) -> None:
    done = wiki.run_in_process(
        "report", "--format", "bibtex,csl", "--output", "out", "--fail-on", "never"
    )
    assert done.returncode == 0, done.stderr
    items = json.loads((wiki.path / "out" / "report.csl.json").read_text(encoding="utf-8"))
    copies = {item["title"]: item.get("archive_location") for item in items}
    assert copies == {"gone": copy_of(DEAD), "living": copy_of(LIVING), "lost": None}
    bibtex = (wiki.path / "out" / "report.bib").read_text(encoding="utf-8")
    assert bibtex.count("@online{") == 3
    assert f"archiveurl = {{{copy_of(DEAD)}}},\n  archivedate = {{2021-08-05}},\n  url-status = {{dead}}" in bibtex  # fmt: skip
