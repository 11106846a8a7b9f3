"""How well links are covered by copies, in Markdown: those that hang by one, and what archives met that were to make one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import labels
from reports.formats.markdown.escaping import autolink, escape
from reports.i18n import Translator
from reports.model import Report
from reports.section_titles import ARCHIVE_OBSERVATIONS, NO_SECOND_COPY, ONLY_COPY_UNTRUSTED
from reports.time_format import TimeFormatter
from store.queries.archives import ArchiveObservation, SingleCopy


class CopySections:
    """Makes the entries of each part; an entry is a sequence of lines."""

    def __init__(self, report: Report, words: Translator, clock: TimeFormatter) -> None:
        self._report = report
        self._words = words
        self._clock = clock

    def parts(self) -> Iterator[tuple[str, str, Sequence[Sequence[str]]]]:
        """Give title, explanation and entries of each part that has any."""
        for doubted, heading in ((True, ONLY_COPY_UNTRUSTED), (False, NO_SECOND_COPY)):
            if thin := [cover for cover in self._report.single_copies if cover.less_trusted is doubted]:
                yield *heading, [[self._cover(cover)] for cover in thin]
        if seen := self._report.archive_observations:
            yield *ARCHIVE_OBSERVATIONS, [[self._sighting(sighting)] for sighting in seen]

    def _cover(self, cover: SingleCopy) -> str:
        kept_by = f" ({escape(cover.service)})" if cover.service else ""
        return f"- {autolink(cover.url)}: {autolink(cover.mirror)}{kept_by}"

    def _sighting(self, seen: ArchiveObservation) -> str:
        words = self._words
        met = words(
            "{service} met: {what}, {time}",
            service=escape(seen.service),
            what=words(labels.REASON_LABELS[seen.observed_reason]),
            time=self._clock(seen.at),
        )
        return f"- {autolink(seen.url)}: {met}{words('; ')}{words('to us it is: {state}', state=words(labels.STATE_LABELS[seen.state]))}"
