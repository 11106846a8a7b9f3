"""Test the counts of the charts."""

from __future__ import annotations

from datetime import date

import pytest

from reports.findings.statistics import LinkStatistics, coverage_of, years_between
from reports.statistics_enums import Availability, Coverage
from store.queries.link_records import MirrorFinding
from store.vocabulary import Role, State
from tests.unit.reports.example_findings import NOW, finding, link, mirror, place


def test_ages_count_from_the_earliest_access_date_or_the_pages_date() -> None:
    figures = LinkStatistics(NOW.date())
    read, dated = place(accessed=date(2021, 8, 3)), place(dated=date(2026, 1, 1))
    figures.add(finding(link(State.ALIVE, citations=[place(accessed=date(2025, 1, 1)), read])))
    figures.add(finding(link(State.MOVED, citations=[read, dated])))
    figures.add(finding(link(State.SUSPECT, citations=[read])))
    figures.add(finding(link(State.BLOCKED, citations=[dated])))
    figures.add(finding(link(State.BROKEN, citations=[place(accessed=date(1999, 1, 1))])))
    figures.add(finding(link(State.ALIVE, citations=[place()])))
    figures.add(finding(link(State.UNCHECKED, citations=[read])))
    assert figures.by_age == {
        4: {Availability.AVAILABLE: 2, Availability.FAILING: 1},
        0: {Availability.UNKNOWN: 1},
        10: {Availability.BROKEN: 1},
    }


@pytest.mark.parametrize(
    ("mirrors", "cited", "coverage"),
    [
        ([mirror(None, id=9)], 9, Coverage.CITED),
        ([mirror(None, id=9)], None, Coverage.KNOWN),
        ([mirror(None, state=State.UNCHECKED)], None, Coverage.UNCHECKED),
        ([mirror(None, state=State.BROKEN)], None, Coverage.NONE),
        ([], None, Coverage.NONE),
    ],
)
def test_coverage_of_a_link_by_its_mirrors(
    mirrors: list[MirrorFinding], cited: int | None, coverage: Coverage
) -> None:
    assert (
        coverage_of(finding(link(mirrors=mirrors, citations=[place(mirror_id=cited)]))) is coverage
    )


def test_no_copy_is_reported_missing_before_an_archive_responded() -> None:
    not_looked_up = link(State.ALIVE, looked_up=False)
    assert coverage_of(finding(not_looked_up)) is Coverage.UNCHECKED
    skipped = link(State.SKIPPED, looked_up=False)
    assert coverage_of(finding(skipped)) is Coverage.NONE


def test_worst_hosts_come_first_and_mirrors_are_no_hosts_of_links() -> None:
    figures = LinkStatistics(NOW.date())
    for host, state in [
        ("b", State.BROKEN),
        ("a", State.SUSPECT),
        ("c", State.BROKEN),
        ("c", State.SUSPECT),
        ("d", State.ALIVE),
    ]:
        figures.add(finding(link(state, host=host)))
    figures.add(finding(link(State.BROKEN, role=Role.MIRROR, host="archive")))
    figures.add(finding(link(State.SKIPPED, host="mail")))
    assert figures.worst_hosts() == [
        ("c", {State.BROKEN: 1, State.SUSPECT: 1}),
        ("a", {State.SUSPECT: 1}),
        ("b", {State.BROKEN: 1}),
    ]
    assert figures.coverage.total() == 5
    assert figures.skipped == 1


def test_a_year_is_complete_on_its_anniversary() -> None:
    assert years_between(date(2024, 2, 29), date(2025, 2, 28)) == 0
    assert years_between(date(2024, 2, 29), date(2025, 3, 1)) == 1
    assert years_between(date(2027, 1, 1), date(2026, 1, 1)) == 0
