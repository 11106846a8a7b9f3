"""Read which addresses of a site are redirected, from the settings files of web hosts and servers.

Formats: https://docs.netlify.com/routing/redirects/ (also Cloudflare Pages and GitLab Pages),
https://vercel.com/docs/project-configuration#redirects,
https://firebase.google.com/docs/hosting/full-config#redirects,
https://learn.microsoft.com/azure/static-web-apps/configuration,
https://www.mintlify.com/docs/create/redirects,
https://nextjs.org/docs/app/api-reference/config/next-config-js/redirects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from crawler.files.toml import TomlError, load_toml
from crawler.scan.generators.settings_files import read_text

_MAX_REDIRECTS = 20_000
# Folders whose files generators copy to the top of the site
_HOST_FOLDERS = ("", "static", "public", "docs", "source", "content")
_PATTERN = re.compile(r"[*(]|(?<=/):\w|\$$")  # the start of the variable part of a rule's path
_HTACCESS = re.compile(
    r"^[ \t]*(?:Redirect(?:Permanent|Temp)?(?:[ \t]+(?:\d{3}|permanent|temp|seeother|gone))?"
    r"|RewriteRule)[ \t]+\"?(\S+?)\"?[ \t]",
    re.MULTILINE | re.IGNORECASE,
)
_SOURCE = re.compile(r"""\bsource["']?\s*:\s*["'](/[^"'\n]*)["']""")  # in JavaScript (Next.js)


class Redirects(NamedTuple):
    """The redirected addresses of a site, without a leading slash.

    Attributes:
        addresses: Single addresses, as paths in lower case.
        prefixes: Path prefixes below which a rule redirects any address.
    """

    addresses: frozenset[str]
    prefixes: tuple[str, ...]


def read_redirects(folder: Path, pages: Path) -> Redirects:
    """Return the redirects of a site.

    Args:
        folder: The folder of the generator's settings.
        pages: The folder of its pages.
    """
    addresses: set[str] = set()
    prefixes: set[str] = set()
    for written in _sources(folder, pages):
        if len(addresses) + len(prefixes) >= _MAX_REDIRECTS:
            break
        path = written.strip("^").split("?")[0].lower()
        if "://" in path:  # of another host
            continue
        if pattern := _PATTERN.search(path):
            prefixes.add(path[: pattern.start()].strip("/"))
        else:
            addresses.add(path.strip("/"))
    return Redirects(frozenset(addresses), tuple(sorted(prefixes - {""})))


def _sources(folder: Path, pages: Path) -> Iterator[str]:
    """Yield the source path of each redirect rule as written."""
    tops = dict.fromkeys([*(folder / name for name in _HOST_FOLDERS), pages])
    for top in tops:
        for file in sorted(top.glob("_redirects*")):
            yield from _netlify_lines(read_text(file))
        yield from _HTACCESS.findall(read_text(top / ".htaccess"))
    yield from _from_rules(_toml(folder / "netlify.toml").get("redirects"), "from")
    for name in ("vercel.json", "docs.json", "mint.json"):
        yield from _from_rules(_json(folder / name).get("redirects"), "source")
    routes = _json(folder / "staticwebapp.config.json").get("routes")
    yield from _from_rules(routes, "route")
    for file in sorted(folder.glob("next.config.*")):
        yield from _SOURCE.findall(read_text(file))
    hosting = _json(folder / "firebase.json").get("hosting")  # the settings of one or more sites
    sites = hosting if isinstance(hosting, list) else [hosting]
    for site in sites:
        if isinstance(site, dict):
            yield from _from_rules(site.get("redirects"), "source")


def _netlify_lines(text: str) -> Iterator[str]:
    """Yield the source path of each rule in a `_redirects` file: the first word of a line."""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and not words[0].startswith("#"):
            yield words[0]


def _from_rules(rules: Any, key: str) -> Iterator[str]:
    """Yield the source path of each rule in a list; none if the value is no list of mappings."""
    if not isinstance(rules, Iterable) or isinstance(rules, str):
        return
    for rule in rules:
        if isinstance(rule, dict) and isinstance(rule.get(key), str):
            yield rule[key]


def _toml(file: Path) -> dict[str, Any]:
    """Return the settings in a TOML file, {} if it cannot be read."""
    try:
        return dict(load_toml(read_text(file)))
    except TomlError:
        return {}


def _json(file: Path) -> dict[str, Any]:
    """Return the object in a JSON file, {} if it cannot be read or has another value."""
    try:
        values = json.loads(read_text(file) or "{}")
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
