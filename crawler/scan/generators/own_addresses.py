"""Find the addresses at which a wiki is published, from its settings and from git."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawler.config import LoadedConfig
from crawler.git import repository_addresses
from crawler.http.urls import is_web_url
from crawler.scan.generators.settings_files import first_settings, read_settings, read_text
from crawler.scan.generators.wiki_root import repository_of, wiki_above

# Names of settings files without their suffix, and the key of the site's URL
_SETTINGS = (
    (("mkdocs",), "site_url"),  # MkDocs
    (("zensical",), "project.site_url"),  # Zensical
    (("hugo", "config"), "baseurl"),  # Hugo
    (("_config",), "url"),  # Jekyll, Hexo
    (("_config",), "html.baseurl"),  # Jupyter Book
    (("_quarto",), "website.site-url"),  # Quarto
    (("antora-playbook", "playbook"), "site.url"),  # Antora
    # The pages of a program's documentation, whatever publishes them
    (("pyproject",), "project.urls.documentation"),
    (("pyproject",), "project.urls.docs"),
    (("pyproject",), "project.urls.homepage"),
    (("pyproject",), "tool.poetry.documentation"),
    (("pyproject",), "tool.poetry.homepage"),
    (("package",), "homepage"),
    (("Cargo",), "package.documentation"),
    (("Cargo",), "package.homepage"),
)
_PATH_KEYS = ("baseurl", "root")  # keys of the path that is appended to `url`: Jekyll, Hexo
# For settings that are programs: file, pattern of the URL's key, pattern of the path's key or "".
# They are searched and never run.
_PROGRAMS = (
    ("docusaurus.config.*", r"\burl", r"\bbaseUrl"),
    ("astro.config.*", r"\bsite", r"\bbase"),
    ("conf.py", r"\bhtml_baseurl", ""),  # Sphinx
)
_VALUE = r"""["']?\s*[:=]\s*["'`](https?://[^"'`\s]+)["'`]"""
_PATH = r"""["']?\s*[:=]\s*["'`](/[^"'`\s]*)["'`]"""
_HOST_FILES = ("CNAME", "docs/CNAME", "static/CNAME", "public/CNAME")  # GitHub Pages
_HOST = re.compile(r"[\w.-]+\.[a-z]{2,}", re.IGNORECASE)
# Hosts in the settings that generators create, and version numbers that are no host
_PLACEHOLDER_HOST = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|localhost|your-docusaurus-\w+\.\w+\.com)$|^\d+\.\d"
)


def own_addresses(loaded: LoadedConfig) -> frozenset[str]:
    """Return the URLs that the wiki's pages and the pages of its repository begin with.

    Args:
        loaded: The configuration of the wiki.
    """
    config = loaded.config
    addresses = _found_addresses(loaded.folder, tuple(config.pages))
    return addresses | {config.site_url} if config.site_url else addresses


@cache
def _found_addresses(folder: Path, pages: tuple[str, ...]) -> frozenset[str]:
    """Return the addresses found without the setting `site_url`."""
    top = repository_of(folder)
    folders = [folder, top]
    found = [page for page in pages if is_web_url(page)]
    for page in pages:
        if not is_web_url(page):
            path = folder / page.partition("*")[0]
            page_folder = path if path.is_dir() else path.parent
            wiki = wiki_above(page_folder, top)
            folders += [page_folder, wiki.settings] if wiki else [page_folder]
    for each in dict.fromkeys(path.resolve() for path in folders):
        found += _addresses_in_settings(each)
    found += repository_addresses(folder)
    return frozenset(url for url in found if _is_real_address(url))


def _addresses_in_settings(folder: Path) -> Iterator[str]:
    """Yield the addresses that the settings files in a folder contain."""
    for names, key in _SETTINGS:
        settings = first_settings(folder, names)
        paths = (settings[each] for each in _PATH_KEYS if settings.get(each))
        if url := settings.get(key, ""):
            yield _append_path(url, next(paths, "") if key == "url" else "")
        yield from _language_addresses(settings)
    yield from _language_addresses(read_settings(folder / "config" / "_default" / "hugo.toml"))
    for pattern, key, path_key in _PROGRAMS:
        for file in sorted(folder.glob(pattern))[:1]:
            text = read_text(file)
            site = re.search(key + _VALUE, text)
            path = re.search(path_key + _PATH, text) if path_key else None
            if site:
                yield _append_path(site[1], path[1] if path else "")
    for name in _HOST_FILES:
        host = read_text(folder / name).strip()
        if _HOST.fullmatch(host):
            yield f"https://{host}/"


def _language_addresses(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the addresses of the languages of a Hugo site."""
    for key, value in settings.items():
        if key.endswith(".baseurl") and key.startswith("languages."):
            yield value


def _append_path(url: str, path: str) -> str:
    """Return a site's address with the path from its settings, if there is one."""
    return urljoin(url, f"/{path.strip('/')}") if path.strip("/") else url


def _is_real_address(url: str) -> bool:
    """Return whether a URL is an HTTP address, and not a placeholder."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"}
    return is_web and not _PLACEHOLDER_HOST.search(parts.hostname or "localhost")
