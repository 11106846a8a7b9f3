"""Test `holdfast init` and `holdfast doctor`."""

from __future__ import annotations

import subprocess
import tomllib

import pytest

from crawler.config import load_config
from crawler.demo.background import BackgroundLoop
from crawler.politeness.url_filters import UrlFilters
from tests.acceptance.folder import Folder, one_line
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

PAGE = (
    "# 石桥\n\n夜里的灯一直亮着，论坛在二〇一九年关闭。[公告](https://stone.example/notice)、\n"
    "[存档](https://web.archive.org/web/20200101000000/https://stone.example/closed)，[另一处](https://stone.example/other)。\n"
)


def test_init_reads_the_settings_of_mkdocs(folder: Folder) -> None:
    folder.write("mkdocs.yml", "site_name: 石桥\ndocs_dir: pages\n")
    folder.write("pages/index.md", PAGE)
    done = folder.run_in_process("init", "--contact", "mailto:me@wiki.example")
    assert done.returncode == 0, done.stderr
    assert "MkDocs wiki: 1 page\n" in done.stdout
    assert "3 citations of 3 links and 1 archive copy (wayback 1)" in done.stdout
    # 3 links at one host; 2 lookups, of which 1 finds a copy: 3 requests, 24 a minute.
    estimate = "first run: about 12 s: 4 s for 4 probes on 2 hosts, 8 s for 2 lookups in archives, 0 s to check about 1 copy found"
    assert f"{estimate}\n" in done.stdout  # no host is worth a line
    assert "without an archive copy: 2 links;" in done.stdout
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert values["pages"] == ["pages"]
    assert values["docs_root"] == "pages"
    assert values["network"] == {"contact": "mailto:me@wiki.example"}


def test_init_names_the_hosts_that_take_long(folder: Folder) -> None:
    many = "".join(f"<https://stone.example/{number}>\n" for number in range(40))
    folder.write("a.md", f"{many}<https://quick.example/>\n")
    output = folder.run_in_process("init").stdout
    assert "; slowest hosts:\n  stone.example: 40 probes, " in output
    assert "quick.example" not in output


def test_init_names_folders_of_test_data_that_hold_most_citations(folder: Folder) -> None:
    folder.write("docs/a.md", "<http://a.example/1>\n")
    folder.write("lib/tests/links.md", "<http://b.example/1> <http://b.example/2>\n")
    done = folder.run_in_process("init", "--dry-run", ".")
    assert (
        'test data: 2 of 3 citations are in lib/tests/; if their links are invented, set ignore = ["lib/tests/"]'
        in done.stderr
    )
    folder.write("docs/b.md", "<http://a.example/2>\n")
    assert "test data" not in folder.run_in_process("init", "--dry-run", ".").stderr


def test_the_job_reads_the_configuration_that_init_writes(folder: Folder) -> None:
    folder.write("notes/一.md", PAGE)
    assert folder.run_in_process("init", "notes").returncode == 0
    assert "1 page (1 read, 0 unchanged): 3 new citations" in folder.run_in_process("scan").stderr


@pytest.mark.parametrize(
    ("host", "skipped"),
    [("idp.example.com", True), ("example.org:8080", True), ("myexample.com", False)],
)
def test_init_excludes_hosts_that_are_reserved_for_examples(
    folder: Folder, host: str, skipped: bool
) -> None:
    folder.write("notes/a.md", f"See https://{host}/login.\n")
    assert folder.run_in_process("init", "notes").returncode == 0
    loaded = load_config(folder.path / "holdfast.toml", environment={})
    filters = UrlFilters.from_config(loaded.config)
    assert filters.excludes(f"https://{host}/login") is skipped
    assert not filters.excludes(f"https://a.test/?next=https://{host}/")


