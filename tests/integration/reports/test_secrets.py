"""Test that no format has credentials of URLs, nor tokens that no page cites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.http.url_privacy import may_publish
from crawler.liveness import make_judgement
from reports.builder import build_report
from reports.formats import ReportFormat, render
from reports.model import GroupBy
from reports.notifications import make_notification, to_chat, to_html, to_json, to_text
from reports.report_scope import ReportScope
from reports.site import write_site
from store.schema.engine import Database
from store.vocabulary import (
    CaptureResult,
    CaptureStatus,
    DriftOutcome,
    EvidenceKind,
    InternalLink,
    Judgement,
    LookupOutcome,
    LookupResult,
    MoveEvidence,
    MoveProposal,
    Page,
    PageWarning,
    Reason,
    RetryWhen,
    SearchOutcome,
)
from store.work.archives.capture_results import record_capture
from store.work.archives.captures import due_captures, mark_requested, queue_captures
from store.work.archives.lookups import LookupTask, record_lookup
from store.work.comparisons import links_to_compare, record_comparison
from store.work.searches import record_search
from tests.integration.store.stored_history import DAY, START, StoredHistory

SECRET, CITED = "s3cr3tWORD", "0penT0KEN"
URL = f"https://reader:{SECRET}@a.example/?to=https%3A%2F%2Freader%3A{SECRET}%40b.example%2F%3Ftoken%3D{SECRET}&session={SECRET}"
GONE, MOVED, ALIVE, DEAD_COPY = (
    f"http://u:{SECRET}@{name}.example/?key={CITED}" for name in ("gone", "moved", "alive", "copy")
)
COPY = f"https://web.archive.org/web/20210805110426/{ALIVE}"
BAD_COPY = f"https://web.archive.org/web/20210805110426/{DEAD_COPY}"
PAGES = {
    "a.md": f"[{URL}]({GONE}) <{MOVED}> [x]({ALIVE} '{URL}') ([copy]({COPY}))\n\n<{BAD_COPY}>\n",
}


@pytest.fixture
def secretive(database: Database) -> StoredHistory:
    """Store a secret in every text that comes from a page, a server or an archive."""
    stored_history = StoredHistory(database, "notes")
    failing, at = make_judgement(Reason.NOT_FOUND, f"said {URL}", target=URL), START + 8 * DAY
    answers: dict[str, Reason | Judgement] = {
        GONE: failing,
        MOVED: make_judgement(Reason.MOVED_PERMANENTLY, f"to {URL}", target=URL),
        ALIVE: make_judgement(Reason.CANONICALISED, f"is {URL}", target=URL),
        COPY: Reason.OK,
        BAD_COPY: failing,
    }
    stored_history.run(START, pages=PAGES, answers=dict.fromkeys(answers, Reason.OK))
    for day in (1, 4):
        stored_history.run(START + day * DAY, answers=answers)
    run = stored_history.run(at, answers=answers)
    warned = Page(
        path=f"https://reader:{SECRET}@wiki.example/a",
        sha256="0",
        internal_links=(
            InternalLink(
                page="b",
                line=1,
                column=1,
                start=0,
                end=1,
                target=f"//u:{SECRET}@x/y",
                text=f"http://u:{SECRET}@x",
                broken="missing-page",
            ),
        ),
        warnings=(
            PageWarning(
                page="b", line=0, code="odd", message=f"http://reader:{SECRET}@a.example/ is odd"
            ),
        ),
    )
    stored_history.store(run, at, [warned])
    _archives(stored_history, run)
    return stored_history


def _archives(stored_history: StoredHistory, run: int) -> None:
    at, link_id = START + 8 * DAY, stored_history.link_id(GONE)
    with stored_history.database.write() as connection:
        task = LookupTask(link_id=link_id, url=GONE, target_time=START)
        unknown = LookupResult(outcome=LookupOutcome.UNKNOWN, detail=f"504 at {URL}")
        record_lookup(
            connection,
            stored_history.link_registry(connection, run, at),
            task,
            unknown,
            service="wayback",
            run_id=run,
            at=at,
            next_lookup_at=at + DAY,
        )
        queue_captures(
            connection, [stored_history.link_id(ALIVE)], service="wayback", run_id=run, at=at
        )
        for capture in due_captures(connection, "wayback", now=at, limit=9):
            answer = CaptureResult(
                status=CaptureStatus.FAILED,
                code="error:x",
                detail=f"blocked {URL}",
                retry=RetryWhen.NEVER,
                observed_reason=Reason.NOT_FOUND,
            )
            mark_requested(connection, capture.capture_id, at=at)
            record_capture(
                connection,
                stored_history.link_registry(connection, run, at),
                capture,
                answer,
                at=at,
                next_try_at=None,
            )
        evidence = (
            MoveEvidence(EvidenceKind.REDIRECT, URL),
            MoveEvidence(EvidenceKind.TITLE, f"“{URL}” at {URL}"),
        )
        found = MoveProposal(
            url=URL, confidence=0.9, similarity=0.9, evidence=evidence, compared_with=URL
        )
        record_search(
            connection,
            link_id,
            SearchOutcome.FOUND,
            [found],
            detail=URL,
            run_id=run,
            at=at,
            next_search_at=at + DAY,
        )
        for drifted in links_to_compare(connection, services={"wayback"}, now=at, limit=9):
            passages = [("-", f"was at {URL}"), ("+", f"is at {URL}")]
            record_comparison(
                connection,
                drifted,
                DriftOutcome.CHANGED,
                remaining_share=0.1,
                detail=URL,
                passages=passages,
                run_id=run,
                at=at,
                next_comparison_at=at + DAY,
            )


@pytest.fixture
def secret_scope() -> ReportScope:
    return ReportScope(wiki="notes", now=START + 9 * DAY, group_by=GroupBy.PAGE)


@pytest.mark.parametrize("form", ReportFormat)
def test_no_format_contains_a_secret(
    secretive: StoredHistory, secret_scope: ReportScope, form: ReportFormat
) -> None:
    with secretive.database.read() as connection:
        text = "".join(render(build_report(connection, secret_scope), form))
    assert SECRET not in text
    # A manifest has only the URLs that need a copy, or have one.
    assert ("alive.example" if form is ReportFormat.MANIFEST else "gone.example") in text


def test_no_page_of_a_site_contains_a_secret(
    secretive: StoredHistory, secret_scope: ReportScope, tmp_path: Path
) -> None:
    with secretive.database.read() as connection:
        write_site(build_report(connection, secret_scope), tmp_path / "site")
    files = [file for file in (tmp_path / "site").rglob("*") if file.is_file()]
    assert len(files) > len(PAGES)
    assert [
        file.name
        for file in files
        if SECRET in file.read_text(encoding="utf-8") or SECRET in file.name
    ] == []


def test_no_notification_contains_a_secret_and_private_links_are_withheld(
    secretive: StoredHistory, secret_scope: ReportScope
) -> None:
    with secretive.database.read() as connection:
        report = build_report(connection, secret_scope)
        withheld = make_notification(report, may_publish=may_publish)
        named = make_notification(report, may_publish=lambda _: True)
    assert withheld
    assert (withheld.withheld, withheld.broken) == (2, [])
    for notice in filter(None, (withheld, named)):
        for text in (
            json.dumps(to_json(notice)),
            json.dumps(to_chat(notice)),
            to_text(notice),
            to_html(notice),
            notice.subject,
        ):
            assert SECRET not in text


def test_tokens_that_pages_cite_stay_readable(
    secretive: StoredHistory, secret_scope: ReportScope
) -> None:
    with secretive.database.read() as connection:
        rows = [
            json.loads(line)
            for line in "".join(
                render(build_report(connection, secret_scope), ReportFormat.JSONL)
            ).splitlines()
        ]
    by_host = {row["host"]: row for row in rows}
    assert by_host["gone.example"]["url"] == f"http://gone.example/?key={CITED}"
    assert by_host["moved.example"]["final_url"].startswith(
        "https://a.example/?to=https%3A%2F%2Fb.example%2F%3Ftoken%3DREDACTED"
    )
    assert by_host["moved.example"]["final_url"].endswith("&session=REDACTED")
