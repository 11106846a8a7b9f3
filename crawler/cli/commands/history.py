"""`holdfast history URL`: everything known of one URL over time."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.text import Text

from crawler.archives.link_identity import identify
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions, common_options
from crawler.cli.tables import open_console, table
from crawler.cli.text_format import format_time
from reports.descriptions import format_percent
from reports.labels import EVIDENCE_LABELS
from reports.redaction import cited_addresses, mask_secrets
from reports.sanitize import plain
from store.queries.link_history import (
    ArchiveEvent,
    SpanRecord,
    StoredProbe,
    archive_events,
    probes_of,
    spans_of,
)
from store.queries.links import LinkFinding, link_finding
from store.schema.engine import open_database
from store.work.comparisons import DriftFinding, drift_findings
from store.work.searches import StoredProposal, proposals_of


@click.command(
    epilog="""\b
Examples:
  holdfast history https://example.org/a
  holdfast history --probes 50 https://example.org/a
  holdfast history --diff https://example.org/a       what its page no longer says, or says now
"""
)
@click.argument("url")
@click.option(
    "--probes",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of the latest probes, request by request.",
)
@click.option(
    "--diff",
    is_flag=True,
    help="What differs between the page and the copy of what was cited, as last compared.",
)
@common_options
def command(common: CommonOptions, url: str, probes: int, diff: bool) -> ExitCode:
    """Tell everything known of URL: where it is cited, how it was over time, its probes, its mirrors, what archives said."""
    loaded = common.load()
    database = open_database(loaded.database_url)
    try:
        with database.read() as connection:
            known = [
                link_finding(connection, identify(url).key, wiki=wiki.config.wiki)
                for wiki in loaded.wikis()
            ]
            link = known[0]
            if link is None:
                raise CommandFailed(
                    f"{url} is not known here: no page scanned cites it, and it was never checked"
                )
            spans = spans_of(connection, link.id)
            cited = "\n".join(cited_addresses(each) for each in known if each)
            latest = mask_secrets(probes_of(connection, link.id, limit=probes), cited)
            contacts = mask_secrets(archive_events(connection, link.id), cited)
            proposals = mask_secrets(proposals_of(connection, [link.id]).get(link.id, ()), cited)
            drift = mask_secrets(drift_findings(connection, [link.id]).get(link.id), cited)
    finally:
        database.close()
    console = open_console()
    link = mask_secrets(link, cited)
    _show_standing(console, link)
    for place in (place for each in known if each for place in each.citations):
        console.print(Text("  " + plain(f"cited at {place.page}:{place.line}  {place.text}")))
    _show_spans(console, spans)
    for probe in latest:
        _show_probe(console, probe)
    _show_mirrors(console, link, contacts)
    for found in proposals:
        _show_proposal(console, found)
    if drift:
        _show_drift(console, drift, diff=diff)
    elif diff:
        console.print(
            "it was not compared with a copy yet: holdfast archive does so, some pages at a time",
            markup=False,
        )
    return ExitCode.OK


def _show_standing(console: Console, link: LinkFinding) -> None:
    standing = link.tracked_state
    console.print(Text(plain(link.url), style="bold"))
    if link.original:
        console.print(Text("  " + plain(f"an archive copy of {link.original}")))
    since = f" since {format_time(standing.state_since)}" if standing.state_since else ""
    reason = (
        f" ({standing.reason}{': ' + standing.detail if standing.detail else ''})"
        if standing.reason
        else ""
    )
    console.print(Text("  " + plain(f"{standing.state}{since}{reason}")))
    if standing.last_alive_at:
        console.print(Text(f"  last seen alive {format_time(standing.last_alive_at)}"))
    if standing.next_probe_at:
        console.print(Text(f"  asked again from {format_time(standing.next_probe_at)}"))


def _show_spans(console: Console, spans: Sequence[SpanRecord]) -> None:
    if not spans:
        return
    shown = table("from", "to", "verdict", "reason", "probes", right=["probes"])
    for span in spans:
        shown.add_row(
            format_time(span.first_at),
            format_time(span.last_at),
            span.verdict,
            span.reason,
            str(span.probes),
        )
    console.print(shown)


def _show_probe(console: Console, probe: StoredProbe) -> None:
    console.print(
        Text(
            plain(
                f"probe of {format_time(probe.started_at)} (run {probe.run_id}): {probe.verdict}, {probe.reason} {probe.detail}"
            )
        )
    )
    for request in probe.requests:
        answer = (
            str(request.status)
            if request.status is not None
            else f"{request.fault} {request.detail}"
        )
        target = f" to {request.headers['location']}" if "location" in request.headers else ""
        console.print(
            Text(
                "  "
                + plain(
                    f"{request.method:<4} {request.url}  {answer}{target}  {request.elapsed_ms} ms"
                )
            )
        )


def _show_mirrors(console: Console, link: LinkFinding, contacts: Sequence[ArchiveEvent]) -> None:
    for mirror in link.mirrors:
        console.print(
            Text(
                plain(f"mirror {mirror.url}  {mirror.origin}, {mirror.state} {mirror.reason or ''}")
            )
        )
    for contact in contacts:
        console.print(
            Text(
                plain(
                    f"{contact.service} on {format_time(contact.at)}: {contact.outcome} {contact.detail}"
                )
            )
        )


def _show_proposal(console: Console, found: StoredProposal) -> None:
    proposal = found.proposal
    alike = (
        f", {format_percent(proposal.similarity)} of its old text"
        if proposal.similarity is not None
        else ""
    )
    told = f"perhaps at {proposal.url}  confidence {format_percent(proposal.confidence)}{alike}, found {format_time(found.found_at)}"
    console.print(Text(plain(told)))
    for each in proposal.evidence:
        console.print(Text("  " + plain(f"{EVIDENCE_LABELS[each.kind]}: {each.detail}")))


def _show_drift(console: Console, drift: DriftFinding, *, diff: bool) -> None:
    kept = (
        f"{format_percent(drift.remaining_share)} of its text still stands on the page"
        if drift.remaining_share is not None
        else drift.detail
    )
    console.print(
        Text(plain(f"compared with {drift.mirror} on {format_time(drift.compared_at)}: {kept}"))
    )
    for sign, text in drift.passages if diff else ():
        console.print(Text(f"  {sign} " + plain(text), style="red" if sign == "-" else "green"))
