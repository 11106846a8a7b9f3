"""What a run has to tell at once: what it confirmed broken, and what came back. As JSON, as a mail, as a line for a chat.

Nothing private leaves: links that must not be published are counted, not named. Pure; `crawler.notices` delivers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reports.plain import plain, plain_url
from reports.records import Finding, Report, Section
from reports.sentences import sentence, utc
from reports.sources import source_link
from store.vocabulary import Role, State

SCHEMA = 1
_MOST = 100  # links named in one document
_MOST_IN_TEXT = 10
_MOST_PLACES = 20  # of one link


@dataclass(frozen=True, slots=True)
class Notice:
    """News of one wiki. `broken` and `recovered` may be named, `withheld` counts those that may not."""

    report: Report
    broken: Sequence[Finding]
    recovered: Sequence[Finding]
    withheld: int

    @property
    def id(self) -> str:
        """The same for the same news of the same run, however often it is sent."""
        run = self.report.run
        name = f"holdfast\n{self.report.wiki}\n{run.id if run else ''}\n{utc(run.started_at) if run else ''}"
        return str(uuid5(NAMESPACE_URL, name.encode("utf-8", "replace").decode()))

    @property
    def subject(self) -> str:
        """Say it all on one line."""
        told = [f"{len(self.broken)} newly broken"] if self.broken else []
        told += [f"{len(self.recovered)} back"] if self.recovered else []
        told += [f"{self.withheld} with private addresses"] if self.withheld else []
        return f"{plain(self.report.wiki, 80) or 'links'}: {', '.join(told)}"


def notice_of(report: Report, *, may_tell: Callable[[str], bool], told_by: Collection[int] = ()) -> Notice | None:
    """Find the news of a report; None where there are none.

    `may_tell` says of a URL whether it may be named to others; what changed in one of the runs `told_by` is not told again.
    """
    bad = [finding for finding in report.sections[Section.MIRROR_GONE_BAD] if finding.new and finding.link.standing.state is State.BROKEN]
    broken = [*report.sections[Section.NEWLY_BROKEN], *bad]
    recovered = [finding for finding in report.sections[Section.RECOVERED] if finding.link.previous_state is State.BROKEN]
    broken, recovered = ([each for each in findings if each.link.changed_run_id not in told_by] for findings in (broken, recovered))
    if not broken and not recovered:
        return None
    told = [[finding for finding in findings if _may_name(finding, may_tell)] for findings in (broken, recovered)]
    return Notice(report, told[0], told[1], len(broken) + len(recovered) - len(told[0]) - len(told[1]))


def _may_name(finding: Finding, may_tell: Callable[[str], bool]) -> bool:
    link = finding.link
    return all(may_tell(url) for url in (link.url, link.original, link.final_url) if url)


def to_json(notice: Notice) -> dict[str, Any]:
    """Write a notice as the object of `schemas/notice-1.json`."""
    report = notice.report
    return {
        "schema": SCHEMA,
        "id": notice.id,
        "wiki": report.wiki,
        "run": report.run.id if report.run else None,
        "at": utc(report.generated_at),
        "subject": notice.subject,
        "counts": {"broken": len(notice.broken), "recovered": len(notice.recovered), "withheld": notice.withheld},
        "broken": [_row(report, finding) for finding in notice.broken[:_MOST]],
        "recovered": [_row(report, finding) for finding in notice.recovered[:_MOST]],
    }


def _row(report: Report, finding: Finding) -> dict[str, Any]:
    link, standing = finding.link, finding.link.standing
    best = finding.best_mirror if link.role is Role.LINK else None
    return {
        "url": plain_url(link.url),
        "role": link.role,
        "state": standing.state,
        "reason": standing.reason,
        "since": utc(standing.first_failed_at if standing.state is State.BROKEN else standing.state_since),
        "covered": finding.covered,
        "stand_in": plain_url(best.url) if best else None,
        "places": [
            {"page": place.page, "line": place.line, "source": source_link(report.source_url, place.page, place.line)}
            for place in link.citations[:_MOST_PLACES]
        ],
    }


def to_text(notice: Notice, *, most: int | None = None) -> str:
    """Write a notice as plain lines: those who want more read the report."""
    lines = [notice.subject]
    for title, findings in (("newly broken:", notice.broken), ("back:", notice.recovered)):
        if findings:
            lines += ["", title, *_lines(findings, most=most or _MOST)]
    return "\n".join(lines) + "\n"


def _lines(findings: Sequence[Finding], *, most: int) -> Iterator[str]:
    for finding in findings[:most]:
        place, *others = finding.link.citations
        more = f" and {len(others)} more" if others else ""
        yield f"- {plain(place.page)}:{place.line}{more}  {plain_url(finding.link.url)}"
        yield f"  {sentence(finding)}"
    if len(findings) > most:
        yield f"- … and {len(findings) - most} more"


def to_chat(notice: Notice) -> dict[str, Any]:
    """Write a notice as chats take it that follow Slack: one text, three characters of which are special.

    https://docs.slack.dev/messaging/formatting-message-text
    """
    text = to_text(notice, most=_MOST_IN_TEXT)
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def to_html(notice: Notice) -> str:
    """Write a notice as a small page for a mail: no script, nothing to load."""
    from reports.formats.html import environment  # noqa: PLC0415  Jinja2 takes long to import, and most runs have no news

    parts = [("Newly broken", notice.broken[:_MOST]), ("Back", notice.recovered[:_MOST])]
    return environment().get_template("notice.html").render(notice=notice, report=notice.report, parts=parts, sentence=sentence)
