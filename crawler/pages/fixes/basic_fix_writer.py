"""Decide how a link is fixed in each style, for formats that write URLs as they are or escaped.

`BasicFixWriter` has the rules of the three styles; a format defines how a URL is written, and
where a mirror can be added.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

from crawler.archives.mirror_urls import serves_archived_file
from crawler.pages.fixes.copy_dates import find_copy_days, timestamp_day
from crawler.pages.fixes.edits import (
    BROKEN_MARKUP,
    DATED_WORDS,
    EMBEDDED,
    MOVED_IMAGE,
    NO_HTML,
    NO_ROOM,
    NO_ROOM_BESIDE,
    NO_TITLE,
    new_copy_day,
    title_repeats_url,
    url_replacement,
)
from crawler.pages.fixes.embedded_media import Embed, embed_at, names_image
from store.vocabulary import Citation, CitationKind
from store.vocabulary.fixes import (
    CitationFix,
    FixCause,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

# The day of a copy as `capture_date` writes it
_DAY_BEHIND = re.compile(rb", (\d{4}-\d\d-\d\d)(?![-\d])")


class BasicFixWriter(ABC):
    """Write the fixes of one page.

    If the style asks for it and the format has room, the original stays and the mirror is added.
    Otherwise the mirror replaces the original, if the mirror's URL contains the original.

    Attributes:
        has_title_style: The format supports the style `title`: the mirror replaces the original,
            which moves to the title of the link. Without it, the link to a living page stays in
            every style.
    """

    has_title_style: ClassVar[bool] = False

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix written in a style, or in the nearest one that the format has.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        citation = planned.citation
        if citation.salvaged:
            raise UnsupportedMarkupError(BROKEN_MARKUP)
        if planned.cause is FixCause.ROBUST_LINK:
            return self.add_attributes(planned)
        embed = self.embed_kind(citation)
        if embed is not None:
            _check_embedded(planned, embed)
        can_add = embed is None and self.can_add(citation)
        if planned.cause is FixCause.RETURNED:
            return self.return_to_original(planned, style, can_add=can_add)
        if not planned.is_mirror:
            return self._replace_with_new_url(planned, style, can_add=can_add)
        is_second = planned.cause is FixCause.SECOND_MIRROR
        if is_second and not can_add:
            raise UnsupportedMarkupError(NO_ROOM)
        # Without the style `title`, a living page keeps its link in every style.
        is_kept_in_every_style = planned.cause is FixCause.ADD_COPY and not self.has_title_style
        style_keeps_original = style is not MirrorStyle.TITLE or is_kept_in_every_style
        keeps_original = citation.archive is None and style_keeps_original
        if planned.cause is FixCause.ADD_COPY and keeps_original and not can_add:
            raise UnsupportedMarkupError(NO_ROOM_BESIDE)
        if can_add and (is_second or keeps_original):
            return self.add_mirror(planned, style)
        return self._with_new_day(self.replace_with_mirror(planned))

    def _with_new_day(self, fix: CitationFix) -> CitationFix:
        """Return a fix that also corrects the day of the copy behind an archive link.

        Only what `add_mirror` wrote is corrected: behind the text of archive links, the day of the
        old copy. Any other date is the author's.

        Raises:
            UnsupportedMarkupError: The author's words name the day of the old copy.
        """
        planned, citation = fix.planned, fix.planned.citation
        self._check_words(fix)
        link_end = self.archive_link_end(citation)
        if citation.archive is None or link_end is None:
            return fix
        written = _DAY_BEHIND.match(self.page_data(), link_end)
        old_day = citation.archive.timestamp[:8]
        if written is None or written[1].replace(b"-", b"").decode() != old_day:
            return fix
        day = new_copy_day(planned)
        is_published = citation.published and citation.published.strftime("%Y%m%d") == old_day
        changed = {"published": planned.captured} if is_published else {}
        edit = TextEdit(*written.span(1), day)
        fields = {**fix.changed_fields, **changed}
        return replace(fix, edits=(*fix.edits, edit), changed_fields=fields)

    def _check_words(self, fix: CitationFix) -> None:
        """Check that no words beside a link name the day of the copy that is replaced.

        Raises:
            UnsupportedMarkupError: Some do.
        """
        planned, citation = fix.planned, fix.planned.citation
        old = citation.archive and timestamp_day(citation.archive.timestamp)
        if not old or old == planned.captured:
            return
        url_span = slice(citation.start, citation.end)
        days = find_copy_days(
            self.page_data(), url_span, planned.original or "", old, self.words_around(citation)
        )
        for day in days:
            if not any(edit.start <= day.start < edit.end for edit in fix.edits):
                raise UnsupportedMarkupError(DATED_WORDS)

    def page_data(self) -> bytes:
        """Return the page in UTF-8; the default, b"", if nothing can be written beside a link."""
        return b""

    def words_around(self, citation: Citation) -> slice | None:
        """Return where words about a citation may be; the default, None, is its line."""
        del citation
        return None

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if the link does not have the text of archive links (the default).
        """
        del citation
        return None

    def _replace_with_new_url(
        self, planned: PlannedFix, style: MirrorStyle, *, can_add: bool
    ) -> CitationFix:
        """Return the fix that points to a new URL, if possible with an archive copy beside it."""
        fix = self.replace_url(planned)
        if title_repeats_url(planned):
            fix = self.without_title(fix)
        if planned.archive_copy is None or style is MirrorStyle.TITLE or not can_add:
            return fix
        copy = self.add_mirror(planned.archive_copy, style)
        edits = (*fix.edits, *copy.edits)
        return replace(fix, edits=edits, added_mirror=copy.added_mirror)

    def return_to_original(
        self, planned: PlannedFix, style: MirrorStyle, *, can_add: bool
    ) -> CitationFix:
        """Return the fix that points back to the original, with the mirror beside it.

        Raises:
            UnsupportedMarkupError: There is no room for the mirror, which would be lost.
        """
        if planned.archive_copy is None or not can_add:
            raise UnsupportedMarkupError("there is no room for the archive link: edit it by hand")
        added_style = MirrorStyle.BESIDE if style is MirrorStyle.TITLE else style
        return self._replace_with_new_url(planned, added_style, can_add=True)

    @abstractmethod
    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation.

        Raises:
            UnsupportedMarkupError: No URL can be replaced there.
        """

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, None for a link.

        The default recognises images by the kind of the citation.
        """
        if citation.kind is not CitationKind.IMAGE:
            return None
        return embed_at(b"", 0, citation.url, citation.kind)

    def can_add(self, citation: Citation) -> bool:
        """Return whether a mirror can be added beside a citation. The default cannot."""
        del citation
        return False

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds a mirror beside a citation, made by `mirror_insertion`.

        Raises:
            UnsupportedMarkupError: There is no room.
        """
        del planned, style
        raise UnsupportedMarkupError(NO_ROOM)

    def add_attributes(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that makes a link a Robust Link.

        Raises:
            UnsupportedMarkupError: It cannot be one (the default), or is one already.
        """
        del planned
        raise UnsupportedMarkupError(NO_HTML)

    def replace_url(self, planned: PlannedFix) -> CitationFix:
        """Return the fix that replaces the URL of a citation and nothing else."""
        return url_replacement(planned, self.written_url(planned.target, planned.citation))

    def replace_with_mirror(self, planned: PlannedFix) -> CitationFix:
        """Return the fix in which the mirror replaces the URL.

        Raises:
            UnsupportedMarkupError: The original would be lost.
        """
        citation = planned.citation
        has_title = citation.archive is not None and citation.title
        if planned.original and not planned.contains_original and not has_title:
            raise UnsupportedMarkupError(NO_TITLE)
        if planned.contains_original and title_repeats_url(planned):
            return self.without_title(self.replace_url(planned))
        return self.replace_url(planned)

    def without_title(self, fix: CitationFix) -> CitationFix:
        """Return a fix that also removes the title of its link.

        The default leaves the title: the format has none, or it is written elsewhere.
        """
        return fix


def _check_embedded(planned: PlannedFix, embed: Embed) -> None:
    """Check that a page can embed the new URL of a fix.

    Raises:
        UnsupportedMarkupError: The page would show nothing, or may show nothing, in its place.
    """
    target, is_image = planned.target, embed is Embed.IMAGE
    if planned.is_mirror and not (is_image and serves_archived_file(target)):
        raise UnsupportedMarkupError(EMBEDDED)
    is_moved_image = planned.cause is FixCause.MOVED and names_image(planned.citation.url)
    if is_image and is_moved_image and not names_image(target):
        raise UnsupportedMarkupError(MOVED_IMAGE)
