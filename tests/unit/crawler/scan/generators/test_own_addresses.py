"""Test that the addresses of a wiki's own site are found in settings and in git's remote."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.config import Config, LoadedConfig
from crawler.scan.generators.own_addresses import own_addresses

SITES: Mapping[str, tuple[Mapping[str, str], str, set[str]]] = {
    "MkDocs": ({"mkdocs.yml": "site_url: https://lamps.test/wiki/\n"}, "docs", {"https://lamps.test/wiki/"}),
    "MkDocs in a folder": ({"book/mkdocs.yml": "site_url: https://lamps.test/\n"}, "book/docs", {"https://lamps.test/"}),
    "Hugo": ({"hugo.toml": 'baseURL = "https://lamps.test/"\n[languages.fr]\nbaseURL = "https://lampes.test/"\n'}, "content", {"https://lamps.test/", "https://lampes.test/"}),
    "Jekyll": ({"_config.yml": "url: https://lamps.test\nbaseurl: /wiki\n"}, ".", {"https://lamps.test/wiki"}),
    "Jupyter Book": ({"_config.yml": "html:\n  baseurl: https://lamps.test/book\n"}, ".", {"https://lamps.test/book"}),
    "Quarto": ({"_quarto.yml": "website:\n  site-url: https://lamps.test\n"}, ".", {"https://lamps.test"}),
    "Antora": ({"antora-playbook.yml": "site:\n  url: https://lamps.test\n"}, "docs", {"https://lamps.test"}),
    "Docusaurus": ({"docusaurus.config.js": "module.exports = {url: 'https://lamps.test', baseUrl: '/wiki/'}\n"}, "docs", {"https://lamps.test/wiki"}),
    "Astro": ({"astro.config.mjs": 'export default defineConfig({site: "https://lamps.test"})\n'}, "src/content", {"https://lamps.test"}),
    "Sphinx": ({"docs/conf.py": "html_baseurl = 'https://lamps.test/en/'\n"}, "docs", {"https://lamps.test/en/"}),
    "a program in Python": ({"pyproject.toml": '[project.urls]\nDocumentation = "https://lamps.test/docs/"\nHomepage = "https://lamps.test/"\nChangelog = "https://other.test/"\n'}, "docs", {"https://lamps.test/docs/", "https://lamps.test/"}),
    "a program in Python, dotted keys": ({"pyproject.toml": '[project]\nurls.Documentation = "https://lamps.test"\n'}, "docs", {"https://lamps.test"}),
    "a program of Poetry": ({"pyproject.toml": '[tool.poetry]\ndocumentation = "https://lamps.test"\n'}, "docs", {"https://lamps.test"}),
    "a package of Node": ({"package.json": '{"homepage": "https://lamps.test"}'}, "docs", {"https://lamps.test"}),
    "a crate": ({"Cargo.toml": '[package]\nhomepage = "https://lamps.test"\n'}, "docs", {"https://lamps.test"}),
    "a domain of GitHub Pages": ({"docs/CNAME": "lamps.test\n"}, "docs", {"https://lamps.test/"}),
    "a published site": ({}, "https://lamps.test/", {"https://lamps.test/"}),
    "templates": ({"hugo.toml": 'baseURL = "https://example.org/"', "CNAME": "no name", "_config.yml": "url: ''\nbaseurl: /x\n"}, "content", set()),
    "nothing": ({"mkdocs.yml": "site_url: [\n"}, "docs", set()),
}  # fmt: skip
REMOTES = {
    "git@github.com:Keeper/lamps.git": {"https://github.com/Keeper/lamps", "https://keeper.github.io/lamps"},
    "https://github.com/keeper/keeper.github.io": {"https://github.com/keeper/keeper.github.io", "https://keeper.github.io/"},
    "https://user:pw@gitlab.com/keeper/lamps.git": {"https://gitlab.com/keeper/lamps", "https://keeper.gitlab.io/lamps"},
    "ssh://git@git.keeper.test:2222/lamps/wiki.git": {"https://git.keeper.test/lamps/wiki"},
    "/srv/git/lamps.git": set(),
    "backup:lamps.git": set(),
}  # fmt: skip


def addresses(folder: Path, pages: str) -> set[str]:
    return set(own_addresses(LoadedConfig(Config(pages=(pages,)), folder, None)))


@pytest.mark.parametrize(("files", "pages", "expected"), SITES.values(), ids=SITES)
def test_addresses_are_read_from_settings(
    tmp_path: Path, files: Mapping[str, str], pages: str, expected: set[str]
) -> None:
    (tmp_path / ".git").mkdir()
    if "://" not in pages:
        (tmp_path / pages).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert addresses(tmp_path, pages) == expected


@pytest.mark.parametrize(("remote", "expected"), REMOTES.items(), ids=REMOTES)
def test_addresses_are_derived_from_the_remote(
    tmp_path: Path, remote: str, expected: set[str]
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    assert addresses(tmp_path, "docs") == expected
