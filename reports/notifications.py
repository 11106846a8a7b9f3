"""Write notifications about newly broken and recovered links: as JSON, mail or chat text.

Links that must not be published are counted, not named. `crawler.notifications` sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from reports.findings.descriptions import describe_finding, format_utc
from reports.findings.todo import is_to_do
from reports.i18n import Translator, translator_for
from reports.model import Finding, Report, Section
from reports.places import distinct_places
from reports.source_links import source_link
from reports.wording.sanitize import plain, plain_url
from store.vocabulary import LIVING_STATES, Role, State

SCHEMA = 2  # of `schemas/notification-2.json`
_MAX_LINKS = 100  # named in one notification
_MAX_LINKS_IN_CHAT = 10
_MAX_CITATIONS = 20  # of one link


class Notification(Struct, frozen=True):
    """The findings to report about one wiki.

    Attributes:
        report: The report it is made from.
        broken: Links and mirrors newly confirmed broken that are to do.
        recovered: Links and mirrors that were broken and work again.
        withheld: Number of links that changed too and must not be published.
        runs: The runs in which these changes were found.
        id: A UUID that is the same for the same changes, whichever run sends them.
    """

    report: Report
    broken: Sequence[Finding]
    recovered: Sequence[Finding]
    withheld: int
    runs: frozenset[int]
    id: str

    @property
    def translate(self) -> Translator:
        """The translator to the language of the report."""
        return translator_for(self.report.lang)

    @property
    def subject(self) -> str:
        """The counts on one line."""
        translate, counts = self.translate, []
        if self.broken:
            counts.append(translate("{number} newly broken", number=len(self.broken)))
        if self.recovered:
            counts.append(translate("{number} recovered", number=len(self.recovered)))
        if self.withheld:
            counts.append(translate("{number} not named (private URLs)", number=self.withheld))
        return translate(
            "{wiki}: {news}",
            wiki=plain(self.report.display_name, 80) or translate("links"),
            news=translate(", ").join(counts),
        )


def make_notification(
    report: Report,
    *,
    may_publish: Callable[[str], bool],
    notified_runs: Collection[int] = (),
    pending_runs: Collection[int] = (),
) -> Notification | None:
    """Return the notification about a report, None if nothing changed.

    Args:
        report: The report of one wiki.
        may_publish: Returns whether a URL may be named to others.
        notified_runs: Runs whose changes were reported already.
        pending_runs: Runs whose changes are reported again, as their notification failed.
    """
    changed = _changed_findings(report, notified_runs, pending_runs)
    broken = [finding for finding in changed if is_to_do(finding)]
    recovered = [finding for finding in changed if _recovered_from_broken(finding)]
    news = [*broken, *recovered]
    if not news:
        return None
    named_broken = [finding for finding in broken if _may_name(finding, may_publish)]
    named_recovered = [finding for finding in recovered if _may_name(finding, may_publish)]
    run_ids = (finding.link.changed_run_id for finding in news)
    return Notification(
        report=report,
        broken=named_broken,
        recovered=named_recovered,
        withheld=len(news) - len(named_broken) - len(named_recovered),
        runs=frozenset(run_id for run_id in run_ids if run_id is not None),
        id=_identity(report.wiki, news),
    )


def to_json(notification: Notification) -> dict[str, Any]:
    """Return a notification as the object of `schemas/notification-2.json`."""
    report = notification.report
    return {
        "schema": SCHEMA,
        "id": notification.id,
        "wiki": report.wiki,
        "run": report.run.id if report.run else None,
        "at": format_utc(report.generated_at),
        "subject": notification.subject,
        "counts": {
            "broken": len(notification.broken),
            "recovered": len(notification.recovered),
            "withheld": notification.withheld,
        },
        "broken": [_link_object(report, each) for each in notification.broken[:_MAX_LINKS]],
        "recovered": [_link_object(report, each) for each in notification.recovered[:_MAX_LINKS]],
    }


def to_text(notification: Notification, *, limit: int = _MAX_LINKS) -> str:
    """Return a notification as lines of plain text.

    Args:
        notification: What to write.
        limit: Maximum number of links in each part.
    """
    translate, lines = notification.translate, [notification.subject]
    for title, findings in (
        (translate("Newly broken:"), notification.broken),
        (translate("Recovered:"), notification.recovered),
    ):
        if findings:
            lines += ["", title, *_lines(findings, translate, limit=limit)]
    return "\n".join(lines) + "\n"


def to_chat(notification: Notification) -> dict[str, Any]:
    """Return a notification as the message of a Slack-compatible chat.

    Three characters are special in its text:
    https://docs.slack.dev/messaging/formatting-message-text
    """
    text = to_text(notification, limit=_MAX_LINKS_IN_CHAT)
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def to_html(notification: Notification) -> str:
    """Return a notification as a small HTML page for a mail, without scripts and remote content."""
    # Jinja2 takes long to import, and most runs have nothing to report.
    from reports.formats.html.template_environment import template_environment  # noqa: PLC0415

    translate = notification.translate
    parts = [
        (translate("Newly broken"), notification.broken[:_MAX_LINKS]),
        (translate("Recovered"), notification.recovered[:_MAX_LINKS]),
    ]
    template = template_environment().get_template("notification.html")
    return template.render(
        notification=notification,
        report=notification.report,
        parts=parts,
        translate=translate,
        describe_finding=describe_finding,
    )


def _changed_findings(
    report: Report, notified_runs: Collection[int], pending_runs: Collection[int]
) -> Sequence[Finding]:
    """Return the findings that changed in a run not reported yet."""
    sections = (Section.NEWLY_BROKEN, Section.MIRROR_BROKEN, Section.RECOVERED)
    candidates: Iterable[Finding] = chain.from_iterable(map(report.sections.__getitem__, sections))
    if pending_runs:  # these sections may lack changes of earlier runs
        candidates = report.findings
    changed = []
    for finding in candidates:
        run_id = finding.link.changed_run_id
        if run_id in pending_runs or (finding.new and run_id not in notified_runs):
            changed.append(finding)
    return changed


def _recovered_from_broken(finding: Finding) -> bool:
    """Return whether a link works that was confirmed broken before it changed."""
    works = finding.link.tracked_state.state in LIVING_STATES
    return works and finding.link.previous_state is State.BROKEN


def _may_name(finding: Finding, may_publish: Callable[[str], bool]) -> bool:
    """Return whether every URL that a notification may contain for a finding can be published."""
    link = finding.link
    proposed = (found.proposal.url for found in finding.proposals)
    urls = (link.url, link.original, link.final_url, *proposed)
    return all(may_publish(url) for url in urls if url)


def _identity(wiki: str, news: Sequence[Finding]) -> str:
    """Return a UUID that depends only on the wiki and on the changes."""
    changes = sorted(map(_change_key, news))
    name = "\n".join(("holdfast", wiki, *changes))
    return str(uuid5(NAMESPACE_URL, name.encode("utf-8", "replace").decode()))


def _change_key(finding: Finding) -> str:
    link, tracked = finding.link, finding.link.tracked_state
    return f"{link.role} {link.url} {tracked.state} {format_utc(tracked.state_since)}"


def _link_object(report: Report, finding: Finding) -> dict[str, Any]:
    link, tracked = finding.link, finding.link.tracked_state
    is_broken = tracked.state is State.BROKEN
    replacement = finding.replacement_url if link.role is Role.LINK else None
    citations = [
        {
            "page": place.page,
            "line": place.line,
            "source": source_link(report.source_url, place.page, place.line),
        }
        for place in distinct_places(link.citations)[:_MAX_CITATIONS]
    ]
    return {
        "url": plain_url(link.url),
        "role": link.role,
        "state": tracked.state,
        "reason": tracked.reason,
        "since": format_utc(tracked.first_failed_at if is_broken else tracked.state_since),
        "covered": finding.covered,
        "replacement": plain_url(replacement) if replacement else None,
        "citations": citations,
    }


def _lines(findings: Sequence[Finding], translate: Translator, *, limit: int) -> Iterator[str]:
    for finding in findings[:limit]:
        place, *others = distinct_places(finding.link.citations)
        more = f" {translate('and {number} more', number=len(others))}" if others else ""
        yield f"- {plain(place.page)}:{place.line}{more}  {plain_url(finding.link.url)}"
        yield f"  {describe_finding(finding, translate)}"
    if len(findings) > limit:
        yield f"- {translate('… and {number} more', number=len(findings) - limit)}"
