"""Test reports built from a store with a week of history."""

from __future__ import annotations

import gc
import json
import random
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from reports.builder import build_report, paused_garbage_collection
from reports.findings.outline import DEFAULT_LIMIT, outline_of
from reports.findings.todo import by_action, is_confirmed, to_do_findings
from reports.formats import ReportFormat, render
from reports.model import Action, Report, Section
from reports.report_scope import ReportScope
from reports.summary import SummaryLine, summarize
from reports.threshold import FailOn
from store.schema.engine import Database
from store.schema.models import CitationRow, LinkRow, MirrorRow, RunRow
from store.schema.models import ProposalRow as StoredProposal
from store.vocabulary import (
    MirrorQuality,
    MoveProposal,
    Reason,
    Role,
    SearchOutcome,
    State,
    Verdict,
)
from store.work.runs import RunOutcome
from store.work.searches import record_search
from tests.integration.reports.conftest import BAD_COPY, COVERED, COVERED_COPY, GONE, WAYBACK
from tests.integration.store.stored_history import DAY, START, StoredHistory
from tests.schemas import validator

GOLDEN = Path(__file__).with_name("golden")
FIELDS = (
    *(
        "schema",
        "run",
        "wiki",
        "url",
        "role",
        "original",
        "host",
        "state",
        "verdict",
        "reason",
        "detail",
        "status_code",
        "final_url",
    ),
    *(
        "redirects",
        "checked_at",
        "state_since",
        "first_failed_at",
        "last_alive_at",
        "next_probe_at",
        "consecutive_failures",
        "new",
    ),
    *("citations", "mirrors", "best_mirror", "covered", "action"),
)


def written(database: Database, scope: ReportScope, form: ReportFormat) -> str:
    with database.read() as connection:
        return "".join(render(build_report(connection, scope), form))


def rows(database: Database, scope: ReportScope) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in written(database, scope, ReportFormat.JSONL).split("\n")[:-1]
    ]


def urls(report: Report) -> dict[Section, list[str]]:
    return {
        section: [finding.link.url for finding in findings]
        for section, findings in report.sections.items()
        if findings
    }


# --- the report itself ---


@pytest.mark.usefixtures("week")
def test_each_finding_is_in_the_sections_of_its_state(
    database: Database, scope: ReportScope
) -> None:
    with database.read() as connection:
        report = build_report(connection, scope)
        totals = build_report(connection, scope).totals  # without reading the findings
        assert {role: sum(states.values()) for role, states in totals.items()} == {
            Role.LINK: 9,
            Role.MIRROR: 2,
        }
        assert len(list(report.findings)) == len(list(report.findings)) == 11
        assert report.totals == totals
    assert urls(report) == {
        Section.NEWLY_BROKEN: [GONE],
        Section.BROKEN: ["http://lost.example/stop"],
        Section.SUSPECT: ["http://failing.example/new"],
        Section.MIRROR_BROKEN: [BAD_COPY],
        Section.MOVED: ["http://moved.example/table"],
        Section.BLOCKED: ["http://wall.example/board"],
        Section.RECOVERED: ["http://back.example/again"],
        Section.WITHOUT_MIRROR: [
            *(
                "http://moved.example/table",
                "http://wall.example/board",
                "http://lost.example/stop",
                "http://back.example/again",
            ),
            *("http://paused.example/z", "http://failing.example/new"),
        ],
        Section.NOT_CHECKED: ["http://paused.example/z"],
        Section.COVERED: [COVERED],
    }
    assert report.run is not None
    assert report.compared_with is not None
    assert (report.run.id, report.compared_with.id) == (5, 4)


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    ("changes", "newly_broken", "broken"),
    [
        ({"since": 3}, {GONE, "http://lost.example/stop"}, set()),
        ({"since": 0}, {GONE, "http://lost.example/stop"}, set()),
        ({"since": 5}, set(), {GONE, "http://lost.example/stop"}),
        (
            {"run_id": 4},
            {GONE, "http://lost.example/stop"},
            set(),
        ),  # the present store, compared with the run before that one
        ({"wiki": "other"}, set(), set()),
    ],
)
def test_new_is_measured_from_the_requested_run(
    database: Database,
    scope: ReportScope,
    changes: dict[str, Any],
    newly_broken: set[str],
    broken: set[str],
) -> None:
    with database.read() as connection:
        output = urls(build_report(connection, replace(scope, **changes)))
    assert set(output.get(Section.NEWLY_BROKEN, [])) == newly_broken
    assert set(output.get(Section.BROKEN, [])) == broken


