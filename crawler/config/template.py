"""The configuration that `holdfast init` writes: what was found out is set, what may be wanted stands beside it as a comment."""

from __future__ import annotations

import json
from collections.abc import Sequence

_TEXT = """\
# Holdfast's configuration. Everything is optional; docs/reference/settings.md lists all that may be set.
# Keys that are commented out show their default, or an example where there is none.

# What to read: folders, files, globs in quotes, or the address of a published site.
pages = {pages}

# What root-relative links (/book/a.md) start from.
{docs_root}

# Patterns of pages not read, as in .gitignore (which is respected too).
# ignore = ["drafts/"]

# Regular expressions of links that are never asked.
# exclude = ['https?://intranet\\.']

[network]
# An address or URL for the user agent: servers' owners want to know whom to write to.
{contact}
# Address ranges asked although they are private.
# allow = ["10.20.0.0/16"]

# Politeness. A table with a narrower pattern, [hosts."*.example.org"], overrides this one.
[hosts."*"]
# interval = 1.0        # seconds between request starts
# concurrency = 2
# timeout = 20          # seconds for a whole request

[archives]
# Ask the Wayback Machine to keep living pages that no archive has. That publishes them, so it is off until you say so.
# With keys of https://archive.org/account/s3.php (HOLDFAST_WAYBACK_KEY and HOLDFAST_WAYBACK_SECRET in the environment) it is on, and quicker.
# capture = false

[history]
# A link is broken after so many failed probes in a row that span so many days.
# confirm_failures = 3
# confirm_days = 6

[report]
# Where a page's source is shown: reports link to it.
{source_url}
"""


def render_template(
    *, pages: Sequence[str], docs_root: str = "", contact: str = "", source_url: str = ""
) -> str:
    """Write a configuration with these values, and what else a person may want to set as comments.

    Paths are relative to the folder the file will stand in.

    >>> print(draft(pages=["docs"]).splitlines()[4])
    pages = ["docs"]
    """
    return _TEXT.format(
        pages=_toml(list(pages)),
        docs_root=_line("docs_root", docs_root, "docs"),
        contact=_line("contact", contact, "mailto:you@example.org"),
        source_url=_line(
            "source_url", source_url, "https://git.example/wiki/blob/main/{path}#L{line}"
        ),
    )


def _line(key: str, value: str, example: str) -> str:
    return f"{key} = {_toml(value)}" if value else f"# {key} = {_toml(example)}"


def _toml(value: str | list[str]) -> str:
    """Write a TOML value: JSON's texts and lists are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