def repository_with_a_site(folder: Folder) -> None:
    """Write a repository whose folder `docs` holds the sources of a Jekyll site."""
    folder.write(".github/CODEOWNERS", "")
    folder.write("README.md", "[Licence](LICENSE) [Guide](docs/_guide/arch.md) [Deck](/deck.md)\n")
    folder.write("LICENSE", "")
    folder.write("docs/_config.yml", "collections:\n  guide:\n    permalink: /:collection/:path/\n")
    folder.write("docs/_guide/arch.md", "---\ntitle: Arch\n---\n[Deck](/guide/deck/)\n")
    folder.write(
        "docs/_guide/deck.md",
        "---\ntitle: Deck\n---\n[Arch](../arch/) [Arch]({{ '/guide/arch/' | relative_url }})\n",
    )


def test_init_keeps_a_site_in_a_folder_of_a_repository_apart(folder: Folder) -> None:
    repository_with_a_site(folder)
    done = folder.run_in_process("init")
    assert "repository with 1 site (Jekyll in docs): 3 pages\n" in done.stdout
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert not values.keys() & {"generator", "docs_root"}
    broken = folder.run_in_process("scan", "--internal", "--only-broken").stdout
    assert broken == "README.md:1:56: /deck.md: no such page or file\n"


@pytest.mark.parametrize("pages", ["docs", "docs/_guide", "docs/**/*.md"])
def test_init_detects_the_generator_of_the_named_pages(folder: Folder, pages: str) -> None:
    repository_with_a_site(folder)
    assert "Jekyll wiki: 2 pages\n" in folder.run_in_process("init", pages).stdout
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert (values["generator"], values["docs_root"]) == ("jekyll", "docs")
    assert folder.run_in_process("scan", "--internal", "--only-broken").stdout == ""


def test_init_writes_no_generator_if_it_does_not_publish_all_pages(folder: Folder) -> None:
    folder.write("mkdocs.yml", "site_name: 石桥\n")
    folder.write("docs/index.md", PAGE)
    folder.write("README.md", PAGE)
    assert "MkDocs wiki: 2 pages\n" in folder.run_in_process("init", ".").stdout
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert not values.keys() & {"generator", "docs_root"}


SETTINGS = {"doc/conf.py": "extensions = []\n", "hexo/_config.yml": "source_dir: src\n"}


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (["website/docusaurus.config.js", "docs/a.md"], "folder of pages with 1 site (Docusaurus in docs)"),
        (["site/hugo.toml", "site/content/a.md"], "folder of pages with 1 site (Hugo in site/content)"),
        (["docs/.vitepress/config.mts", "docs/a.md"], "folder of pages with 1 site (VitePress in docs)"),
        (["manual/mkdocs.yml", "manual/docs/a.md"], "folder of pages with 1 site (MkDocs in manual/docs)"),
        (["docs/_config.yml", "docs/a.md"], "folder of pages with 1 site (Jekyll in docs)"),
        (["doc/conf.py", "doc/a.rst"], "folder of pages with 1 site (Sphinx in doc)"),
        (["antora-playbook.yml", "modules/ROOT/pages/a.adoc"], "Antora wiki"),
        (["docs/antora.yml", "docs/modules/ROOT/pages/a.adoc"], "folder of pages with 1 site (Antora in docs)"),
        (["book.toml", "src/a.md"], "mdBook wiki"),
        (["_config.yml", "source/_posts/a.md"], "Hexo wiki"),
        (["hexo/_config.yml", "hexo/src/a.md"], "folder of pages with 1 site (Hexo in hexo/src)"),
        (["site/zola.toml", "site/content/a.md"], "folder of pages with 1 site (Zola in site/content)"),
        ([".github/x.yml", "website/docusaurus.config.ts", "docs/a.md"], "repository with 1 site (Docusaurus in docs)"),
        (
            ["a/mkdocs.yml", "a/docs/a.md", "b/hugo.toml", "b/content/b.md"],
            "folder of pages with 2 sites (MkDocs in a/docs, Hugo in b/content)",
        ),
        (["node_modules/x/mkdocs.yml", "node_modules/x/docs/b.md", "a.md"], "folder of pages"),
        (["tool/conf.py", "a.md"], "folder of pages"),
    ],
)  # fmt: skip
def test_init_names_the_sites_in_folders(folder: Folder, files: list[str], title: str) -> None:
    for file in files:
        settings = SETTINGS.get(file, "x: 1\n" if file.endswith(".yml") else "x = 1\n")
        folder.write(file, PAGE if file.endswith((".md", ".rst", ".adoc")) else settings)
    done = folder.run_in_process("init")
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition(": ")[0] == title