@pytest.mark.usefixtures("week")
def test_only_new_leaves_out_what_did_not_change(database: Database, scope: ReportScope) -> None:
    new = {row["url"] for row in rows(database, replace(scope, only_new=True))}
    assert new == {
        GONE,
        COVERED,
        BAD_COPY,
        "http://failing.example/new",
        "http://back.example/again",
    }


@pytest.mark.usefixtures("week")
def test_only_new_applies_to_archives_too(database: Database, scope: ReportScope) -> None:
    def shown(scope: ReportScope) -> tuple[list[str], list[str]]:
        with database.read() as connection:
            report = build_report(connection, scope)
            return [lookup.url for lookup in report.failed_lookups], [
                cover.url for cover in report.single_copies
            ]

    lookups, thin = shown(scope)
    assert lookups == ["http://lamp.example/"]
    assert COVERED in thin
    new_lookups, new_thin = shown(replace(scope, only_new=True))
    assert new_lookups == []  # that link lives as it did
    assert set(new_thin) == set(thin) & {GONE, COVERED}


def test_an_address_found_since_is_new_too(
    database: Database, week: StoredHistory, scope: ReportScope
) -> None:
    def shown(at: datetime) -> set[str]:
        proposal = MoveProposal(
            url="http://lost.example/2026/stop", confidence=0.9, similarity=0.9, evidence=()
        )
        with week.database.write() as connection:
            connection.execute(delete(StoredProposal))
            link_id = week.link_id("http://lost.example/stop")
            record_search(
                connection,
                link_id,
                SearchOutcome.FOUND,
                [proposal],
                detail="",
                run_id=1,
                at=at,
                next_search_at=at + DAY,
            )
        return {
            row["url"]
            for row in rows(database, replace(scope, only_new=True))
            if "possibly_moved" in row
        }

    assert shown(START + 5 * DAY) == set()
    assert shown(START + 7 * DAY) == {"http://lost.example/stop"}


def test_changes_are_still_new_after_an_interrupted_run(
    database: Database, week: StoredHistory, scope: ReportScope
) -> None:
    week.run(START + 8 * DAY, outcome=RunOutcome.NETWORK_DOWN)
    week.run(START + 8 * DAY, outcome=RunOutcome.INTERRUPTED)
    with database.read() as connection:
        assert urls(build_report(connection, scope))[Section.NEWLY_BROKEN] == [GONE]
    week.run(START + 9 * DAY)
    with database.read() as connection:
        assert Section.NEWLY_BROKEN not in urls(build_report(connection, scope))


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    ("limit", "exceeded"), [(limit, limit is not FailOn.NEVER) for limit in FailOn]
)
def test_the_week_exceeds_every_threshold_but_never(
    database: Database, scope: ReportScope, limit: FailOn, exceeded: bool
) -> None:
    with database.read() as connection:
        assert limit.exceeded(build_report(connection, scope)) is exceeded


@pytest.mark.usefixtures("week")
def test_summary_puts_first_what_can_be_fixed(database: Database, scope: ReportScope) -> None:
    with database.read() as connection:
        summary = summarize(build_report(connection, scope), limit=1)
    assert summary.actions == {Action.FIX: 1, Action.PERSON: 2}
    assert summary.to_do == [
        SummaryLine(
            place="city/夜间轮渡.md:7",
            more_places=1,
            url=GONE,
            reason="page not found",
            replacement=f"{WAYBACK}/20210910000000/{GONE}",
            is_new=True,
        )
    ]
    assert (
        summary.sections[Section.NEWLY_BROKEN],
        summary.sections[Section.SUSPECT],
        summary.sections[Section.MIRROR_BROKEN],
    ) == (
        1,
        1,
        1,
    )
    assert summary.not_checked == {"host paused after too many failures in this run": 1}
    assert (summary.internal_links, summary.warnings) == (1, 1)


# --- Markdown ---


@pytest.mark.usefixtures("week")
def test_markdown_of_the_week_equals_its_golden_file(
    database: Database, scope: ReportScope
) -> None:
    assert written(database, scope, ReportFormat.MARKDOWN) == (GOLDEN / "week.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.usefixtures("week")
def test_less_trusted_services_have_a_section_for_only_copies(
    database: Database, scope: ReportScope
) -> None:
    text = written(
        database, replace(scope, less_trusted_services=("wayback",)), ReportFormat.MARKDOWN
    )
    assert "## Only archive copy on a less trusted service (1)" in text
    assert "## Only one archive copy" not in text


def test_markdown_of_an_empty_store_states_that(database: Database, scope: ReportScope) -> None:
    text = written(database, scope, ReportFormat.MARKDOWN)
    assert "No run has checked this wiki yet." in text
    assert written(database, scope, ReportFormat.JSONL) == ""


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (RunOutcome.NETWORK_DOWN, "no links were checked and no states changed"),
        (RunOutcome.DEADLINE, "the next run checks the remaining links"),
    ],
)
def test_markdown_shows_how_its_run_ended(
    database: Database, scope: ReportScope, outcome: RunOutcome, message: str
) -> None:
    run = StoredHistory(database, "notes").run(START, outcome=outcome)
    assert (
        message
        in written(database, replace(scope, run_id=run), ReportFormat.MARKDOWN).splitlines()[2]
    )


