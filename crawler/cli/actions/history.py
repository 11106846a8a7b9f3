"""Run `holdfast history`: print everything stored about one URL."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from crawler.archives.link_identity import identify
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.language import report_language
from crawler.cli.stored_data import require_database
from crawler.cli.terminal.tables import open_console, table
from crawler.config import LoadedConfig
from crawler.jobs.configured_database import open_configured_database
from reports.findings.descriptions import format_percent, missing_parts_sentence
from reports.i18n import Lang, Translator, translator_for
from reports.mirror_choice import is_rejected
from reports.places import distinct_places
from reports.redaction import cited_addresses, mask_secrets
from reports.wording.details import translate_detail
from reports.wording.labels import EVIDENCE_LABELS, REASON_LABELS
from reports.wording.sanitize import plain
from reports.wording.time_format import format_time
from store.queries.link_history import (
    ArchiveEvent,
    SpanRecord,
    StoredProbe,
    archive_events,
    probes_of,
    spans_of,
)
from store.queries.link_records import CitedPlace, LinkFinding
from store.queries.links import link_finding
from store.vocabulary import FRAGMENT_MISSING, LookupOutcome, ProbeRequest, Reason
from store.work.comparisons import DriftFinding, drift_findings
from store.work.searches import StoredProposal, proposals_of


class _LinkHistory(Struct, frozen=True, kw_only=True):
    """Everything stored about one link, secrets masked."""

    link: LinkFinding
    citations: Sequence[CitedPlace]
    spans: Sequence[SpanRecord]
    probes: Sequence[StoredProbe]
    archive_events: Sequence[ArchiveEvent]
    proposals: Sequence[StoredProposal]
    drift: DriftFinding | None


def execute(
    common: CommonOptions, *, url: str, probes: int, diff: bool, lang: str | None
) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.history`.

    Returns:
        The exit code.

    Raises:
        CommandFailed: There is no database, or the URL is not in it.
    """
    loaded = common.load_as_written()
    require_database(loaded)
    history = _read_history(loaded, url, max_probes=probes)
    if history is None:
        raise CommandFailed(
            f"{url} is unknown: no scanned page cites it, and it was never checked: "
            "scan the page with holdfast scan, or check it with holdfast check"
        )
    console = open_console()
    translate = translator_for(report_language(loaded, lang))
    _show_state(console, history.link, translate)
    for citation in history.citations:
        place = f"cited at {citation.page}:{citation.line}  {citation.text}"
        console.print(Text("  " + plain(place)))
    _show_spans(console, history.spans)
    for probe in history.probes:
        _show_probe(console, probe, translate)
    _show_mirrors(console, history.link, history.archive_events, translate)
    for stored in history.proposals:
        _show_proposal(console, stored, translate)
    if history.drift:
        _show_drift(console, history.drift, translate, diff=diff)
    elif diff:
        console.print(
            "not yet compared with an archive copy: holdfast archive compares some pages per run",
            markup=False,
        )
    return ExitCode.OK


def _read_history(loaded: LoadedConfig, url: str, *, max_probes: int) -> _LinkHistory | None:
    """Read everything about a link and its last probes from the store; None if it is unknown."""
    key = identify(url).key
    database = open_configured_database(loaded)
    try:
        with database.read() as connection:
            by_wiki = [
                link_finding(connection, key, wiki=wiki.config.wiki) for wiki in loaded.wikis()
            ]
            findings = [link for link in by_wiki if link]
            if not by_wiki[0]:
                return None
            # The wikis share the link; they differ in the citations only.
            link_id = by_wiki[0].id
            history = _LinkHistory(
                link=by_wiki[0],
                citations=[place for link in findings for place in distinct_places(link.citations)],
                spans=spans_of(connection, link_id),
                probes=probes_of(connection, link_id, limit=max_probes),
                archive_events=archive_events(connection, link_id),
                proposals=proposals_of(connection, [link_id]).get(link_id, ()),
                drift=drift_findings(connection, [link_id]).get(link_id),
            )
    finally:
        database.close()
    return mask_secrets(history, "\n".join(cited_addresses(link) for link in findings))


def _show_state(console: Console, link: LinkFinding, translate: Translator) -> None:
    """Print the URL of a link, its state and the reason, and when it was and will be probed."""
    state = link.tracked_state
    console.print(Text(plain(link.url), style="bold"))
    if link.original:
        console.print(Text("  " + plain(f"an archive copy of {link.original}")))
    since = f" since {format_time(state.state_since)}" if state.state_since else ""
    reason = _in_brackets(state.reason, translate_detail(state.detail, translate))
    console.print(Text("  " + plain(f"{state.state}{since}{reason}")))
    for fragment in link.missing_fragments:
        console.print(Text("  " + plain(f"{FRAGMENT_MISSING}: the page has no part #{fragment}")))
    if state.last_alive_at:
        console.print(Text(f"  last seen alive {format_time(state.last_alive_at)}"))
    if state.next_probe_at:
        console.print(Text(f"  next probe due {format_time(state.next_probe_at)}"))


