"""Markdown sections about archive copies: links with one copy only, and archive observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import labels
from reports.formats.markdown.escaping import autolink, escape, in_brackets
from reports.i18n import Translator
from reports.model import Report
from reports.section_titles import ARCHIVE_OBSERVATIONS, NO_SECOND_COPY, ONLY_COPY_UNTRUSTED
from reports.time_format import TimeFormatter
from store.queries.archives import ArchiveObservation, SingleCopy


class CopySections:
    """Writes the sections about archive copies of one report."""

    def __init__(self, report: Report, translate: Translator, format_time: TimeFormatter) -> None:
        self._report = report
        self._translate = translate
        self._format_time = format_time

    def sections(self) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Yield title, explanation and lines of each section that has any lines."""
        for less_trusted, heading in ((True, ONLY_COPY_UNTRUSTED), (False, NO_SECOND_COPY)):
            lines = [
                self._single_copy(copy)
                for copy in self._report.single_copies
                if copy.less_trusted is less_trusted
            ]
            if lines:
                yield *heading, lines
        observations = self._report.archive_observations
        if observations:
            yield *ARCHIVE_OBSERVATIONS, list(map(self._observation, observations))

    def _single_copy(self, copy: SingleCopy) -> str:
        return f"- {autolink(copy.url)}: {autolink(copy.mirror)}{in_brackets(copy.service)}"

    def _observation(self, observation: ArchiveObservation) -> str:
        translate = self._translate
        observed = translate(
            "{service} got: {reason}, {time}",
            service=escape(observation.service),
            reason=translate(labels.REASON_LABELS[observation.observed_reason]),
            time=self._format_time(observation.at),
        )
        state = translate(labels.STATE_LABELS[observation.state])
        own_state = translate("state in Holdfast: {state}", state=state)
        return f"- {autolink(observation.url)}: {observed}{translate('; ')}{own_state}"