# --- JSON Lines ---


@pytest.mark.usefixtures("week")
def test_every_line_holds_to_the_published_schema(database: Database, scope: ReportScope) -> None:
    output = rows(database, scope)
    assert len(output) == 11
    for row in output:
        validator("report-2.json").validate(row)
        assert tuple(row) == FIELDS


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    "fault",
    [
        {"schema": 1},
        {"state": "dead"},
        {"checked_at": "2026-03-09 03:00"},
        {"citations": []},
        {"more": 1},
        {"reason": "tired"},
    ],
)
def test_the_schema_refuses_unknown_fields_and_values(
    database: Database, scope: ReportScope, fault: dict[str, Any]
) -> None:
    row = rows(database, scope)[0]
    assert validator("report-2.json").is_valid(row)
    assert not validator("report-2.json").is_valid(row | fault)


@pytest.mark.usefixtures("week")
def test_the_json_line_of_a_broken_link_has_every_field(
    database: Database, scope: ReportScope
) -> None:
    (row,) = (row for row in rows(database, scope) if row["url"] == GONE)
    copies = [f"{WAYBACK}/{stamp}/{GONE}" for stamp in ("20150101000000", "20210910000000")]
    assert row == {
        "schema": 2,
        "run": 5,
        "wiki": "notes",
        "url": GONE,
        "role": "link",
        "original": None,
        "host": "gone.example",
        "state": "broken",
        "verdict": "broken",
        "reason": "not-found",
        "detail": "404",
        "status_code": None,
        "final_url": GONE,
        "redirects": 0,
        "checked_at": "2026-03-09T03:00:00Z",
        "state_since": "2026-03-09T03:00:00Z",
        "first_failed_at": "2026-03-02T03:00:00Z",
        "last_alive_at": None,
        "next_probe_at": "2026-03-23T03:00:00Z",
        "consecutive_failures": 3,
        "new": True,
        "citations": [
            {
                "page": "city/夜间轮渡.md",
                "line": 7,
                "column": 11,
                "url": GONE,
                "text": "旧 报道",
                "accessed": None,
            },
            {
                "page": "lamp_post.md",
                "line": 4,
                "column": 59,
                "url": GONE,
                "text": "ferry",
                "accessed": None,
            },
        ],
        "mirrors": [
            {
                "url": url,
                "service": "wayback",
                "timestamp": url[28:42],
                "captured_at": f"{url[28:32]}-{url[32:34]}-{url[34:36]}T00:00:00Z",
                "distance_days": None,
                "origin": "found",
                "verdict": "alive",
                "reason": "ok",
                "verified_at": "2026-03-09T03:00:00Z",
                "shown_capture": None,
                "spelling": "same",
                "parts": None,
            }
            for url in copies
        ],
        "best_mirror": copies[1],
        "covered": False,
        "action": "fix",
    }


@pytest.mark.usefixtures("week")
def test_json_lines_have_the_dates_redirects_and_roles_of_the_store(
    database: Database, scope: ReportScope
) -> None:
    output = {row["url"]: row for row in rows(database, scope)}
    assert output["http://lost.example/stop"]["citations"][0]["accessed"] == "2021-08-03"
    assert (
        output["http://moved.example/table"]["final_url"],
        output["http://moved.example/table"]["redirects"],
    ) == (
        "http://moved.example/2026/table",
        1,
    )
    assert (output[COVERED_COPY]["role"], output[COVERED_COPY]["original"]) == ("mirror", COVERED)
    assert {row["state"] for row in output.values()} == {
        State.ALIVE,
        State.MOVED,
        State.BROKEN,
        State.SUSPECT,
        State.BLOCKED,
        State.UNSURE,
    }


def test_line_breaks_from_pages_and_servers_do_not_break_report_lines(
    database: Database, week: StoredHistory, scope: ReportScope
) -> None:
    hostile = '\x1b[31m"\n\r\x85\u2028\u2029\u202e\u2066\x7f\ufeff</script>微信'
    with week.database.write() as connection:
        connection.execute(update(CitationRow).values(text=hostile))
        connection.execute(update(LinkRow).values(detail=hostile))
    lines = written(database, scope, ReportFormat.JSONL).splitlines()
    assert len(lines) == 11
    for line in lines:
        assert line.isprintable()
        row = json.loads(line)
        validator("report-2.json").validate(row)
        assert row["detail"] == row["citations"][0]["text"] == hostile
        assert "微信" in line


