"""Write fixes on AsciiDoc pages.

A copy in brackets or in a footnote follows the link. Images and the options of macros have no room
for one, so there it replaces the URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from crawler.pages.fixes.edits import NO_TITLE, capture_date, mirror_insertion, with_title
from crawler.pages.fixes.link_fix_writer import LinkFixWriter
from crawler.pages.formats.asciidoc.attribute_values import (
    ATTRIBUTE_REFERENCE,
    find_single_definition,
    reference_spans,
)
from crawler.pages.formats.asciidoc.link_text import text_without_title
from crawler.pages.formats.asciidoc.links import AdocForm, AdocLink
from crawler.pages.source.bare_urls import bare_url_length
from store.vocabulary import Citation, CitationKind
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    SharedEdit,
    TextEdit,
    UnsupportedMarkupError,
)

# Text that Asciidoctor replaces in a URL before it finds links: formatting, attributes, symbols
_MARKUP = re.compile(
    r"\*\*|__|``|##|(?<!\w)[*_#`]\S(?:.*\S)?[*_#`](?!\w)|\^\S+\^|~\S+~|\+\+|\$\$"
    r"|\{\w[\w-]*\}|\.\.\.|--|'|\((?:C|R|TM)\)|[-=<]>|<[-=]|[\s<>\"`\\|]"
)
_IN_OTHER_FILE = "its URL is in an attribute of another file: edit it by hand"


class AsciidocFixWriter(LinkFixWriter[AdocLink]):
    """Write the fixes of one AsciiDoc page."""

    def __init__(
        self,
        data: bytes,
        links: Iterable[AdocLink],
        link_text: str,
        *,
        has_included_attributes: bool = False,
    ) -> None:
        """Create the writer.

        Args:
            data: The page in UTF-8.
            links: Its links.
            link_text: The text of an archive link.
            has_included_attributes: Some attributes are defined by other files.
        """
        super().__init__(data, links, link_text)
        self._has_included_attributes = has_included_attributes

    def _link_of(self, citation: Citation) -> AdocLink:
        """Return the link of a citation.

        Raises:
            UnsupportedMarkupError: It was not found again, or is in the front matter.
        """
        if citation.kind is CitationKind.FRONTMATTER:
            raise UnsupportedMarkupError("it is in the front matter: edit it by hand")
        is_known = (citation.start, citation.end) in self._links
        if not is_known and self._has_included_attributes:
            raise UnsupportedMarkupError(_IN_OTHER_FILE)
        return super()._link_of(citation)

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation.

        Raises:
            UnsupportedMarkupError: AsciiDoc would read it as another URL there.
        """
        form = self._link_of(citation).form
        if form is AdocForm.HTML_ATTRIBUTE:
            return escape(url)
        if form is AdocForm.PASSTHROUGH and "++" not in url and "]" not in url:
            return url
        if form is AdocForm.BARE and not _is_bare(url):
            raise UnsupportedMarkupError("the new URL would end early: edit it by hand")
        return _as_target(url)

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces the URL of a citation, or the attribute that contains it."""
        fix = super().replace_url(planned)
        return replace(fix, shared=self._shared_edit(planned.citation, fix.edits[0].text))

    def _shared_edit(self, citation: Citation, written: str) -> SharedEdit | None:
        """Return the edit of the attribute's definition if a citation is an attribute reference.

        Args:
            citation: The citation.
            written: The new value.

        Returns:
            The edit, with the spans of all references. None if the citation is not a reference,
            or the definition cannot be changed.
        """
        reference = ATTRIBUTE_REFERENCE.fullmatch(self._data, citation.start, citation.end)
        if reference is None or self._has_included_attributes:
            return None
        value = find_single_definition(self._data, reference[1], citation.url)
        places = reference_spans(self._data, reference[1])
        if value is None or not places <= self._links.keys():
            return None
        return SharedEdit(TextEdit(*value, written), places)

    def replace_with_mirror(self, planned: PlannedFix) -> CitationFix:
        """Return the fix in which the mirror replaces the URL, and the title has the original.

        Raises:
            UnsupportedMarkupError: The original would be lost.
        """
        citation, original = planned.citation, planned.original
        needs_title = original and not planned.contains_original and citation.archive is None
        if not needs_title:
            return super().replace_with_mirror(planned)
        text_span = self._link_of(citation).text_span
        if text_span is None or citation.title:
            raise UnsupportedMarkupError(NO_TITLE)
        start, end = text_span
        written = self._data[start:end].decode(errors="replace")
        edit = TextEdit(start, end, _with_title_attribute(written, original))
        return with_title(self.replace_url(planned), edit, original)

    def without_title(self, fix: CitationFix) -> CitationFix:
        """Return a fix that also removes the title of its link."""
        text_span = self._link_of(fix.planned.citation).text_span
        if text_span is None:
            return fix
        start, end = text_span
        written = text_without_title(self._data[start:end].decode(errors="replace"))
        return with_title(fix, TextEdit(start, end, written), None)

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the mirror behind the link, or in a footnote."""
        found = self._link_of(planned.citation)
        at, archive_link = found.link.markup[1], self._archive_link(planned)
        if style is not MirrorStyle.FOOTNOTE:
            return mirror_insertion(planned, TextEdit(at, at, f" ({archive_link})"))
        note = f"{archive_link}{capture_date(planned)}"
        if planned.citation.footnote is not None:
            return mirror_insertion(planned, TextEdit(at, at, f" ({note})"))
        gap = " " if found.form is AdocForm.BARE else ""
        return mirror_insertion(planned, TextEdit(at, at, f"{gap}footnote:[{note}.]"))

    def _archive_link(self, planned: PlannedFix) -> str:
        """Return the link to the mirror; its title has the original, if its URL has not."""
        text = _as_text(self._link_text)
        if planned.original and not planned.contains_original:
            text = _with_title_attribute(text, planned.original)
        return f"{_as_target(planned.target)}[{text}]"


def _is_bare(url: str) -> bool:
    """Return whether a URL without markup is a link from its first to its last character."""
    return bare_url_length(url) == len(url) and not url.endswith((")", ";", ":", "?", "!"))


def _as_target(url: str) -> str:
    """Return a URL as the target of a macro.

    Raises:
        UnsupportedMarkupError: It has characters with a meaning in AsciiDoc.

    >>> _as_target("https://a.example/b")
    'https://a.example/b'
    """
    if _MARKUP.search(url) or "[" in url or "]" in url or url.endswith((".", ",")):
        raise UnsupportedMarkupError(
            "the new URL has a character with a meaning in AsciiDoc: edit it by hand"
        )
    return url


def _as_text(link_text: str) -> str:
    """Return a text as it is written in the square brackets of a macro."""
    return link_text.replace("]", "\\]")


def _with_title_attribute(text: str, title: str) -> str:
    r"""Return the text in the brackets of a link with a title added.

    >>> _with_title_attribute("a", "https://a.example"), _with_title_attribute("a, b", "https://a.example")
    ('a,title="https://a.example"', '"a, b",title="https://a.example"')

    Raises:
        UnsupportedMarkupError: The text or the title has quotation marks.
    """
    if '"' in title or "]" in title:
        raise UnsupportedMarkupError(NO_TITLE)
    if "=" not in text:
        if '"' in text:
            raise UnsupportedMarkupError(NO_TITLE)
        text = f'"{text}"' if "," in text or text.startswith("'") else text
    return f'{text},title="{title}"' if text else f'title="{title}"'