def test_init_uses_the_dialect_of_a_site_in_a_folder(folder: Folder) -> None:
    folder.write("website/docusaurus.config.js", "")
    folder.write("docs/a.md", PAGE)
    assert folder.run_in_process("init").returncode == 0
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert values["dialect"] == "gfm"


def test_an_existing_configuration_is_not_overwritten(folder: Folder) -> None:
    folder.write("a.md", PAGE)
    folder.write("holdfast.toml", "pages = ['a.md']\n")
    assert "--force" in one_line(folder.run_in_process("init"), 3)
    assert (folder.path / "holdfast.toml").read_text() == "pages = ['a.md']\n"
    dry = folder.run_in_process("init", "--dry-run")
    assert tomllib.loads(dry.stdout)["pages"] == ["."]
    assert (folder.path / "holdfast.toml").read_text() == "pages = ['a.md']\n"
    assert folder.run_in_process("init", "--force").returncode == 0
    assert "# interval = 1.0" in (folder.path / "holdfast.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "missing: no such file or folder"),
        (["https://wiki.example/"], "init reads files"),
    ],
)
def test_init_warns_about_unreadable_pages(
    folder: Folder, arguments: list[str], message: str
) -> None:
    assert message in one_line(folder.run_in_process("init", *arguments), 3)


def test_an_empty_folder_gets_no_configuration(folder: Folder) -> None:
    done = folder.run_in_process("init")
    assert done.returncode == 3
    assert "no readable page here" in done.stderr
    assert not (folder.path / "holdfast.toml").exists()


def test_source_url_is_that_of_the_git_remote(folder: Folder) -> None:
    folder.write("wiki/a.md", PAGE)
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", "git@github.com:stone/wiki.git"],
    ):
        subprocess.run(["git", "-C", str(folder.path), *arguments], check=True)
    assert folder.run_in_process("init").returncode == 0
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert values["report"] == {
        "source_url": "https://github.com/stone/wiki/blob/main/{path}#L{line}"
    }


# --- doctor


@pytest.fixture(scope="module")
def wayback(background: BackgroundLoop) -> RunningWayback:
    internet = background.start(Internet({}))
    return background.start(RunningWayback(fetch=internet.fetch))


def configured(folder: Folder, wayback: RunningWayback, more: str = "") -> None:
    folder.write("a.md", PAGE)
    folder.write(
        "holdfast.toml",
        f"pages = ['a.md']\n[network]\ncontact = 'mailto:me@wiki.example'\n[archives.wayback]\nendpoint = '{wayback.endpoint}'\n{more}",
    )


def test_doctor_reports_ok_for_a_scanned_wiki(folder: Folder, wayback: RunningWayback) -> None:
    configured(folder, wayback)
    folder.run_in_process("scan")
    done = folder.run_in_process("doctor")
    assert done.returncode == 0, done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    assert "links and mirrors due: 4" in done.stdout
    assert f"{wayback.endpoint} responds" in done.stdout


def test_doctor_checks_the_api_keys_and_does_not_print_them(
    folder: Folder, wayback: RunningWayback
) -> None:
    key, secret = "AKEY", "the-right-one"
    wayback.captures.keys = {f"{key}:{secret}"}
    configured(folder, wayback, f"key = '{key}'\nsecret = '{secret}'\n")
    done = folder.run_in_process("doctor")
    assert "the API keys are valid" in done.stdout
    configured(folder, wayback, f"key = '{key}'\nsecret = 'not-the-secret'\n")
    refused = folder.run_in_process("doctor")
    assert refused.returncode == 1
    assert "the archive rejected the API keys" in refused.stdout
    for expected in (done, refused):
        assert secret not in expected.stdout + expected.stderr
        assert "not-the-secret" not in expected.stdout + expected.stderr


