"""Test the grouping by page, host and reason in every format that has groups."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given

from reports.findings.grouping import group_findings
from reports.formats import ReportFormat, render
from reports.i18n import Lang
from reports.model import Finding, GroupBy, Report
from store.vocabulary import Reason, State, TrackedState
from tests.schemas import validator
from tests.unit.reports.example_findings import finding, link, place, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

GONE = TrackedState(state=State.BROKEN, reason=Reason.GONE)
LOST = TrackedState(state=State.BROKEN, reason=Reason.NOT_FOUND)
A, B, C = (f"http://{name}.example/" for name in "abc")


def findings() -> list[Finding]:
    """Return `a` on two pages, twice on one of them, and `b` and `c` of one host with two reasons."""
    places = [place(page="y.md", line=1), place(page="y.md", line=5), place(page="x.md", line=2)]
    return [
        finding(link(tracked_state=LOST, url=A, host="a.example", citations=places)),
        finding(
            link(
                tracked_state=GONE,
                url=B,
                host="bc.example",
                id=2,
                citations=[place(page="y.md", line=3)],
            )
        ),
        finding(
            link(
                tracked_state=GONE,
                url=C,
                host="bc.example",
                id=3,
                citations=[place(page="z.md", line=4)],
            )
        ),
    ]


GROUPS = {
    GroupBy.PAGE: {"x.md": [A], "y.md": [A, B], "z.md": [C]},
    GroupBy.HOST: {"bc.example": [B, C], "a.example": [A]},
    GroupBy.REASON: {
        "page permanently removed": [B, C],
        "page not found": [A],
    },
}


def written(subject: Report, form: ReportFormat) -> str:
    return "".join(render(subject, form))


def test_groups_with_failures_come_before_larger_ones() -> None:
    alive = [
        finding(link(id=number, url=f"http://d.example/{number}", host="d.example"))
        for number in range(4, 9)
    ]
    assert list(group_findings([*alive, *findings()], GroupBy.HOST)) == [
        "bc.example",
        "a.example",
        "d.example",
    ]


@pytest.mark.parametrize("by", GroupBy)
def test_pages_are_sorted_by_path_and_other_groups_by_failing_links(by: GroupBy) -> None:
    groups = group_findings(findings(), by)
    assert list(groups) == list(GROUPS[by])
    assert {
        name: [item.link.url for item in members] for name, members in groups.items()
    } == GROUPS[by]


@pytest.mark.parametrize("by", GroupBy)
def test_json_names_the_findings_of_each_group(by: GroupBy) -> None:
    output = json.loads(written(report(*findings(), group_by=by), ReportFormat.JSON))
    validator("document-2.json").validate(output)
    assert output["group_by"] == by
    assert {group["name"]: group["findings"] for group in output["groups"]} == GROUPS[by]
    assert "groups" not in json.loads(written(report(*findings()), ReportFormat.JSON))


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (GroupBy.PAGE, [("x.md", "2"), ("y.md", "1"), ("y.md", "5"), ("y.md", "3"), ("z.md", "4")]),
        (GroupBy.HOST, [("y.md", "3"), ("z.md", "4"), ("y.md", "1"), ("y.md", "5"), ("x.md", "2")]),
        (
            GroupBy.REASON,
            [("y.md", "3"), ("z.md", "4"), ("y.md", "1"), ("y.md", "5"), ("x.md", "2")],
        ),
    ],
)
def test_csv_has_the_rows_of_a_group_one_after_the_other(
    by: GroupBy, rows: list[tuple[str, str]]
) -> None:
    table = csv.DictReader(
        io.StringIO(written(report(*findings(), group_by=by), ReportFormat.CSV), newline="")
    )
    assert [(row["page"], row["line"]) for row in table] == rows


@pytest.mark.parametrize(
    ("by", "lang", "headings"),
    [
        (GroupBy.PAGE, Lang.EN, ["`x.md` (1)", "`y.md` (2)", "`z.md` (1)"]),
        (GroupBy.HOST, Lang.EN, ["`bc.example` (2)", "`a.example` (1)"]),
        (
            GroupBy.REASON,
            Lang.EN,
            ["page permanently removed (2)", "page not found (1)"],
        ),
        (GroupBy.REASON, Lang.ZH, ["页面已永久移除 (2)", "未找到页面 (1)"]),
    ],
)
def test_markdown_has_a_heading_for_each_group(
    by: GroupBy, lang: Lang, headings: list[str]
) -> None:
    text = written(report(*findings(), group_by=by, lang=lang), ReportFormat.MARKDOWN)
    broken = text.partition("\n## ")[2].partition("\n## ")[2].partition("\n## ")[0]
    assert [line[4:] for line in broken.splitlines() if line.startswith("### ")] == headings


@given(HOSTILE)
def test_no_name_of_a_group_breaks_out(text: str) -> None:
    for by in GroupBy:
        subject = replace(hostile_report(text), group_by=by)
        validator("document-2.json").validate(json.loads(written(subject, ReportFormat.JSON)))
        for line in written(subject, ReportFormat.MARKDOWN).splitlines():
            assert line.replace("\u200c", "").replace("\u200d", "").isprintable() or not line