def _show_spans(console: Console, spans: Sequence[SpanRecord]) -> None:
    """Print a table of the periods in which all probes had the same verdict."""
    if not spans:
        return
    span_table = table("from", "to", "verdict", "reason", "probes", right=["probes"])
    for span in spans:
        period = format_time(span.first_at), format_time(span.last_at)
        span_table.add_row(*period, span.verdict, span.reason, str(span.probes))
    console.print(span_table)


def _show_probe(console: Console, probe: StoredProbe, translate: Translator) -> None:
    """Print a probe with its verdict, and its requests one a line."""
    reason = _in_brackets(probe.reason, translate_detail(probe.detail, translate))
    result = f"{probe.verdict}{reason}"
    header = f"probe of {format_time(probe.started_at)} (run {probe.run_id}): {result}"
    console.print(Text(plain(header)))
    for fragment in probe.evidence.missing_fragments if probe.evidence else ():
        console.print(Text("  " + plain(f"{FRAGMENT_MISSING}: #{fragment}")))
    for request in probe.requests:
        console.print(Text("  " + plain(_describe_request(request))))


def _in_brackets(reason: Reason | None, detail: str = "") -> str:
    """Return " (reason: detail)", without the detail if it is empty; "" without a reason."""
    if reason is None:
        return ""
    return f" ({reason}: {detail})" if detail else f" ({reason})"


def _describe_request(request: ProbeRequest) -> str:
    """Return a line with the method, the URL, the response or fault, and the milliseconds."""
    response = str(request.status)
    if request.status is None:
        response = f"{request.fault} {request.detail}"
    target = f" to {request.headers['location']}" if "location" in request.headers else ""
    return f"{request.method:<4} {request.url}  {response}{target}  {request.elapsed_ms} ms"


def _show_mirrors(
    console: Console,
    link: LinkFinding,
    events: Sequence[ArchiveEvent],
    translate: Translator,
) -> None:
    """Print the archive copies of a link, and the results of lookups and captures."""
    for mirror in link.mirrors:
        state = f"{mirror.origin}, {mirror.state}{_in_brackets(mirror.reason)}"
        missing = missing_parts_sentence(mirror, translate)
        flaw = ""
        if is_rejected(mirror):
            problem = _translate_flaw(mirror.flaw, translate)
            flaw = f"{translate('not usable')}{translate(': ')}{problem}"
        about = "; ".join(filter(None, (state, missing, flaw)))
        console.print(Text(plain(f"archive copy {mirror.url}  {about}")))
    for event in events:
        kind = "lookup" if isinstance(event.outcome, LookupOutcome) else "capture"
        outcome = f"{event.outcome} {translate_detail(event.detail, translate)}"
        line = f"{kind} at {event.service} on {format_time(event.at)}: {outcome}"
        console.print(Text(plain(line)))


def _translate_flaw(flaw: str, translate: Translator) -> str:
    """Return what is wrong with a copy: a detail, or a reason with its detail."""
    reason, _, detail = flaw.partition(": ")
    if not flaw:
        return translate("the copy does not show the page")
    if translate.lang is Lang.EN:
        return flaw
    if reason not in tuple(Reason):
        return translate_detail(flaw, translate)
    explained = translate_detail(detail, translate)
    label = translate(REASON_LABELS[Reason(reason)])
    return f"{label}{translate(': ')}{explained}" if explained else label


def _show_proposal(console: Console, stored: StoredProposal, translate: Translator) -> None:
    """Print a possible new address with its confidence and evidence."""
    proposal = stored.proposal
    confidence = f"confidence {format_percent(proposal.confidence)}"
    similarity = ""
    if proposal.similarity is not None:
        similarity = f", {format_percent(proposal.similarity)} of the old text"
    found = f"found {format_time(stored.found_at)}"
    line = f"possibly moved to {proposal.url}  {confidence}{similarity}, {found}"
    console.print(Text(plain(line)))
    for evidence in proposal.evidence:
        label = translate(EVIDENCE_LABELS[evidence.kind])
        detail = translate_detail(evidence.detail, translate)
        console.print(Text("  " + plain(f"{label}{translate(': ')}{detail}")))


def _show_drift(
    console: Console, drift: DriftFinding, translate: Translator, *, diff: bool
) -> None:
    """Print how much of the memento's text the page still has; with `diff`, what differs."""
    result = translate_detail(drift.detail, translate)
    if drift.remaining_share is not None:
        result = f"{format_percent(drift.remaining_share)} of its text is still on the page"
    line = f"compared with {drift.mirror} on {format_time(drift.compared_at)}: {result}"
    console.print(Text(plain(line)))
    for sign, text in drift.passages if diff else ():
        style = "red" if sign == "-" else "green"
        console.print(Text(f"  {sign} " + plain(text), style=style))
