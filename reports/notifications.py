"""What a run has to tell at once: what it confirmed broken, and what came back. As JSON, as a mail, as a line for a chat.

Nothing private leaves: links that must not be published are counted, not named. Pure; `crawler.notifications` delivers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reports.descriptions import describe_finding, format_utc
from reports.i18n import Translator, translator_for
from reports.model import Finding, Report, Section
from reports.sanitize import plain, plain_url
from reports.source_links import source_link
from store.vocabulary import Role, State

SCHEMA = 1
_MOST = 100  # links named in one document
_MOST_IN_TEXT = 10
_MOST_PLACES = 20  # of one link


@dataclass(frozen=True, slots=True)
class Notification:
    """News of one wiki. `broken` and `recovered` may be named, `withheld` counts those that may not; all of it happened in the `runs`."""

    report: Report
    broken: Sequence[Finding]
    recovered: Sequence[Finding]
    withheld: int
    runs: frozenset[int]
    id: str

    @property
    def translate(self) -> Translator:
        return translator_for(self.report.lang)

    @property
    def subject(self) -> str:
        """Say it all on one line."""
        words = self.translate
        told = [words("{number} newly broken", number=len(self.broken))] if self.broken else []
        told += [words("{number} back", number=len(self.recovered))] if self.recovered else []
        told += (
            [words("{number} with private addresses", number=self.withheld)]
            if self.withheld
            else []
        )
        return words(
            "{wiki}: {news}",
            wiki=plain(self.report.wiki, 80) or words("links"),
            news=words(", ").join(told),
        )


def make_notification(
    report: Report,
    *,
    may_publish: Callable[[str], bool],
    notified_runs: Collection[int] = (),
    pending_runs: Collection[int] = (),
) -> Notification | None:
    """Find the news of a report; None where there are none.

    `may_tell` says of a URL whether it may be named to others; what changed in one of the runs `told_by` is not told again, unless that was
    one of those `owed`, whose news did not arrive.
    """
    sections = (Section.NEWLY_BROKEN, Section.MIRROR_BROKEN, Section.RECOVERED)
    candidates = (
        report.findings
        if pending_runs
        else chain.from_iterable(report.sections[section] for section in sections)
    )
    news = [
        each
        for each in candidates
        if each.link.changed_run_id in pending_runs
        or (each.new and each.link.changed_run_id not in notified_runs)
    ]
    broken = [each for each in news if each.link.tracked_state.state is State.BROKEN]
    recovered = [
        each
        for each in news
        if each.link.tracked_state.state in {State.ALIVE, State.MOVED}
        and each.link.previous_state is State.BROKEN
    ]
    if not broken and not recovered:
        return None
    named = [
        [finding for finding in findings if _may_name(finding, may_publish)]
        for findings in (broken, recovered)
    ]
    return Notification(
        report=report,
        broken=named[0],
        recovered=named[1],
        withheld=len(broken) + len(recovered) - sum(map(len, named)),
        runs=frozenset(
            each.link.changed_run_id
            for each in (*broken, *recovered)
            if each.link.changed_run_id is not None
        ),
        id=_identity(report.wiki, (*broken, *recovered)),
    )


def _may_name(finding: Finding, may_tell: Callable[[str], bool]) -> bool:
    link = finding.link
    proposed = (found.proposal.url for found in finding.proposals)
    return all(may_tell(url) for url in (link.url, link.original, link.final_url, *proposed) if url)


def _identity(wiki: str, news: Sequence[Finding]) -> str:
    """Give the same for the same news, whichever run sends them."""
    told = sorted(
        f"{each.link.role} {each.link.url} {each.link.tracked_state.state} {format_utc(each.link.tracked_state.state_since)}"
        for each in news
    )
    return str(
        uuid5(
            NAMESPACE_URL, "\n".join(("holdfast", wiki, *told)).encode("utf-8", "replace").decode()
        )
    )


def to_json(notice: Notification) -> dict[str, Any]:
    """Write a notice as the object of `schemas/notice-1.json`."""
    report = notice.report
    return {
        "schema": SCHEMA,
        "id": notice.id,
        "wiki": report.wiki,
        "run": report.run.id if report.run else None,
        "at": format_utc(report.generated_at),
        "subject": notice.subject,
        "counts": {
            "broken": len(notice.broken),
            "recovered": len(notice.recovered),
            "withheld": notice.withheld,
        },
        "broken": [_row(report, finding) for finding in notice.broken[:_MOST]],
        "recovered": [_row(report, finding) for finding in notice.recovered[:_MOST]],
    }


def _row(report: Report, finding: Finding) -> dict[str, Any]:
    link, standing = finding.link, finding.link.tracked_state
    best = finding.best_mirror if link.role is Role.LINK else None
    return {
        "url": plain_url(link.url),
        "role": link.role,
        "state": standing.state,
        "reason": standing.reason,
        "since": format_utc(
            standing.first_failed_at if standing.state is State.BROKEN else standing.state_since
        ),
        "covered": finding.covered,
        "stand_in": plain_url(best.url) if best else None,
        "places": [
            {
                "page": place.page,
                "line": place.line,
                "source": source_link(report.source_url, place.page, place.line),
            }
            for place in link.citations[:_MOST_PLACES]
        ],
    }


def to_text(notice: Notification, *, most: int | None = None) -> str:
    """Write a notice as plain lines: those who want more read the report."""
    words, lines = notice.translate, [notice.subject]
    for title, findings in (
        (words("Newly broken:"), notice.broken),
        (words("Back:"), notice.recovered),
    ):
        if findings:
            lines += ["", title, *_lines(findings, words, most=most or _MOST)]
    return "\n".join(lines) + "\n"


def _lines(findings: Sequence[Finding], words: Translator, *, most: int) -> Iterator[str]:
    for finding in findings[:most]:
        place, *others = finding.link.citations
        more = f" {words('and {number} more', number=len(others))}" if others else ""
        yield f"- {plain(place.page)}:{place.line}{more}  {plain_url(finding.link.url)}"
        yield f"  {describe_finding(finding, words)}"
    if len(findings) > most:
        yield f"- {words('… and {number} more', number=len(findings) - most)}"


def to_chat(notice: Notification) -> dict[str, Any]:
    """Write a notice as chats take it that follow Slack: one text, three characters of which are special.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    text = to_text(notice, most=_MOST_IN_TEXT)
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def to_html(notice: Notification) -> str:
    """Write a notice as a small page for a mail: no script, nothing to load."""
    from reports.formats.html.report import template_environment  # noqa: PLC0415  Jinja2 takes long to import, and most runs have no news

    words = notice.translate
    parts = [
        (words("Newly broken"), notice.broken[:_MOST]),
        (words("Back"), notice.recovered[:_MOST]),
    ]
    template = template_environment().get_template("notice.html")
    return template.render(
        notice=notice, report=notice.report, parts=parts, words=words, sentence=describe_finding
    )
