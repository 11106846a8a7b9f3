"""How a remedy is written: the edits of each style, for each form a URL can have on a page. Pure.

Where a style has no place in a form, the mirror takes the original's place: in the front matter, in a definition, for what a page shows (an
image), and for a second mirror, which has no original to keep, it stands beside the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from reports.patches.markup import Form, Markup, behind, line_end, locate
from reports.patches.records import Cause, CitationFix, Fix, Style, TextEdit
from reports.patches.url_forms import (
    as_words,
    embeds,
    in_angles,
    in_attribute,
    in_markdown,
    in_title,
    tidy,
)
from store.vocabulary import Citation, CitationKind, Page

_URL = re.compile(rb"https?://", re.IGNORECASE)
_QUOTE = '"'
_KEEPS_ITS_PLACE = frozenset([Form.INLINE, Form.AUTOLINK, Form.BARE, Form.ATTRIBUTE])


class CannotWrite(ValueError):
    """A remedy has no place in this markup; the message says why, in words for a person."""


@dataclass(slots=True)
class Writer:
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

    def write(self, remedy: Fix, style: Style) -> CitationFix:
        """Write one remedy. Raises `CannotWrite`."""
        citation = remedy.citation
        if citation.salvaged:
            raise CannotWrite("its markup is broken: mend that first")
        markup = locate(self.data, citation)
        if markup is None:
            raise CannotWrite("its markup is not understood")
        has_room = (
            markup.form in _KEEPS_ITS_PLACE
            and citation.kind is not CitationKind.IMAGE
            and not _shows(self.data, markup)
        )
        if not remedy.is_mirror:
            replaced = self._replace(remedy, markup)
            if remedy.keeps is None or style is Style.TITLE or not has_room:
                return replaced
            kept = self._add(remedy.keeps, markup, style)
            return replace(replaced, edits=(*replaced.edits, *kept.edits), adds=kept.adds)
        adds = citation.archive is None or remedy.cause is Cause.SECOND_MIRROR
        if remedy.cause is Cause.SECOND_MIRROR and not has_room:
            raise CannotWrite("there is no room for a second mirror")
        if adds and has_room and (style is not Style.TITLE or remedy.cause is Cause.SECOND_MIRROR):
            return self._add(remedy, markup, style)
        return self._replace_by_mirror(remedy, markup)

    # --- another address in the place of the old one

    def _replace(self, remedy: Fix, markup: Markup) -> CitationFix:
        citation = remedy.citation
        changes = {
            "url": remedy.target,
            "original": citation.original if remedy.is_mirror else remedy.target,
        }
        if markup.form is Form.AUTOLINK and citation.kind is CitationKind.BARE:
            changes["kind"] = CitationKind.AUTOLINK  # <www.a.example> was none
        return CitationFix(
            remedy=remedy,
            edits=(TextEdit(citation.start, citation.end, _spelled(remedy.target, markup)),),
            changes=changes,
        )

    def _replace_by_mirror(self, remedy: Fix, markup: Markup) -> CitationFix:
        """The mirror takes the place; the original goes into the title, where there is one and it says no URL yet."""
        citation, plain = remedy.citation, self._replace(remedy, markup)
        original = citation.original
        if original is None:
            return plain
        is_kept = embeds(remedy.target, original)
        if markup.form in (Form.AUTOLINK, Form.BARE):
            return plain if is_kept else self._make_inline(remedy, markup, original)
        if citation.archive is not None and (is_kept or citation.title):
            return plain  # a mirror for a mirror: what the title says stays true
        titled = self._titled(plain, markup, tidy(original))
        if titled is None and not is_kept:
            raise CannotWrite(
                "the mirror's address does not hold the original's, and there is no title to keep that in"
            )
        return titled or plain

    def _titled(self, plain: CitationFix, markup: Markup, original: str) -> CitationFix | None:
        """Put the original into the title, behind the words of one that holds no URL. None where a title is not to be had."""
        title = original
        if markup.title is not None:
            start, end = markup.title
            if _URL.search(self.data, start, end):
                return plain
            if words := self.data[start:end].strip():
                title = f"{plain.remedy.citation.title} {original}"
            edit = TextEdit(
                end,
                end,
                (" " if words else "") + in_title(original, self.data[end : end + 1].decode()),
            )
        elif markup.title_at is None:
            return None
        elif markup.form is not Form.ATTRIBUTE:
            edit = TextEdit(markup.title_at, markup.title_at, f' "{in_title(original, _QUOTE)}"')
        elif plain.remedy.citation.text:
            edit = TextEdit(markup.title_at, markup.title_at, f' title="{in_attribute(original)}"')
        else:  # the title would be read as the text
            return None
        return replace(plain, edits=(*plain.edits, edit), changes={**plain.changes, "title": title})

    def _make_inline(self, remedy: Fix, markup: Markup, original: str) -> CitationFix:
        """A URL that stands alone becomes the text of a link."""
        citation, title = remedy.citation, tidy(original)
        text = f'[{as_words(original)}]({in_markdown(remedy.target)} "{in_title(title, _QUOTE)}")'
        kind = citation.kind if citation.kind is CitationKind.FOOTNOTE else CitationKind.INLINE
        changes = {"url": remedy.target, "text": original, "title": title, "kind": kind}
        return CitationFix(
            remedy=remedy, edits=(TextEdit(markup.start, markup.end, text),), changes=changes
        )

    # --- the original stays, the mirror is added

    def _add(self, remedy: Fix, markup: Markup, style: Style) -> CitationFix:
        wants_note = style is Style.FOOTNOTE
        if wants_note and remedy.citation.footnote is None and markup.form is not Form.ATTRIBUTE:
            return self._add_note(remedy, markup)
        return self._add_beside(
            remedy, markup, dated=wants_note
        )  # footnotes and raw HTML hold no marks of footnotes

    def _add_beside(self, remedy: Fix, markup: Markup, *, dated: bool = False) -> CitationFix:
        at = self._place_beside(remedy.citation, markup)
        when = f", {remedy.captured.isoformat()}" if dated and remedy.captured else ""
        if markup.form is Form.ATTRIBUTE:
            original = remedy.citation.original or ""
            title = (
                ""
                if embeds(remedy.target, original)
                else f' title="{in_attribute(tidy(original))}"'
            )
            text = f' (<a href="{in_attribute(remedy.target)}"{title}>{self.word}</a>{when})'
        else:
            text = f" ({self._mirror_link(remedy)}{when})"
        return CitationFix(remedy=remedy, edits=(TextEdit(at, at, text),), adds=remedy.target)

    def _add_note(self, remedy: Fix, markup: Markup) -> CitationFix:
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
            remedy=remedy,
            edits=(TextEdit(at, at, f"[^{label}]"), TextEdit(end, end, definition)),
            adds=remedy.target,
        )

    def _place_beside(self, citation: Citation, markup: Markup) -> int:
        """Right behind the link; where it is all a footnote cites, at the end of its line, behind what else is said of it."""
        is_in_note = citation.footnote is not None and markup.form is not Form.ATTRIBUTE
        if is_in_note and sum(other.block == citation.block for other in self.page.citations) == 1:
            return line_end(self.data, markup.end)
        return behind(self.data, markup)

    def _mirror_link(self, remedy: Fix) -> str:
        original = remedy.citation.original or ""
        title = (
            ""
            if not original or embeds(remedy.target, original)
            else f' "{in_title(tidy(original), _QUOTE)}"'
        )
        return f"[{self.word}]({in_markdown(remedy.target)}{title})"


def _spelled(url: str, markup: Markup) -> str:
    """Spell a URL as its place wants it."""
    if markup.form is Form.ATTRIBUTE:
        return in_attribute(url) if markup.quote else f'"{in_attribute(url)}"'
    if markup.form in (Form.INLINE, Form.DEFINITION):
        return in_angles(url) if markup.angled else in_markdown(url)
    return url


def _shows(data: bytes, markup: Markup) -> bool:
    """Whether an attribute is of something the page shows (an image, a film): nobody can follow it, so it must itself be what is there."""
    return markup.form is Form.ATTRIBUTE and not data[
        markup.start : markup.start + 2
    ].lower().startswith(b"<a")
