"""Test the CSV rows: complete, and without formulas."""

from __future__ import annotations

import csv
import io
from datetime import date

from hypothesis import given

from reports.formats.csv import COLUMNS, Csv
from reports.model import Report
from store.vocabulary import Reason, State, TrackedState
from tests.unit.reports.example_findings import (
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)
from tests.unit.reports.hostile import HOSTILE, hostile_report


def rows(subject: Report) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO("".join(Csv().render(subject)), newline=""), strict=True)
    )


@given(HOSTILE)
def test_no_text_becomes_a_formula_or_another_row(text: str) -> None:
    written = "".join(Csv().render(hostile_report(text)))
    assert written.endswith("\r\n")
    table = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert table[0] == list(COLUMNS)
    assert len(table) == 1 + 10
    for cells in table[1:]:
        assert len(cells) == len(COLUMNS)
        for cell in cells:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
            assert cell.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert len(written.split("\r\n")) == len(table) + 1


def test_no_cell_is_a_formula_where_semicolons_separate_cells() -> None:
    """Spreadsheets do so in many languages, whatever the quotation marks are around commas."""
    command = "=cmd|'/C%20calc'!A0;"
    places = [place(text=f"a;{command}", url=f"http://x.example/;{command}")]
    (row,) = rows(report(finding(link(citations=places), new=True)))
    assert row["text"] == f"a;'{command}"
    assert row["cited_url"] == f"http://x.example/%3B{command}"
    for cell in ";".join(row.values()).split(";"):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_each_citation_is_a_row_with_all_columns_of_its_link() -> None:
    broken = TrackedState(state=State.BROKEN, reason=Reason.NOT_FOUND, detail="404")
    places = [place(accessed=date(2021, 8, 3)), place(page="b, c.md", line=3, text='=1+"2"')]
    first, second = rows(
        report(
            finding(
                link(tracked_state=broken, citations=places, mirrors=[mirror(date(2021, 8, 5))]),
                new=True,
            )
        )
    )
    assert (first["page"], first["line"], first["accessed"], first["reason_text"]) == (
        "notes/a.md",
        "12",
        "2021-08-03",
        "page not found",
    )
    assert (second["page"], second["line"], second["accessed"], second["text"]) == (
        "b, c.md",
        "3",
        "",
        '\'=1+"2"',
    )
    assert {row["distance_days"] for row in (first, second)} == {"2"}
    assert {row["best_mirror"] for row in (first, second)} == {mirror(date(2021, 8, 5)).url}
    assert {(row["state"], row["new"], row["status_code"]) for row in (first, second)} == {
        ("broken", "yes", "200")
    }


def test_possible_moves_and_changed_content_are_the_last_columns() -> None:
    before = ("best_mirror", "captured_at", "distance_days")
    assert (
        COLUMNS[: COLUMNS.index("possibly_moved_to")][-3:] == before
    )  # who reads columns by their place finds them where they were
    gone, changed, other = rows(
        report(
            finding(
                link(State.BROKEN),
                proposals=(proposal("=1+1"), proposal("http://x.example/less", confidence=0.5)),
            ),
            finding(link(State.ALIVE, id=2), drift=drift()),
            finding(link(State.ALIVE, id=3)),
        )
    )
    assert (gone["possibly_moved_to"], gone["confidence"], gone["similarity"]) == (
        "'=1+1",
        "0.876",
        "0.5",
    )
    assert gone["evidence"].startswith(
        "an archive recorded a redirect to it (=1+1); a page there has the same title"
    )
    assert (changed["changed_from"], changed["remaining_share"], changed["changed_since"]) == (
        drift().mirror,
        "0.25",
        "2026-03-09T03:00:00Z",
    )
    assert {
        gone["changed_from"],
        changed["possibly_moved_to"],
        other["possibly_moved_to"],
        other["changed_from"],
    } == {""}
