"""Write the link to an archive copy, which a fix adds to a Markdown page."""

from __future__ import annotations

from crawler.pages.formats.markdown.link_titles import QUOTE
from crawler.pages.formats.markdown.url_forms import (
    as_attribute_value,
    as_destination,
    as_title_text,
)
from store.vocabulary.fixes import PlannedFix


def html_archive_link(planned: PlannedFix, link_text: str) -> str:
    """Return the archive link in HTML; its title has the original, if its URL has not."""
    title = ""
    if not planned.contains_original:
        title = f' title="{as_attribute_value(planned.original)}"'
    return f'<a href="{as_attribute_value(planned.target)}"{title}>{link_text}</a>'


def markdown_archive_link(planned: PlannedFix, link_text: str) -> str:
    """Return the archive link in Markdown; its title has the original, if its URL has not."""
    title = ""
    if planned.original and not planned.contains_original:
        title = f' "{as_title_text(planned.original, QUOTE)}"'
    return f"[{link_text}]({as_destination(planned.target)}{title})"
