"""How a remedy is written: the edits of each style, for each form a URL can have on a page. Pure.

Where a style has no place in a form, the mirror takes the original's place: in the front matter, in a definition, for what a page shows (an
image), and for a second mirror, which has no original to keep, it stands beside the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from reports.patches.markup import UrlForm, UrlMarkup, insertion_point, line_end, locate_markup
from reports.patches.records import FixCause, CitationFix, PlannedFix, MirrorStyle, TextEdit
from reports.patches.url_forms import (
    as_link_text,
    embeds_original,
    as_angle_destination,
    as_attribute_value,
    as_destination,
    as_title_text,
    encode_unsafe,
)
from store.vocabulary import Citation, CitationKind, Page

_URL = re.compile(rb"https?://", re.IGNORECASE)
_QUOTE = '"'
_KEEPS_ITS_PLACE = frozenset([UrlForm.INLINE, UrlForm.AUTOLINK, UrlForm.BARE, UrlForm.ATTRIBUTE])


class UnsupportedMarkupError(ValueError):
    """A remedy has no place in this markup; the message says why, in words for a person."""


@dataclass(slots=True)
class FixWriter:
    """Writes the remedies of one page. `data` is its text in UTF-8, `word` what the wiki calls a mirror."""

    data: bytes
    page: Page
    word: str
    _labels: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._labels = (
            label
            for number in range(1, 1 << 30)
            if f"[^{(label := f'archived-{number}')}]".encode() not in self.data
        )

    def write(self, remedy: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Write one remedy. Raises `CannotWrite`."""
        citation = remedy.citation
        if citation.salvaged:
            raise UnsupportedMarkupError("its markup is broken: mend that first")
        markup = locate_markup(self.data, citation)
        if markup is None:
            raise UnsupportedMarkupError("its markup is not understood")
        has_room = (
            markup.form in _KEEPS_ITS_PLACE
            and citation.kind is not CitationKind.IMAGE
            and not _shows(self.data, markup)
        )
        if not remedy.is_mirror:
            replaced = self._replace(remedy, markup)
            if remedy.archive_copy is None or style is MirrorStyle.TITLE or not has_room:
                return replaced
            kept = self._add(remedy.archive_copy, markup, style)
            return replace(replaced, edits=(*replaced.edits, *kept.edits), adds=kept.added_mirror)
        adds = citation.archive is None or remedy.cause is FixCause.SECOND_MIRROR
        if remedy.cause is FixCause.SECOND_MIRROR and not has_room:
            raise UnsupportedMarkupError("there is no room for a second mirror")
        if (
            adds
            and has_room
            and (style is not MirrorStyle.TITLE or remedy.cause is FixCause.SECOND_MIRROR)
        ):
            return self._add(remedy, markup, style)
        return self._replace_by_mirror(remedy, markup)

    # --- another address in the place of the old one

    def _replace(self, remedy: PlannedFix, markup: UrlMarkup) -> CitationFix:
        citation = remedy.citation
        changes = {
            "url": remedy.target,
            "original": citation.original if remedy.is_mirror else remedy.target,
        }
        if markup.form is UrlForm.AUTOLINK and citation.kind is CitationKind.BARE:
            changes["kind"] = CitationKind.AUTOLINK  # <www.a.example> was none
        return CitationFix(
            planned=remedy,
            edits=(TextEdit(citation.start, citation.end, _spelled(remedy.target, markup)),),
            changed_fields=changes,
        )

    def _replace_by_mirror(self, remedy: PlannedFix, markup: UrlMarkup) -> CitationFix:
        """The mirror takes the place; the original goes into the title, where there is one and it says no URL yet."""
        citation, plain = remedy.citation, self._replace(remedy, markup)
        original = citation.original
        if original is None:
            return plain
        is_kept = embeds_original(remedy.target, original)
        if markup.form in (UrlForm.AUTOLINK, UrlForm.BARE):
            return plain if is_kept else self._make_inline(remedy, markup, original)
        if citation.archive is not None and (is_kept or citation.title):
            return plain  # a mirror for a mirror: what the title says stays true
        titled = self._titled(plain, markup, encode_unsafe(original))
        if titled is None and not is_kept:
            raise UnsupportedMarkupError(
                "the mirror's address does not hold the original's, and there is no title to keep that in"
            )
        return titled or plain

    def _titled(self, plain: CitationFix, markup: UrlMarkup, original: str) -> CitationFix | None:
        """Put the original into the title, behind the words of one that holds no URL. None where a title is not to be had."""
        title = original
        if markup.title is not None:
            start, end = markup.title
            if _URL.search(self.data, start, end):
                return plain
            if words := self.data[start:end].strip():
                title = f"{plain.planned.citation.title} {original}"
            edit = TextEdit(
                end,
                end,
                (" " if words else "") + as_title_text(original, self.data[end : end + 1].decode()),
            )
        elif markup.title_at is None:
            return None
        elif markup.form is not UrlForm.ATTRIBUTE:
            edit = TextEdit(
                markup.title_at, markup.title_at, f' "{as_title_text(original, _QUOTE)}"'
            )
        elif plain.planned.citation.text:
            edit = TextEdit(
                markup.title_at, markup.title_at, f' title="{as_attribute_value(original)}"'
            )
        else:  # the title would be read as the text
            return None
        return replace(
            plain, edits=(*plain.edits, edit), changes={**plain.changed_fields, "title": title}
        )

    def _make_inline(self, remedy: PlannedFix, markup: UrlMarkup, original: str) -> CitationFix:
        """A URL that stands alone becomes the text of a link."""
        citation, title = remedy.citation, encode_unsafe(original)
        text = f'[{as_link_text(original)}]({as_destination(remedy.target)} "{as_title_text(title, _QUOTE)}")'
        kind = citation.kind if citation.kind is CitationKind.FOOTNOTE else CitationKind.INLINE
        changes = {"url": remedy.target, "text": original, "title": title, "kind": kind}
        return CitationFix(
            planned=remedy,
            edits=(TextEdit(markup.start, markup.end, text),),
            changed_fields=changes,
        )

    # --- the original stays, the mirror is added

    def _add(self, remedy: PlannedFix, markup: UrlMarkup, style: MirrorStyle) -> CitationFix:
        wants_note = style is MirrorStyle.FOOTNOTE
        if wants_note and remedy.citation.footnote is None and markup.form is not UrlForm.ATTRIBUTE:
            return self._add_note(remedy, markup)
        return self._add_beside(
            remedy, markup, dated=wants_note
        )  # footnotes and raw HTML hold no marks of footnotes

    def _add_beside(
        self, remedy: PlannedFix, markup: UrlMarkup, *, dated: bool = False
    ) -> CitationFix:
        at = self._place_beside(remedy.citation, markup)
        when = f", {remedy.captured.isoformat()}" if dated and remedy.captured else ""
        if markup.form is UrlForm.ATTRIBUTE:
            original = remedy.citation.original or ""
            title = (
                ""
                if embeds_original(remedy.target, original)
                else f' title="{as_attribute_value(encode_unsafe(original))}"'
            )
            text = f' (<a href="{as_attribute_value(remedy.target)}"{title}>{self.word}</a>{when})'
        else:
            text = f" ({self._mirror_link(remedy)}{when})"
        return CitationFix(
            planned=remedy, edits=(TextEdit(at, at, text),), added_mirror=remedy.target
        )

    def _add_note(self, remedy: PlannedFix, markup: UrlMarkup) -> CitationFix:
        """A footnote at the end of the page."""
        note = self._mirror_link(remedy) + (
            f", {remedy.captured.isoformat()}." if remedy.captured else "."
        )
        at, end, label = (
            self._place_beside(remedy.citation, markup),
            len(self.data),
            next(self._labels),
        )
        newline = "\r\n" if b"\r\n" in self.data else "\n"
        is_ended = self.data.endswith(b"\n")
        definition = (
            f"{newline}[^{label}]: {note}{newline}"
            if is_ended
            else f"{newline * 2}[^{label}]: {note}"
        )
        return CitationFix(
            planned=remedy,
            edits=(TextEdit(at, at, f"[^{label}]"), TextEdit(end, end, definition)),
            added_mirror=remedy.target,
        )

    def _place_beside(self, citation: Citation, markup: UrlMarkup) -> int:
        """Right behind the link; where it is all a footnote cites, at the end of its line, behind what else is said of it."""
        is_in_note = citation.footnote is not None and markup.form is not UrlForm.ATTRIBUTE
        if is_in_note and sum(other.block == citation.block for other in self.page.citations) == 1:
            return line_end(self.data, markup.end)
        return insertion_point(self.data, markup)

    def _mirror_link(self, remedy: PlannedFix) -> str:
        original = remedy.citation.original or ""
        title = (
            ""
            if not original or embeds_original(remedy.target, original)
            else f' "{as_title_text(encode_unsafe(original), _QUOTE)}"'
        )
        return f"[{self.word}]({as_destination(remedy.target)}{title})"


def _spelled(url: str, markup: UrlMarkup) -> str:
    """Spell a URL as its place wants it."""
    if markup.form is UrlForm.ATTRIBUTE:
        return as_attribute_value(url) if markup.quote else f'"{as_attribute_value(url)}"'
    if markup.form in (UrlForm.INLINE, UrlForm.DEFINITION):
        return as_angle_destination(url) if markup.angled else as_destination(url)
    return url


def _shows(data: bytes, markup: UrlMarkup) -> bool:
    """Whether an attribute is of something the page shows (an image, a film): nobody can follow it, so it must itself be what is there."""
    return markup.form is UrlForm.ATTRIBUTE and not data[
        markup.start : markup.start + 2
    ].lower().startswith(b"<a")