def test_errors_name_the_problem_and_what_to_do(folder: Folder) -> None:
    folder.write(
        "holdfast.toml", "pages = ['gone']\n[archives.wayback]\nendpoint = 'http://127.0.0.1:1'\n"
    )
    folder.write(
        ".holdfast/holdfast.db", b"no database at all, but long enough to be looked at\n" * 100
    )
    before = (folder.path / ".holdfast" / "holdfast.db").read_bytes()
    done = folder.run_in_process("doctor")
    assert done.returncode == 1
    assert "gone: no such file or folder" in done.stdout
    assert "set network.contact" in done.stdout
    assert "not a valid database" in done.stdout
    assert "cannot reach http://127.0.0.1:1" in done.stdout
    assert (folder.path / ".holdfast" / "holdfast.db").read_bytes() == before


def test_offline_doctor_sends_no_request(folder: Folder, wayback: RunningWayback) -> None:
    configured(folder, wayback)
    asked = len(wayback.requests)
    done = folder.run_in_process("doctor", "--offline")
    assert done.returncode == 0
    assert "network checks skipped" in done.stdout
    assert len(wayback.requests) == asked
    assert not (folder.path / ".holdfast").exists()


def test_doctor_notes_a_site_whose_generator_is_not_the_configured_one(folder: Folder) -> None:
    folder.write("mkdocs.yml", "site_name: Boats\n")
    folder.write("docs/index.md", "[a](b.md)\n")
    folder.write("holdfast.toml", 'pages = ["docs"]\ngenerator = "github"\n')
    done = folder.run_in_process("doctor", "--offline")
    assert 'generator = "github", but the pages in . are published by mkdocs' in done.stdout
    assert 'remove generator from the configuration, or set it to "mkdocs"' in done.stdout
    folder.write("holdfast.toml", 'pages = ["docs"]\ngenerator = "mkdocs"\n')
    assert "are published by" not in folder.run_in_process("doctor", "--offline").stdout


@pytest.mark.parametrize("top", ["", "wiki/data/", "wiki/data/pages"])
def test_init_reads_the_pages_of_dokuwiki(folder: Folder, top: str) -> None:
    """It names the format of its pages, whose suffix many other files have."""
    data = "wiki/data" if top else "."
    folder.write(f"{data}/pages/notes/a.txt", "====== A ======\n\n[[https://a.example/|a]]\n")
    folder.write(f"{data}/meta/notes/a.meta", "")
    folder.write(f"{data}/attic/b.txt", "https://old.example/\n")
    if top:
        folder.path = folder.path / top.removesuffix("data/")
    done = folder.run_in_process("init")
    assert done.stdout.startswith("DokuWiki: 1 page\n1 citation of 1 link"), done.stderr
    values = tomllib.loads((folder.path / "holdfast.toml").read_text(encoding="utf-8"))
    assert values["formats"] == {".txt": "dokuwiki"}
    scanned = folder.run_in_process("scan", "--format", "jsonl").stdout
    assert '"url": "https://a.example/"' in scanned
    assert "old.example" not in scanned


def test_pages_beside_an_empty_folder_of_a_generator_are_found(folder: Folder) -> None:
    folder.write("mkdocs.yml", "site_name: Lamps\n")
    folder.write("docs/.gitkeep", "")
    folder.write("README.md", PAGE)
    done = folder.run_in_process("init")
    assert (done.returncode, done.stdout.partition("\n")[0]) == (0, "folder of pages: 1 page")
    assert tomllib.loads((folder.path / "holdfast.toml").read_text())["pages"] == ["."]