@pytest.mark.usefixtures("week")
def test_json_lines_are_in_the_order_of_link_ids(database: Database, scope: ReportScope) -> None:
    ids = {}
    with database.read() as connection:
        for finding in build_report(connection, scope).findings:
            ids[finding.link.url] = finding.link.id
    order = [ids[row["url"]] for row in rows(database, scope)]
    assert all(before < after for before, after in pairwise(order))


def test_garbage_collection_resumes_after_a_format_is_written() -> None:
    with paused_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.usefixtures("week")
def test_a_report_of_some_pages_omits_the_others(database: Database, scope: ReportScope) -> None:
    only = replace(scope, pages=frozenset({"lamp_post.md"}))
    with database.read() as connection:
        report = build_report(connection, only)
        cited = {place.page for finding in report.findings for place in finding.link.citations}
        assert cited == {"lamp_post.md"}
        assert {finding.link.url for finding in report.findings} == {
            *("http://lamp.example/", COVERED, COVERED_COPY),
            *("http://failing.example/new", GONE),
        }
        assert report.totals == {
            Role.LINK: {State.ALIVE: 1, State.SUSPECT: 1, State.BROKEN: 2},
            Role.MIRROR: {State.ALIVE: 1},
        }
        assert {lookup.url for lookup in report.failed_lookups} == {"http://lamp.example/"}
        assert {capture.url for capture in report.captures} == {"http://lamp.example/"}
        assert not report.internal_links
        assert not report.warnings


# --- the outline


@pytest.mark.usefixtures("week")
def test_counts_by_the_database_equal_counts_of_findings(
    database: Database, scope: ReportScope
) -> None:
    for number in range(30):
        pick = random.Random(number)
        shuffle_states(database, pick)
        with database.read() as connection:
            report = build_report(connection, replace(scope, since=pick.choice((None, 0, 1, 3))))
            assert report.outline is not None
            counted = report.outline()
            expected = outline_of(replace(report, outline=None))
            assert report.outline() is counted
            to_do = to_do_findings(report)
            groups = by_action(to_do)
            mirrors = report.sections[Section.MIRROR_BROKEN]
            failing = [*report.sections[Section.SUSPECT], *mirrors]
        assert counted.actions == {action: len(found) for action, found in groups.items()}
        assert counted.new_to_do == sum(finding.new for finding in to_do)
        assert counted.failing == sum(not is_confirmed(finding) for finding in failing)
        first = [finding.link.id for finding in counted.to_do_first]
        assert first == [finding.link.id for finding in to_do[:DEFAULT_LIMIT]]
        assert dict(counted.sections) == dict(expected.sections), number
        assert dict(counted.not_checked) == dict(expected.not_checked), number
        shown = {
            section: [(one.link, one.new, one.best_mirror, one.covered) for one in found]
            for section, found in expected.listed.items()
        }
        assert {
            section: [
                (one.link, one.new, one.best_mirror, one.covered)
                for one in counted.listed.get(section, ())
            ]
            for section in shown
        } == shown, number


def shuffle_states(database: Database, pick: random.Random) -> None:
    """Set a random state for every link and mirror."""
    with database.write() as connection:
        runs = connection.scalars(select(RunRow.id)).all()
        for link_id in connection.scalars(select(LinkRow.id)).all():
            values = {
                "state": pick.choice(list(State)),
                "verdict": pick.choice([None, *Verdict]),
                "reason": pick.choice([None, *Reason]),
                "previous_state": pick.choice([None, *State]),
                "changed_run_id": pick.choice([None, *runs]),
                "warnings": pick.choice(
                    [(), ("other-capture",), ("expired-certificate", "other-capture"), ("other",)]
                ),
            }
            connection.execute(update(LinkRow).where(LinkRow.id == link_id).values(values))
        for mirror_id in connection.scalars(select(MirrorRow.id)).all():
            status = pick.choice([None, 200, 404])
            quality = pick.choice(list(MirrorQuality))
            connection.execute(
                update(MirrorRow)
                .where(MirrorRow.id == mirror_id)
                .values(status_at_capture=status, quality=quality)
            )


@pytest.mark.usefixtures("week")
def test_an_outline_of_read_findings_sends_no_query(database: Database, scope: ReportScope) -> None:
    with database.read() as connection:
        report = build_report(connection, scope)
        assert report.outline is not None
        read = {section: len(found) for section, found in report.sections.items()}
        counted = report.outline()
    assert dict(counted.sections) == read
