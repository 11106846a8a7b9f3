"""Markdown sections about archive copies: links with one copy only, and archive observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.findings.descriptions import kept_sentence, leave_progress_sentence
from reports.findings.section_titles import (
    ARCHIVE_OBSERVATIONS,
    LEAVING,
    NO_SECOND_COPY,
    ONLY_COPY_UNTRUSTED,
    RETURNED,
)
from reports.formats.markdown.escaping import autolink, code, escape, in_brackets
from reports.i18n import Translator
from reports.leave_plan import LeaveProgress
from reports.model import Report
from reports.wording import labels
from reports.wording.time_format import TimeFormatter
from store.queries.archives import ArchiveObservation, SingleCopy


class CopySections:
    """Writes the sections about archive copies of one report."""

    def __init__(self, report: Report, translate: Translator, format_time: TimeFormatter) -> None:
        self._report = report
        self._translate = translate
        self._format_time = format_time

    def sections(self) -> Iterator[tuple[str, str, int, Sequence[str]]]:
        """Yield title, explanation, number of entries and lines of each section with entries."""
        for less_trusted, title_and_explanation in (
            (True, ONLY_COPY_UNTRUSTED),
            (False, NO_SECOND_COPY),
        ):
            lines = [
                self._single_copy(copy)
                for copy in self._report.single_copies
                if copy.less_trusted is less_trusted
            ]
            if lines:
                yield *title_and_explanation, len(lines), lines
        returned = self._report.returned
        if returned:
            lines = [
                f"- {code(f'{citation.page}:{citation.line}')} {autolink(citation.url)}"
                f"{self._translate(': ')}{autolink(citation.mirror)}"
                for citation in returned
            ]
            yield *RETURNED, len(lines), lines
        leaving = self._report.leaving
        if leaving:
            lines = [line for progress in leaving for line in self._leaving(progress)]
            yield *LEAVING, sum(progress.to_leave for progress in leaving), lines
        observations = self._report.archive_observations
        if observations:
            lines = list(map(self._observation, observations))
            yield *ARCHIVE_OBSERVATIONS, len(lines), lines

    def _single_copy(self, copy: SingleCopy) -> str:
        colon = self._translate(": ")
        return f"- {autolink(copy.url)}{colon}{autolink(copy.mirror)}{in_brackets(copy.service)}"

    def _leaving(self, progress: LeaveProgress) -> Iterator[str]:
        """Yield the progress of leaving an archive, then the citations that keep their copy."""
        yield f"- {escape(leave_progress_sentence(progress, self._translate))}"
        for kept in progress.kept:
            reason = kept_sentence(kept, self._translate)
            colon = self._translate(": ")
            yield f"  - {code(f'{kept.page}:{kept.line}')} {autolink(kept.url)}{colon}{reason}"

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
        line = f"- {autolink(observation.url)}{translate(': ')}{observed}"
        return f"{line}{translate('; ')}{own_state}"
