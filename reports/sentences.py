"""One finding in one line of plain text, for formats that have no room for more. Safe on a terminal; each format escapes it besides."""

from __future__ import annotations

from datetime import UTC, datetime

from reports import phrases
from reports.plain import plain, plain_url
from reports.records import Finding
from store.findings import LinkFinding
from store.vocabulary import Role, Standing, State


def sentence(finding: Finding) -> str:
    """Say what is the matter with a link, since when, and what to do about it."""
    return "; ".join(filter(None, (fault(finding.link.standing), _since(finding.link), advice(finding))))


def fault(standing: Standing) -> str:
    """Say a reason in words, with the details and the reservation that belong to it.

    >>> from store.vocabulary import Reason
    >>> fault(Standing(reason=Reason.NOT_FOUND, detail="404"))
    'the server has no such page (404)'
    """
    detail = f" ({plain(standing.detail)})" if standing.detail else ""
    note = f", but {phrases.OF_NOTE.get(standing.note, plain(standing.note))}" if standing.note else ""
    return f"{phrases.why(standing)}{detail}{note}"


def advice(finding: Finding) -> str:
    """Say what could be done; empty where nothing needs doing."""
    link = finding.link
    if link.standing.state is State.MOVED:
        return f"now at {plain_url(link.final_url)}" if link.final_url else ""
    if link.standing.state not in {State.SUSPECT, State.BROKEN}:
        return ""
    if finding.covered and link.role is Role.LINK:
        return "every place that cites it points to a living copy already"
    return (
        f"could stand in: {plain_url(finding.best_mirror.url)}" if finding.best_mirror else "no archive copy is known that could stand in"
    )


def named(link: LinkFinding) -> str:
    """Give a link the name its first author gave it, else its address."""
    return next((text for place in link.citations if (text := plain(place.text, 80))), "") or plain_url(link.url)


def utc(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 (RFC 3339) in UTC, to the second.

    >>> utc(datetime(2026, 3, 2, 3, 0, 0, 250_000, tzinfo=UTC))
    '2026-03-02T03:00:00Z'
    """
    if moment is None:
        return None
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()[:19] + "Z"


def percent(share: float) -> str:
    """Write a share as a person would.

    >>> percent(0.876)
    '88 %'
    """
    return f"{round(100 * share)} %"


def _since(link: LinkFinding) -> str:
    moment = link.standing.first_failed_at if link.standing.state in {State.SUSPECT, State.BROKEN} else None
    return f"failing since {moment.astimezone(UTC):%Y-%m-%d}" if moment else ""
