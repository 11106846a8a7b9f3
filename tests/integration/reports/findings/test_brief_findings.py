"""Test that a table of all links is the same whether or not ordinary links are read in brief."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, String, insert, select, type_coerce, update

from benchmarks.generated_report import fill
from benchmarks.generated_rows import NOW
from reports.builder import build_report
from reports.formats import ReportFormat, render
from reports.i18n import Lang
from reports.model import Acknowledgement, OrdinaryFinding
from reports.report_scope import ReportScope
from store.errors import DatabaseDamaged
from store.schema.engine import Database
from store.schema.models import (
    CitationRow,
    LinkRow,
    LookupRow,
    MirrorRow,
    PageRow,
    ProbeRow,
    SpanRow,
)
from store.vocabulary import (
    CUT_OFF,
    OTHER_CAPTURE,
    LookupOutcome,
    MirrorQuality,
    Reason,
    Spelling,
    State,
    Verdict,
)

LINKS = 300
SCOPE = ReportScope(wiki="notes", now=NOW, lang=Lang.ZH, less_trusted_services=("wayback",))

BLOCKED = {"state": State.BLOCKED, "verdict": Verdict.BLOCKED, "reason": Reason.CHALLENGE}
# What a link, a citation and a mirror may have, of which one is chosen at random.
OF_LINKS: tuple[Callable[[str], dict[str, Any]], ...] = (
    lambda _: {"previous_state": State.BROKEN, "changed_run_id": 52},
    lambda _: {"state": State.UNCHECKED, "verdict": None, "reason": None, "checked_at": None},
    lambda _: {"state": State.SKIPPED, "verdict": Verdict.SKIPPED, "reason": Reason.EXCLUDED},
    lambda _: {"note": "unreachable-from-here", "detail": "Connection refused"},
    lambda _: {"detail": "captured with status 404"},
    lambda _: {"detail": "see https://a:b@c.example/?token=secret  \x1b[31m ##[x]"},
    lambda url: {"final_url": f"{url}&access_token=abc", "redirects": 1},
    lambda url: {"final_url": url.replace("//", "//name:word@"), "redirects": 2},
    lambda url: {"final_url": f"{url}%26sig%3Dabc", "redirects": 1},
    lambda _: {"url": "http://site1.example/@me/微信 a\u202eb<c>`"},
    lambda _: {"url": "http://name:word@site1.example/?key=cited"},
    lambda _: {**BLOCKED, "listed_at": NOW, "listed_by": "http://site1.example/map.xml"},
    lambda _: {**BLOCKED, "state_since": NOW - timedelta(days=3000)},
    lambda _: {**BLOCKED, "state_since": NOW},
    lambda _: {"refused_robot": "*"},
)
OF_CITATIONS: tuple[dict[str, Any], ...] = (
    {"accessed": None},
    {"accessed": None, "added": date(2024, 2, 29)},
    {"text": "  two  spaces, a\ttab and \u202e"},
    {"text": "at@example with https://name:word@x.example/"},
    {"text": "?token=abc and &key=1"},
    {"text": "微信" * 100},
    {"url": "HTTP://site1.example/other#part"},
    {"url": "http://name:word@site1.example/"},
    {"gone_run_id": 52},
    {"page_id": 1, "line": 1, "column": 1},
)
OF_MIRRORS: tuple[dict[str, Any], ...] = (
    {"quality": MirrorQuality.FAITHFUL},
    {"quality": MirrorQuality.UNUSABLE},
    {"spelling": Spelling.CASE},
    {"spelling": Spelling.REDIRECT},
    {"status_at_capture": 404},
    {"captured_at": None, "timestamp": ""},
    {"timestamp": "2019"},
    {"parts_checked": 9, "parts_missing": 3},
    {"parts_checked": 9, "parts_missing": 0},
    {"captured_at": NOW, "service": "archive.today"},
)
OF_MIRROR_LINKS: tuple[dict[str, Any], ...] = (
    {"state": State.UNCHECKED, "verdict": None, "reason": None},
    {"state": State.BROKEN, "verdict": Verdict.BROKEN, "reason": Reason.NOT_FOUND},
    {"state": State.SUSPECT, "reason": Reason.TIMEOUT},
    {"warnings": (OTHER_CAPTURE,), "detail": "20210807000000, 2 days later"},
    {"warnings": (CUT_OFF,)},
    {"reason": Reason.REDIRECTED_TEMPORARILY},
    {"url": "https://web.archive.org/web/2019/http://elsewhere.example/?token=x"},
    {"url": "https://name:word@archive.example/1"},
)


@pytest.fixture
def links_of_all_kinds(database: Database) -> Database:
    """Fill a database, and give most rows something that changes a row of the table."""
    chance = random.Random(11)
    fill(database, LINKS, 1)
    with database.write() as connection:
        _vary_links(connection, chance)
        _vary_citations(connection, chance)
        for probe in connection.execute(select(ProbeRow)).all():
            (request,) = probe.requests
            hop = {**request, "url": f"{request['url']}&token=abc", "hop": 1, "fault": "timeout"}
            _vary(connection, ProbeRow, probe.id, {"requests": [request, hop]})
        _vary(connection, PageRow, 3, {"gone_run_id": 52})
        _vary(connection, PageRow, 4, {"dated": None})
    return database


def _vary(connection: Connection, table: Any, row_id: int, values: dict[str, Any]) -> None:
    connection.execute(update(table).where(table.id == row_id).values(values))


def _vary_links(connection: Connection, chance: random.Random) -> None:
    for link in connection.execute(select(LinkRow)).all():
        if link.role == "mirror":
            if chance.random() < 0.4:
                _vary(connection, LinkRow, link.id, chance.choice(OF_MIRROR_LINKS))
            continue
        if chance.random() < 0.5:
            values = chance.choice(OF_LINKS)(link.url)
            if "url" in values:  # no two links have the same
                values = {"url": f"{values['url']}&n={link.id}"}
            _vary(connection, LinkRow, link.id, values)
        if chance.random() < 0.6:
            outcome = chance.choice(list(LookupOutcome))
            looked_up = {"link_id": link.id, "service": "wayback", "outcome": outcome, "detail": ""}
            times = {"requested_at": NOW, "next_lookup_at": NOW, "run_id": 52}
            connection.execute(insert(LookupRow).values(**looked_up, **times))


def _vary_citations(connection: Connection, chance: random.Random) -> None:
    """Vary citations and mirrors; add citations of the same links, and of mirrors."""
    citations = [row._asdict() for row in connection.execute(select(CitationRow)).all()]
    added: list[dict[str, Any]] = []
    for citation in citations:
        if chance.random() < 0.5:
            _vary(connection, CitationRow, citation["id"], chance.choice(OF_CITATIONS))
        if chance.random() < 0.2:
            added.append({**citation, "line": 7, **chance.choice(OF_CITATIONS)})
    for mirror in connection.execute(select(MirrorRow)).all():
        if chance.random() < 0.5:
            _vary(connection, MirrorRow, mirror.id, chance.choice(OF_MIRRORS))
        if chance.random() < 0.1:
            of_link = {"mirror_id": mirror.id, "link_id": chance.choice([None, mirror.original_id])}
            added.append({**chance.choice(citations), **of_link})
    for row in added:
        del row["id"]
        connection.execute(insert(CitationRow).values(row))


def html(database: Database, scope: ReportScope, *, in_brief: bool) -> str:
    with database.read() as connection:
        report = build_report(connection, scope)
        if not in_brief:
            report = replace(report, in_brief=None)
        return "".join(render(report, ReportFormat.HTML))


def test_page_is_the_same_if_ordinary_links_are_read_in_brief(links_of_all_kinds: Database) -> None:
    ids = range(1, LINKS, 7)
    acknowledged = {link_id: Acknowledgement(note="known") for link_id in ids}
    scope = replace(SCOPE, acknowledged=acknowledged, distrusted_services=frozenset({"wayback"}))
    for each in (SCOPE, scope, replace(scope, since=0)):
        assert html(links_of_all_kinds, each, in_brief=True) == html(
            links_of_all_kinds, each, in_brief=False
        )
    with links_of_all_kinds.write() as connection:  # also if other wikis cite some of the links
        _vary(connection, PageRow, 5, {"wiki": "other"})
    assert html(links_of_all_kinds, SCOPE, in_brief=True) == html(
        links_of_all_kinds, SCOPE, in_brief=False
    )
    with links_of_all_kinds.read() as connection:
        report = build_report(connection, SCOPE)
        assert report.in_brief is not None
        brief = report.in_brief()
        read = list(brief.table_links or ())
        in_brief = [each for each in read if isinstance(each, OrdinaryFinding)]
        assert 0.25 * len(read) < len(in_brief) < 0.75 * len(read)
        assert brief.totals == report.totals


@pytest.mark.parametrize("column", ["verdict", "reason"])
def test_unknown_word_in_the_history_of_an_ordinary_link_is_damage(
    links_of_all_kinds: Database, column: str
) -> None:
    ordinary = select(LinkRow.id).where(LinkRow.state == State.ALIVE)
    with links_of_all_kinds.write() as connection:
        word = type_coerce("sideways", String)
        spans = update(SpanRow).where(SpanRow.link_id.in_(ordinary))
        connection.execute(spans.values({column: word}))
    with pytest.raises(DatabaseDamaged, match="'sideways' is not a known value"):
        html(links_of_all_kinds, SCOPE, in_brief=True)
