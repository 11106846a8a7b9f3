"""Write fixes on MediaWiki pages.

In a citation template a copy is written to the parameters for copies, in every style, as
Wikipedia's bots do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from crawler.pages.fixes.basic_fix_writer import BasicFixWriter
from crawler.pages.fixes.copy_dates import timestamp_day
from crawler.pages.fixes.edits import (
    DATED_WORDS,
    NO_ROOM,
    NOT_FOUND,
    UNDATED_COPY,
    capture_date,
    footnote_labels,
    mirror_insertion,
)
from crawler.pages.fixes.embedded_media import Embed, embed_at
from crawler.pages.formats.wikitext.template_names import (
    ACCESS_PARAMETERS,
    ARCHIVE_DATE_PARAMETERS,
    ARCHIVE_PARAMETERS,
    HIDING_STATUSES,
    PUBLISHED_PARAMETERS,
    STATUS_PARAMETERS,
    URL_PARAMETERS,
    YES_OR_NO_PARAMETERS,
)
from crawler.pages.formats.wikitext.templates import Parameter, Template, WikiForm, WikiLink
from crawler.pages.source.source_text import ByteOffsets, SourceText
from crawler.pages.source.written_dates import written_date
from store.vocabulary import Citation
from store.vocabulary.fixes import (
    CitationFix,
    FixCause,
    MirrorStyle,
    PlannedFix,
    TextEdit,
    UnsupportedMarkupError,
)

_UNCLOSED = "its template is never closed: fix the markup first"
_UNCLEAR = (
    "its template has several addresses, so it is not clear which a copy is of: edit it by hand"
)
_BUILT = "its template builds the address of an archive copy: edit it by hand"
_DEAD_NOTE = "its template says that the link is dead: edit it by hand"
_MARKUP_IN_URL = "the new URL has a character with a meaning in MediaWiki: edit it by hand"
_UNSAFE = re.compile(r"[\s<>\[\]\"{}|]|''")
_BEFORE_LINK = 2000  # characters that are searched for what a link is in
_IN_ATTRIBUTE = re.compile(r"<[a-z][^<>]*=\s*[\"']?[^\"'<>]*\Z", re.IGNORECASE)
_IN_IMAGE_MAP = re.compile(r"<imagemap\b(?:(?!</imagemap).)*\Z", re.IGNORECASE | re.DOTALL)
_GAP = re.compile(r"\s*\Z")
# Causes of a fix that leaves a link to a living page, so that the citation's status is `live`
_ALIVE = frozenset([FixCause.ADD_COPY, FixCause.RETURNED, FixCause.MOVED, FixCause.HTTPS])
_MAX_GAP = 200  # characters of white space before the last parameter

_LOOSE_ENDS = ",;.:!?\\"  # characters that MediaWiki leaves out at the end of a bare URL


class WikitextFixWriter(BasicFixWriter):
    """Write the fixes of one MediaWiki page."""

    def __init__(self, source: SourceText, links: Iterable[WikiLink], link_text: str) -> None:
        self._source, self._offsets, self._link_text = source, ByteOffsets(source), link_text
        self._links = {(each.link.start, each.link.end): each for each in links}
        self._names = footnote_labels(self._is_unused)

    def _is_unused(self, name: str) -> bool:
        """Return whether no reference of the page has a name."""
        return not re.search(rf"name\s*=\s*[\"']?{name}\b", self._source.text, re.IGNORECASE)

    def _link_of(self, citation: Citation) -> WikiLink:
        """Return the link of a citation.

        Raises:
            UnsupportedMarkupError: The link was not found, or cannot be fixed where it is.
        """
        found = self._links.get((citation.start, citation.end))
        if found is None:
            raise UnsupportedMarkupError(NOT_FOUND)
        if found.template and not found.template.end:
            raise UnsupportedMarkupError(_UNCLOSED)
        if found.template and found.index < found.template.end_of_name:
            raise UnsupportedMarkupError("it is the name of a template: edit it by hand")
        if found.is_built:
            raise UnsupportedMarkupError(_BUILT)
        if found.template and found.template.is_dead_link_note:
            raise UnsupportedMarkupError(_DEAD_NOTE)
        return found

    def write(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return a fix that sets parameters of a citation template, or else uses a style.

        Raises:
            UnsupportedMarkupError: The fix cannot be written there.
        """
        found = self._link_of(planned.citation)
        template = found.template
        if found.form is not WikiForm.PARAMETER or template is None or not template.is_citation:
            self._check_other_dates(planned, template)
            return self._with_template_date(super().write(planned, style), found)
        is_original = planned.citation.archive is None
        if found.parameter in URL_PARAMETERS and planned.is_mirror and is_original:
            return self._fill_in(planned, template)
        if planned.cause is FixCause.SECOND_MIRROR:
            raise UnsupportedMarkupError(NO_ROOM)
        is_copy = found.parameter in ARCHIVE_PARAMETERS
        if is_copy and not planned.is_mirror:
            raise UnsupportedMarkupError(
                "it is the archive copy in a citation template, which can be kept: edit it by hand"
            )
        fix = self.replace_with_mirror(planned) if planned.is_mirror else self.replace_url(planned)
        if planned.cause is FixCause.RETURNED and planned.archive_copy is not None:
            copy = self._fill_in(planned.archive_copy, template)
            edits = (*fix.edits, *copy.edits)
            return replace(fix, edits=edits, added_mirror=copy.added_mirror)
        if is_original or (not is_copy and template.value(ARCHIVE_PARAMETERS)):
            return fix
        date_parameter = template.find(ARCHIVE_DATE_PARAMETERS)
        return self._with_date(fix, date_parameter, self._date(planned, template))

    def _check_other_dates(self, planned: PlannedFix, template: Template | None) -> None:
        """Check that no parameter of an unknown name has the day of the copy that is replaced.

        Raises:
            UnsupportedMarkupError: One has it.
        """
        archive = planned.citation.archive
        old = timestamp_day(archive.timestamp) if archive else None
        if template is None or template.is_archive_link or not old or old == planned.captured:
            return
        readers = {*ACCESS_PARAMETERS, *PUBLISHED_PARAMETERS}
        texts = [each.text for each in template.parameters if each.name not in readers]
        if any(text and written_date(old, [text]) == text for text in texts):
            raise UnsupportedMarkupError(DATED_WORDS)

    def _with_template_date(self, fix: CitationFix, found: WikiLink) -> CitationFix:
        """Return a fix that also sets the date in a template for copies, as `{{webarchive}}`."""
        template, planned = found.template, fix.planned
        is_url = found.parameter.rstrip("0123456789") == "url"
        if template is None or not template.is_archive_link or not is_url:
            return fix
        if not planned.is_mirror:
            raise UnsupportedMarkupError("its template is for copies only: edit it by hand")
        date_parameter = template.find([f"date{found.parameter.removeprefix('url')}"])
        day = planned.captured
        value = written_date(day, [date_parameter.text]) if date_parameter and day else ""
        return self._with_date(fix, date_parameter, value)

    def _with_date(
        self, fix: CitationFix, date_parameter: Parameter | None, value: str
    ) -> CitationFix:
        """Return a fix that also sets the date of its copy.

        Args:
            fix: The fix.
            date_parameter: The parameter with the date of the copy that is replaced, if any.
            value: The date of the new copy, "" if it is not known.

        Raises:
            UnsupportedMarkupError: The date would be wrong.
        """
        if date_parameter is None or (not value and not date_parameter.text):
            return fix
        if not value:
            raise UnsupportedMarkupError(UNDATED_COPY)
        return replace(fix, edits=(*fix.edits, self._replace(date_parameter, value)))

    def page_data(self) -> bytes:
        """Return the page in UTF-8."""
        return self._source.data

    def archive_link_end(self, citation: Citation) -> int | None:
        """Return the offset in `page_data` behind an archive link, where its date may be.

        None if it is not an external link with the text of archive links.
        """
        found = self._link_of(citation)
        is_link = found.form is WikiForm.EXTERNAL and citation.text == self._link_text
        return found.link.markup[1] if is_link else None

    def embed_kind(self, citation: Citation) -> Embed | None:
        """Return the kind of content that the page embeds at a citation, or None."""
        return embed_at(self._source.data, citation.start, citation.url, citation.kind)

    def can_add(self, citation: Citation) -> bool:
        """Return whether text can be added behind the link."""
        found = self._link_of(citation)
        template = found.template
        if found.form is WikiForm.PARAMETER or (template is not None and template.is_citation):
            return False
        before = self._source.text[max(0, found.index - _BEFORE_LINK) : found.index]
        return not (_IN_ATTRIBUTE.search(before) or _IN_IMAGE_MAP.search(before))

    def written_url(self, url: str, citation: Citation) -> str:
        """Return a URL as it is written in the place of a citation.

        Raises:
            UnsupportedMarkupError: The URL has a character with a meaning there.
        """
        found = self._link_of(citation)
        written = self._source.text_between(citation.start, citation.end)
        # `{{=}}` is an escaped `=`, which does not show that a plain one can be written there.
        _check_url(url, found, written.replace("{{=}}", ""))
        # To MediaWiki a closing bracket is part of the URL only if the URL has an opening one.
        loose = _LOOSE_ENDS if "(" in url else f"{_LOOSE_ENDS})"
        if found.form is WikiForm.BARE and url.endswith(tuple(loose)):
            raise UnsupportedMarkupError("the new URL would end early: edit it by hand")
        return url

    def add_mirror(self, planned: PlannedFix, style: MirrorStyle) -> CitationFix:
        """Return the fix that adds the mirror behind the link, or in a reference."""
        found = self._link_of(planned.citation)
        _check_url(planned.target, found, "")
        at = found.insert_at
        link = f"[{planned.target} {self._link_text}]"
        date = capture_date(planned)
        # If the URL of a mirror does not contain the original, Holdfast pairs the two only within
        # one block. A reference is a block of its own.
        can_have_note = (
            planned.contains_original and not found.in_reference and not found.in_unnamed_parameter
        )
        if style is not MirrorStyle.FOOTNOTE:
            text = f" ({link})"
        elif not can_have_note:
            text = f" ({link}{date})"
        else:
            text = f'<ref name="{next(self._names)}">{link}{date}.</ref>'
        return mirror_insertion(planned, TextEdit(at, at, text))

    # --- citation templates

    def _fill_in(self, planned: PlannedFix, template: Template) -> CitationFix:
        """Return the fix that sets the parameters for a copy in a citation template.

        Raises:
            UnsupportedMarkupError: There is no room, or it is not clear what the copy is of.
        """
        addresses = [each for each in template.links if each.parameter in URL_PARAMETERS]
        if len(addresses) != 1:
            raise UnsupportedMarkupError(_UNCLEAR)
        if _UNSAFE.search(planned.target):
            raise UnsupportedMarkupError(_MARKUP_IN_URL)
        old = template.find(ARCHIVE_PARAMETERS)
        if old is not None and old.text:
            raise UnsupportedMarkupError(NO_ROOM)
        names = template.archive_names or ()
        state = "live" if planned.cause in _ALIVE else "dead"
        values = [planned.target, self._date(planned, template), state]
        spellings = [ARCHIVE_PARAMETERS, ARCHIVE_DATE_PARAMETERS, STATUS_PARAMETERS]
        edits, missing = [], []
        # Without a name for the status, templates of this kind have none.
        for name, value, same_parameter in zip(names, values, spellings, strict=False):
            parameter = template.find(same_parameter)
            if not value or (parameter is None and not name):
                continue
            if parameter is None:
                missing.append((name, value))
            elif parameter.text.lower() in HIDING_STATUSES and state == "dead":
                continue  # the original stays hidden
            elif parameter.name in YES_OR_NO_PARAMETERS:
                edits.append(self._replace(parameter, "yes" if state == "dead" else "no"))
            else:
                edits.append(self._replace(parameter, value))
        if missing:
            edits.append(self._append(template, missing))
        return mirror_insertion(planned, *edits)

    def _date(self, planned: PlannedFix, template: Template) -> str:
        """Return the day of a copy in the form of the template's other dates, "" if unknown."""
        if planned.captured is None:
            return ""
        dates = (ARCHIVE_DATE_PARAMETERS, ACCESS_PARAMETERS, PUBLISHED_PARAMETERS)
        return written_date(planned.captured, map(template.value, dates))

    def _replace(self, parameter: Parameter, value: str) -> TextEdit:
        """Return the edit that sets the value of a parameter."""
        offsets = self._offsets
        start = offsets.at(parameter.start)
        return TextEdit(start, offsets.at(parameter.end), value)

    def _append(self, template: Template, missing: list[tuple[str, str]]) -> TextEdit:
        """Return the edit that adds parameters to a template, with the spacing of the last one.

        Args:
            template: A template with at least one parameter.
            missing: The name and value of each new parameter.
        """
        text, last = self._source.text, template.parameters[-1]
        before = _GAP.search(text, max(template.start, last.bar - _MAX_GAP), last.bar)
        separator = (before[0] if before else "") or " "
        # What is written before the last value, such as `| date = `; a value without a name shows
        # no spacing.
        marker = text[last.bar : last.start] if last.name else "|x="
        lead = re.match(r"\|\s*", marker)
        opened = lead[0] if lead else "|"
        sign = " = " if re.search(r"\s=\s*\Z", marker) else "="
        added_text = "".join(f"{separator}{opened}{name}{sign}{value}" for name, value in missing)
        at = self._offsets.at(last.end)
        return TextEdit(at, at, added_text)


def _check_url(url: str, found: WikiLink, replaced: str) -> None:
    """Check that a URL has no characters that would be read as markup.

    Args:
        url: The new URL.
        found: The link that is replaced, or behind which the URL is added.
        replaced: The old URL, "" if none is replaced. In a parameter without a name, the new URL
            may have `=` only if the old one has it.

    Raises:
        UnsupportedMarkupError: The URL has such a character.
    """
    is_unnamed = found.template is not None and found.in_unnamed_parameter
    # What is before an `=` would be read as the name of the parameter.
    is_cut = is_unnamed and "=" in url and "=" not in replaced
    if _UNSAFE.search(url) or is_cut:
        raise UnsupportedMarkupError(_MARKUP_IN_URL)
