"""Find the addresses below which a wiki is published: by its generator's settings and by git."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawler.config import LoadedConfig
from crawler.git import repository_addresses
from crawler.http.urls import is_external
from crawler.scan.settings_files import first_settings, read_settings, read_text
from crawler.scan.wiki_root import repository_of, wiki_above

# Files of settings without their endings, and the key of the address
_SETTINGS = (
    (("mkdocs",), "site_url"),  # MkDocs
    (("hugo", "config"), "baseurl"),  # Hugo
    (("_config",), "url"),  # Jekyll, Hexo
    (("_config",), "html.baseurl"),  # Jupyter Book
    (("_quarto",), "website.site-url"),  # Quarto
    (("antora-playbook", "playbook"), "site.url"),  # Antora
)
_PATH_KEYS = ("baseurl", "root")  # of the path below `url`: Jekyll, Hexo
# The same of settings that are programs, which are searched and never run
_PROGRAMS = (
    ("docusaurus.config.*", r"\burl", r"\bbaseUrl"),
    ("astro.config.*", r"\bsite", r"\bbase"),
    ("conf.py", r"\bhtml_baseurl", ""),  # Sphinx
)
_VALUE = r"""["']?\s*[:=]\s*["'`](https?://[^"'`\s]+)["'`]"""
_PATH = r"""["']?\s*[:=]\s*["'`](/[^"'`\s]*)["'`]"""
_HOST_FILES = ("CNAME", "docs/CNAME", "static/CNAME", "public/CNAME")  # of pages on GitHub
_HOST = re.compile(r"[\w.-]+\.[a-z]{2,}", re.IGNORECASE)
# What templates of generators have before anybody sets it
_UNSET = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|localhost|your-docusaurus-\w+\.\w+\.com)$|^\d+\.\d"
)


def own_addresses(loaded: LoadedConfig) -> frozenset[str]:
    """Return the URLs below which a wiki's pages and its repository are published.

    Args:
        loaded: The configuration of the wiki.
    """
    return _addresses(loaded.folder, tuple(loaded.config.pages))


@cache
def _addresses(folder: Path, pages: tuple[str, ...]) -> frozenset[str]:
    top = repository_of(folder)
    folders = [folder, top]
    found = [page for page in pages if is_external(page)]
    for page in pages:
        if not is_external(page):
            path = folder / page.partition("*")[0]
            below = path if path.is_dir() else path.parent
            wiki = wiki_above(below, top)
            folders += [below, wiki[1]] if wiki else [below]
    for each in dict.fromkeys(path.resolve() for path in folders):
        found += _published_at(each)
    found += repository_addresses(folder)
    return frozenset(url for url in found if _is_set(url))


def _published_at(folder: Path) -> Iterator[str]:
    """Yield the addresses in the settings of a folder."""
    for names, key in _SETTINGS:
        settings = first_settings(folder, names)
        paths = (settings[each] for each in _PATH_KEYS if settings.get(each))
        if url := settings.get(key, ""):
            yield _below(url, next(paths, "") if key == "url" else "")
        yield from _of_languages(settings)
    yield from _of_languages(read_settings(folder / "config" / "_default" / "hugo.toml"))
    for pattern, key, path_key in _PROGRAMS:
        for file in sorted(folder.glob(pattern))[:1]:
            text = read_text(file)
            site = re.search(key + _VALUE, text)
            path = re.search(path_key + _PATH, text) if path_key else None
            if site:
                yield _below(site[1], path[1] if path else "")
    for name in _HOST_FILES:
        host = read_text(folder / name).strip()
        if _HOST.fullmatch(host):
            yield f"https://{host}/"


def _of_languages(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the addresses of Hugo's languages."""
    for key, value in settings.items():
        if key.endswith(".baseurl") and key.startswith("languages."):
            yield value


def _below(url: str, path: str) -> str:
    """Return the address of a site whose path is a setting of its own."""
    return urljoin(url, f"/{path.strip('/')}") if path.strip("/") else url


def _is_set(url: str) -> bool:
    """Return whether a URL is an address of the web, and not a template's example."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"}
    return is_web and not _UNSET.search(parts.hostname or "localhost")
