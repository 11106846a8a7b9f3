"""Write the edits of a fix on a Markdown page, in the requested style and the form of the URL.

In the front matter, in a definition and for embedded media (an image), nothing can be added beside
the URL, so the mirror replaces the original in every style. A second mirror has no original to
keep, so it is added beside the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.edits import (
    IS_ROBUST,
    NO_HTML,
    NO_TITLE,
    capture_date,
    footnote_labels,
    mirror_insertion,
    robust_link_fix,
    title_repeats_url,
)
from crawler.pages.fixes.embedded_media import Embed, embed_at
from crawler.pages.formats.markdown.archive_links import (
    html_archive_link,
    markdown_archive_link,
)
from crawler.pages.formats.markdown.link_titles import (
    QUOTE,
    add_url_to_title,
    put_mirror_in_title,
    remove_title,
)
from crawler.pages.formats.markdown.markup import (
    UrlForm,
    UrlMarkup,
    insertion_point,
    line_end,
    locate_markup,
)
from crawler.pages.formats.markdown.robust_links import (
    copy_date_edits,
    has_robust_attribute,
    is_copy_in_attribute,
)
from crawler.pages.formats.markdown.url_forms import (
    as_attribute_value,
    as_destination,
    as_link_text,
    as_title_text,
    as_written_in,
)
from store.vocabulary import Citation, CitationKind, Page
from store.vocabulary.fixes import (
    CitationFix,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

# Forms behind which text can be added.
_EXTENSIBLE_FORMS = frozenset([UrlForm.INLINE, UrlForm.AUTOLINK, UrlForm.BARE, UrlForm.ATTRIBUTE])


@dataclass
class MarkdownFixWriter(BasicFixWriter):
    """Write the fixes of one Markdown page.

    Attributes:
        data: The page's text in UTF-8.
        page: The page as read.
        link_text: The text of an archive link.
    """

    has_title_style: ClassVar[bool] = True

    data: bytes
    page: Page
    link_text: str
    _labels: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._labels = footnote_labels(self._is_unused)

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self.data

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation."""
        return as_written_in(url, self._markup_of(citation))

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, or None."""
        return embed_at(self.data, citation.start, citation.url, citation.kind)

    def can_add(self, citation: Citation) -> bool:
        """Return whether a mirror can be added beside a citation."""
        markup = self._markup_of(citation)
        return (
            markup.form in _EXTENSIBLE_FORMS
            and not is_copy_in_attribute(self.data, citation)
            and citation.kind is not CitationKind.IMAGE
            and not _is_embedded_media(self.data, markup)
        )

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds a mirror behind a link, in brackets or in a footnote."""
        markup = self._markup_of(planned.citation)
        wants_note = style is MirrorStyle.FOOTNOTE
        # Footnotes and raw HTML cannot have footnote marks.
        can_have_note = planned.citation.footnote is None and markup.form is not UrlForm.ATTRIBUTE
        if wants_note and can_have_note:
            return self._add_note(planned, markup)
        return self._add_beside(planned, markup, with_date=wants_note)

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces the URL of a citation and nothing else."""
        return self._replace_url(planned, self._markup_of(planned.citation))

    def replace_with_mirror(self, planned: PlannedFix) -> CitationFix:
        """Return the fix in which the mirror replaces the URL, and the title has the original.

        A title that has a URL already stays as it is.

        Raises:
            UnsupportedMarkupError: The original would be lost.
        """
        citation, markup = planned.citation, self._markup_of(planned.citation)
        replaced = self._replace_url(planned, markup)
        original = citation.original
        if original is None or is_copy_in_attribute(self.data, citation):
            return replaced
        is_contained = planned.contains_original
        if markup.form in (UrlForm.AUTOLINK, UrlForm.BARE):
            return replaced if is_contained else self._make_inline(planned, markup, original)
        if citation.archive is not None and is_contained and title_repeats_url(planned):
            return self.without_title(replaced)
        if citation.archive is not None and (is_contained or citation.title):
            return replaced  # one mirror replaces another: the title stays right
        titled = add_url_to_title(self.data, replaced, markup, planned.original)
        if titled is None and not is_contained:
            raise UnsupportedMarkupError(NO_TITLE)
        return titled or replaced

    def without_title(self, fix: CitationFix) -> CitationFix:
        """Return a fix that also removes the title of its link."""
        return remove_title(self.data, fix, self._markup_of(fix.planned.citation))

    def add_attributes(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that makes a link a Robust Link."""
        return self._add_attributes(planned, self._markup_of(planned.citation))

    def _markup_of(self, citation: Citation) -> UrlMarkup:
        """Return the markup around a citation.

        Raises:
            UnsupportedMarkupError: It was not found.
        """
        markup = locate_markup(self.data, citation)
        if markup is None:
            raise UnsupportedMarkupError("its markup is not supported: edit this link by hand")
        return markup

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if the link does not have the text of archive links.
        """
        if citation.text != self.link_text:
            return None
        return insertion_point(self.data, self._markup_of(citation))

    def _is_unused(self, label: str) -> bool:
        """Return whether no footnote of the page has a label."""
        return f"[^{label}]".encode() not in self.data

    # --- a new URL replaces the old one

    def return_to_original(
        self, planned: PlannedFix, style: MirrorStyle, *, can_add: bool
    ) -> CitationFix:
        """Return the fix that cites the original again, with the mirror in the title or beside it.

        Raises:
            UnsupportedMarkupError: There is no room for the mirror.
        """
        markup, copy = self._markup_of(planned.citation), planned.archive_copy
        has_title = markup.title_span is not None or markup.title_offset is not None
        if copy is not None and has_title and (style is MirrorStyle.TITLE or not can_add):
            replaced = self._replace_url(planned, markup)
            if titled := put_mirror_in_title(self.data, replaced, markup, copy.target):
                return titled
        return super().return_to_original(planned, style, can_add=can_add)

    def _replace_url(self, planned: PlannedFix, markup: UrlMarkup) -> CitationFix:
        """Return the fix that replaces the URL in the given markup.

        Raises:
            UnsupportedMarkupError: The link is a Robust Link with the date of the old copy.
        """
        citation = planned.citation
        changed = {"url": planned.target, "original": planned.original_when_replaced}
        if markup.form is UrlForm.AUTOLINK and citation.kind is CitationKind.BARE:
            # `<www.a.example>` is read as a bare URL, `<https://www.a.example>` as an autolink.
            changed["kind"] = CitationKind.AUTOLINK
        edit = TextEdit(citation.start, citation.end, as_written_in(planned.target, markup))
        edits = (edit, *copy_date_edits(self.data, planned, markup))
        return CitationFix(planned=planned, edits=edits, changed_fields=changed)

    def _make_inline(self, planned: PlannedFix, markup: UrlMarkup, original: str) -> CitationFix:
        """Return the fix in which a bare URL becomes the text of an inline link."""
        citation, title = planned.citation, planned.original
        destination, quoted = as_destination(planned.target), as_title_text(title, QUOTE)
        text = f'[{as_link_text(original)}]({destination} "{quoted}")'
        is_footnote = citation.kind is CitationKind.FOOTNOTE
        changed = {
            "url": planned.target,
            "text": original,
            "title": title,
            "kind": citation.kind if is_footnote else CitationKind.INLINE,
        }
        edit = TextEdit(markup.start, markup.end, text)
        return CitationFix(planned=planned, edits=(edit,), changed_fields=changed)

    # --- the original stays, and the mirror is added

    def _add_beside(
        self, planned: PlannedFix, markup: UrlMarkup, *, with_date: bool
    ) -> CitationFix:
        """Return the fix that adds the mirror in brackets behind the link."""
        at = self._place_beside(planned.citation, markup)
        date = capture_date(planned) if with_date else ""
        if markup.form is UrlForm.ATTRIBUTE:
            link = html_archive_link(planned, self.link_text)
        else:
            link = markdown_archive_link(planned, self.link_text)
        return mirror_insertion(planned, TextEdit(at, at, f" ({link}{date})"))

    def _add_note(self, planned: PlannedFix, markup: UrlMarkup) -> CitationFix:
        """Return the fix that adds a footnote mark and a footnote at the end of the page."""
        note = f"{markdown_archive_link(planned, self.link_text)}{capture_date(planned)}."
        at, end = self._place_beside(planned.citation, markup), len(self.data)
        label = next(self._labels)
        newline = "\r\n" if b"\r\n" in self.data else "\n"
        if self.data.endswith(b"\n"):
            definition = f"{newline}[^{label}]: {note}{newline}"
        else:
            definition = f"{newline * 2}[^{label}]: {note}"
        mark = TextEdit(at, at, f"[^{label}]")
        return mirror_insertion(planned, mark, TextEdit(end, end, definition))

    def _add_attributes(self, planned: PlannedFix, markup: UrlMarkup) -> CitationFix:
        """Return the fix that makes an HTML link a Robust Link.

        Raises:
            UnsupportedMarkupError: It is one already, or it is no link.
        """
        citation = planned.citation
        at = citation.end + len(markup.quote)
        is_quoted = self.data[citation.end : at] == markup.quote.encode()
        if markup.form is not UrlForm.ATTRIBUTE or _is_embedded_media(self.data, markup):
            raise UnsupportedMarkupError(NO_HTML)
        if not markup.quote or not is_quoted:
            raise UnsupportedMarkupError(NO_HTML)
        is_robust = has_robust_attribute(self.data, markup)
        if is_robust is None:  # the tag has no end
            raise UnsupportedMarkupError(NO_HTML)
        if is_robust:
            raise UnsupportedMarkupError(IS_ROBUST)
        return robust_link_fix(planned, at, as_attribute_value)

    def _place_beside(self, citation: Citation, markup: UrlMarkup) -> int:
        """Return the offset at which a mirror is added: directly behind the link.

        In a footnote with no other citation, it is the end of the line.
        """
        is_in_note = citation.footnote is not None and markup.form is not UrlForm.ATTRIBUTE
        if is_in_note and self._is_alone_in_block(citation):
            return line_end(self.data, markup.end)
        return insertion_point(self.data, markup)

    def _is_alone_in_block(self, citation: Citation) -> bool:
        """Return whether the block of a citation has no other one."""
        return sum(each.block == citation.block for each in self.page.citations) == 1


def _is_embedded_media(data: bytes, markup: UrlMarkup) -> bool:
    """Return whether an attribute's URL is embedded in the page (an image, a video).

    Readers do not follow it, so only the URL itself can be fixed.
    """
    start = data[markup.start : markup.start + 2].lower()
    return markup.form is UrlForm.ATTRIBUTE and start != b"<a"
