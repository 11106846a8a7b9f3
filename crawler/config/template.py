"""Render the configuration file that `holdfast init` writes.

Values that were found are set; other common settings are included as comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from crawler.files.toml import dump_toml

_TEXT = """\
# Holdfast configuration. Every setting is optional; `holdfast settings` lists all of them.
# Keys that are commented out show their default, or an example if there is none.

# Pages to read: folders, files, quoted globs, or the address of a published site.
pages = {pages}

# Folder that root-relative links (/book/a.md) start from.
{docs_root}

# What publishes the pages: it decides where links within the wiki lead. Detected by default.
{generator}

# How the pages' Markdown is read: "mkdocs" (Python-Markdown), "commonmark", "gfm", "obsidian" or
# "wikijs".
{dialect}

# Patterns of pages to ignore, in .gitignore syntax (.gitignore files are respected too).
# ignore = ["drafts/"]

# Regular expressions of links that are never requested.
{exclude}

# Files of other suffixes that are pages, and the format of each; "skip" leaves a suffix out.
{formats}

[network]
# Contact address or URL in the user agent, so that server operators can reach you.
{contact}
# Private address ranges that may be requested.
# allow = ["10.20.0.0/16"]

# Politeness. A table with a narrower pattern, such as [hosts."*.example.org"], overrides this one.
[hosts."*"]
# interval = 1.0        # seconds between request starts
# concurrency = 2       # simultaneous requests to one host
# timeout = 20          # seconds for a whole request

[archives]
# Request captures of living pages that no archive has. The Wayback Machine publishes them, so it is
# off by default. It is on, and faster, with keys from https://archive.org/account/s3.php
# (set HOLDFAST_WAYBACK_KEY and HOLDFAST_WAYBACK_SECRET in the environment).
# capture = false

[history]
# A link is broken after this many failed probes in a row that span at least this many days.
# confirm_failures = 3
# confirm_days = 6

[report]
# Address of a page's source on the web, for links in reports.
{source_url}
"""

_FORMATS_EXAMPLE = """\
# [formats]
# ".txt" = "markdown\""""

# RFC 2606 reserves these names for examples, so a link to one is no real citation.
_EXAMPLE_HOST = re.compile(r"(?:.*\.)?example\.(?:com|net|org)(?::\d+)?\Z")
_EXAMPLE_LINKS = r"https?://([^/?#]*\.)?example\.(com|net|org)([:/?#]|$)"


def are_examples_cited(hosts: Iterable[str]) -> bool:
    """Return whether any host has a name that is reserved for examples.

    >>> are_examples_cited(["idp.example.com"]), are_examples_cited(["myexample.com"])
    (True, False)
    """
    return any(map(_EXAMPLE_HOST.match, hosts))


def render_template(
    *,
    pages: Sequence[str],
    docs_root: str = "",
    generator: str = "",
    dialect: str = "",
    contact: str = "",
    source_url: str = "",
    excludes_examples: bool = False,
    formats: Mapping[str, str],
) -> str:
    """Return the text of a configuration file.

    Args:
        pages: The pages to read; paths are relative to the folder of the file.
        docs_root: The folder that root-relative links start from; "" writes a commented example.
        generator: What publishes the pages; "" writes a commented example.
        dialect: How the pages' Markdown is read; "" writes the default as a comment.
        contact: The contact in the user agent; "" writes a commented example.
        source_url: The address of a page's source; "" writes a commented example.
        excludes_examples: Whether to exclude links to hosts that are reserved for examples.
        formats: The formats by suffix; {} writes a commented example.

    >>> print(render_template(pages=["docs"], formats={}).splitlines()[4])
    pages = ["docs"]
    """
    source_example = "https://git.example/wiki/blob/main/{path}#L{line}"
    exclude = r"# exclude = ['https?://intranet\.']"
    if excludes_examples:
        exclude = f"# These hosts are reserved for examples.\nexclude = ['{_EXAMPLE_LINKS}']"
    lines = [f"{dump_toml(suffix)} = {dump_toml(name)}" for suffix, name in formats.items()]
    return _TEXT.format(
        formats="\n".join(["[formats]", *lines]) if lines else _FORMATS_EXAMPLE,
        exclude=exclude,
        pages=dump_toml(list(pages)),
        docs_root=_setting("docs_root", docs_root, "docs"),
        generator=_setting("generator", generator, "hugo"),
        dialect=_setting("dialect", dialect, "mkdocs"),
        contact=_setting("contact", contact, "mailto:you@example.org"),
        source_url=_setting("source_url", source_url, source_example),
    )


def _setting(key: str, value: str, example: str) -> str:
    """Return a line that sets a key, or a commented one with the example."""
    if value:
        return f"{key} = {dump_toml(value)}"
    return f"# {key} = {dump_toml(example)}"
