"""Test the structure of the Markdown report with hostile texts, and its sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from reports.formats.markdown.report import Markdown
from reports.model import Acknowledgement, Report
from store.queries.archives import ArchiveObservation, SingleCopy
from store.vocabulary import Reason, Role, State, TrackedState
from store.work.runs import RunOutcome, RunRecord
from tests.time_zones import time_zone
from tests.unit.reports.example_findings import (
    NOW,
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)
from tests.unit.reports.hostile import HOSTILE, hostile_report

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def lines(subject: Report) -> list[str]:
    return "".join(Markdown().render(subject)).split("\n")


def shape(subject: Report) -> list[tuple[str, int]]:
    """Return the blocks of the report as a parser sees them, without their texts."""
    tokens = PARSER.parse("\n".join(lines(subject)))
    return [(token.type, token.level) for token in tokens if token.nesting > 0]


PLAIN_SHAPE = shape(hostile_report("text"))
PLAIN_LINES = len(lines(hostile_report("text")))


@given(HOSTILE.filter(lambda text: text.strip()))
def test_no_text_changes_the_shape_of_the_report(text: str) -> None:
    hostile = hostile_report(text)
    assert shape(hostile) == PLAIN_SHAPE
    written = lines(hostile)
    assert len(written) == PLAIN_LINES
    assert all(line.replace("\u200c", "").replace("\u200d", "").isprintable() for line in written)


def test_the_hostile_report_has_every_section() -> None:
    """The property above would also hold for an empty report."""
    headings = [line for line in lines(hostile_report("text")) if line.startswith("## ")]
    assert len(headings) == 18


def test_empty_texts_leave_no_quotes_and_brackets_behind() -> None:
    assert not [line for line in lines(hostile_report("")) if "“”" in line or "()" in line]


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-03-09 03:00 +00:00"),
        ("<+08>-8", "2026-03-09 11:00 +08:00"),
        ("<-0330>3:30", "2026-03-08 23:30 -03:30"),
        ("Europe/Berlin", "2026-03-09 04:00 +01:00"),
    ],
)
def test_times_are_in_the_time_zone_of_the_machine(zone: str, shown: str) -> None:
    run = RunRecord(
        id=7, command="run", started_at=NOW, finished_at=NOW, outcome=RunOutcome.FINISHED, totals={}
    )
    with time_zone(zone):
        assert f"Run 7 ended {shown}: all due links were checked." in lines(report(run=run))


@pytest.mark.parametrize(
    ("captured", "accessed", "message"),
    [
        (date(2021, 8, 5), date(2021, 8, 3), "captured 2021-08-05, 2 days after the access date"),
        (date(2021, 8, 2), date(2021, 8, 3), "captured 2021-08-02, 1 day before the access date"),
        (date(2021, 8, 3), date(2021, 8, 3), "captured 2021-08-03, on the access date"),
        (date(2021, 8, 3), None, "(wayback, captured 2021-08-03)"),
        (None, date(2021, 8, 3), "(archive.today, captured at an unknown time)"),
    ],
)
def test_replacement_has_its_distance_from_the_access_date(
    captured: date | None, accessed: date | None, message: str
) -> None:
    broken = link(State.BROKEN, citations=[place(accessed=accessed)], mirrors=[mirror(captured)])
    (line,) = (
        line for line in lines(report(finding(broken, new=True))) if "archive copy: " in line
    )
    assert message in line


@pytest.mark.parametrize(
    ("copy", "message"),
    [
        (
            mirror(date(2021, 8, 3), warnings=("other-capture",), detail="2 days later"),
            "shows another capture (2 days later)",
        ),
        (mirror(date(2021, 8, 3), status_at_capture=404), "copy of an error page (404)"),
        (
            mirror(date(2021, 8, 3), state=State.BLOCKED, reason=Reason.CHALLENGE),
            "CAPTCHA or bot check at the archive",
        ),
    ],
)
def test_a_link_without_a_usable_mirror_lists_the_flaws_of_its_mirrors(
    copy: Any, message: str
) -> None:
    (line,) = (line for line in lines(report(finding(link(mirrors=[copy])))) if message in line)
    assert line.startswith(f"  - <{copy.url}>: ")


def test_a_suspect_has_the_note_on_our_network() -> None:
    tracked_state = TrackedState(
        state=State.SUSPECT,
        reason=Reason.TIMEOUT,
        note="unreachable-from-here",
        first_failed_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    output = lines(report(finding(link(tracked_state=tracked_state))))
    assert (
        "  - request timed out, but may be reachable from other networks; failing since 2026-03-02 00:00 +00:00; never seen alive"
        in output
    )


def test_long_sections_and_lists_of_places_are_shortened_visibly() -> None:
    many = [finding(link(State.MOVED, id=number, mirrors=[mirror(None)])) for number in range(250)]
    output = lines(report(*many))
    assert "## Moved (250)" in output
    assert "- … and 50 more" in output
    often = finding(
        link(
            State.MOVED,
            mirrors=[mirror(None)],
            citations=[place(line=number) for number in range(1, 31)],
        )
    )
    (line,) = (line for line in lines(report(often)) if line.startswith("- `notes"))
    assert line.count("notes/a.md") == 20
    assert " and 10 more citations " in line


def test_everything_to_do_is_listed() -> None:
    many = [
        finding(link(State.BROKEN, id=number, url=f"http://x.example/{number}"), new=True)
        for number in range(250)
    ]
    output = lines(report(*many))
    assert (
        sum(
            line.startswith("- `notes") and "/x.example/" in line
            for line in output[: output.index("## No usable archive copy (250)")]
        )
        == 250
    )


@pytest.mark.parametrize(
    ("subject", "is_to_do"),
    [
        (finding(link(State.BROKEN), new=True), True),
        (finding(link(State.BROKEN)), True),
        (finding(link(State.BROKEN), acknowledgement=Acknowledgement()), False),
        (finding(link(State.SUSPECT), new=True), False),
        (
            finding(
                link(
                    State.BROKEN, citations=[place(mirror_id=1)], mirrors=[mirror(date(2021, 8, 5))]
                ),
                new=True,
            ),
            False,
        ),
        (finding(link(State.BROKEN, role=Role.MIRROR), new=True), True),
        (finding(link(State.BROKEN, role=Role.MIRROR)), True),
        (finding(link(State.SUSPECT, role=Role.MIRROR), new=True), False),
    ],
    ids=[
        "newly broken",
        "broken before",
        "acknowledged",
        "suspect",
        "covered",
        "mirror confirmed bad",
        "mirror bad before",
        "mirror failing once",
    ],
)
def test_only_what_is_confirmed_uncovered_and_not_acknowledged_is_to_do(
    subject: Any, is_to_do: bool
) -> None:
    output = lines(report(subject))
    assert f"## To do ({int(is_to_do)})" in output
    # Whatever is not to do is told further down, and nothing is told twice.
    assert sum("; failing since an unknown time" in line for line in output) == 1


def test_single_copies_and_archive_observations_have_sections() -> None:
    covers = [
        SingleCopy(
            url="http://a.example/1",
            mirror="https://archive.ph/78efA",
            service="archive.today",
            less_trusted=True,
        ),
        SingleCopy(
            url="http://a.example/2",
            mirror="https://web.archive.org/web/2021/http://a.example/2",
            service="wayback",
            less_trusted=False,
        ),
    ]
    seen = ArchiveObservation(
        url="http://a.example/3",
        service="wayback",
        observed_reason=Reason.NOT_FOUND,
        at=NOW,
        state=State.SUSPECT,
    )
    output = "\n".join(lines(report(single_copies=covers, archive_observations=[seen])))
    doubted, single, met = (
        output.index(f"## {title} (1)")
        for title in (
            "Only archive copy on a less trusted service",
            "Only one archive copy",
            "Archive observations",
        )
    )
    assert (
        doubted
        < output.index("- <http://a.example/1>: <https://archive.ph/78efA> (archive.today)")
        < single
    )
    assert single < output.index("- <http://a.example/2>") < met
    assert "- <http://a.example/3>: wayback got: page not found," in output
    assert output.rstrip().count("state in Holdfast: failing, not confirmed") == 1


def test_proposals_are_listed_with_their_evidence() -> None:
    output = "\n".join(lines(report(finding(link(State.BROKEN), proposals=(proposal(),)))))
    output = output[output.index("## Possibly moved (1)") :]
    assert "- `notes/a.md:12` “链接” <http://x.example/a>" in output
    assert (
        "  - possibly moved to <http://x.example/new>, confidence 88%; 50% of the old text found there"
        in output
    )
    assert output.count("a page there has the same title") == 1


def test_changed_page_is_listed_with_its_archive_copy() -> None:
    output = "\n".join(lines(report(finding(link(State.ALIVE), drift=drift()))))
    assert "## Content changed (1)" in output
    assert (
        "only 25% of the text of <https://web.archive.org/web/2021/http://y.example/> is still on the page"
        in output
    )
