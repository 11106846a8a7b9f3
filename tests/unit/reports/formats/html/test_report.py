"""Test the HTML page as a parser sees it. Its behaviour in a browser has tests of its own."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from reports.formats.html.report import Html
from reports.formats.html.row_groups import RowFilter
from reports.formats.html.timeline import timeline_of
from reports.formats.json_text import to_script_json
from reports.i18n import Lang, translator_for
from reports.model import Acknowledgement, Report, Section
from reports.wording.time_format import TimeFormatter
from store.queries.link_history import RecentHistory, SpanRecord
from store.queries.pages import BrokenInternalLink
from store.queries.trends import RunStates
from store.vocabulary import (
    ArchiveRefusal,
    Reason,
    RefusalKind,
    Role,
    State,
    TrackedState,
    Verdict,
)
from store.work.runs import RunOutcome, RunRecord
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

URL, STATE, FINAL, NEW, SECTIONS, TIMES, PLACES, COPIES, BEST, SPANS = (
    0,
    3,
    8,
    10,
    12,
    13,
    15,
    17,
    18,
    19,
)


def page(subject: Report) -> LexborHTMLParser:
    return LexborHTMLParser("".join(Html().render(subject)))


def data(subject: Report) -> dict[str, Any]:
    node = page(subject).css_first("#data")
    assert node is not None
    loaded: dict[str, Any] = json.loads(node.text())
    return loaded


def shape(subject: Report) -> list[tuple[str | None, tuple[str, ...]]]:
    """Return the elements of a page with the names of their attributes; a link and a code span count as equal."""
    nodes = page(subject).css("*")
    return [
        ("code", ()) if node.tag in {"a", "code"} else (node.tag, tuple(sorted(node.attributes)))
        for node in nodes
        if node.tag != "option"
    ]


@cache
def plain_shape() -> list[tuple[str | None, tuple[str, ...]]]:
    """Return the shape of a page of harmless texts."""
    return shape(hostile_report("text"))


@given(HOSTILE.filter(lambda text: text.strip()))
def test_no_text_changes_the_elements_of_the_page(text: str) -> None:
    subject = hostile_report(text)
    assert shape(subject) == plain_shape()
    for node in page(subject).css("a[href]"):
        assert re.match(r"https?://|#", node.attributes["href"] or "", re.IGNORECASE)
    for string in strings(data(subject)["rows"]):
        assert string.replace("\u200c", "").replace("\u200d", "").isprintable()


@given(st.lists(HOSTILE))
def test_data_is_read_back_and_ends_no_script(texts: list[str]) -> None:
    written = to_script_json(texts)
    assert "<" not in written
    assert json.loads(written) == texts


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    html = "".join(Html().render(report(finding(link(State.BROKEN)))))
    parsed = LexborHTMLParser(html)
    (icon,) = parsed.css("link")
    assert (icon.attributes["rel"], (icon.attributes["href"] or "")[:15]) == (
        "icon",
        "data:image/svg+",
    )
    assert not parsed.css(
        "img, iframe, object, embed, base, form[action], [src], [srcset], [onclick], [onload]"
    )
    policy = parsed.css_first("meta[http-equiv=Content-Security-Policy]")
    script = parsed.css("script")[-1]
    assert policy is not None
    assert f"script-src 'sha256-{b64encode(sha256(script.text().encode()).digest()).decode()}'" in (
        policy.attributes["content"] or ""
    )
    assert "default-src 'none'" in (policy.attributes["content"] or "")
    assert not re.search(r"url\(|@import", html)


def test_row_has_the_elements_that_the_script_reads() -> None:
    at = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    tracked_state = TrackedState(
        state=State.BROKEN,
        reason=Reason.NOT_FOUND,
        state_since=at,
        first_failed_at=at - timedelta(hours=1),
    )
    subject = link(
        tracked_state=tracked_state,
        citations=[place(accessed=date(2021, 8, 3))],
        mirrors=[mirror(None), mirror(date(2021, 8, 5), id=2)],
    )
    span = SpanRecord(
        verdict=Verdict.BROKEN, reason=Reason.NOT_FOUND, first_at=at, last_at=at, probes=3
    )
    output = data(
        report(
            finding(subject, new=True),
            recent_histories=lambda ids: dict.fromkeys(ids, RecentHistory(spans=(span,))),
        )
    )
    (row,) = output["rows"]
    minute = int(at.timestamp()) // 60
    assert row[URL] == "http://x.example/a"
    assert output["states"][row[STATE]][0] == "broken"
    assert [
        word for index, (word, _) in enumerate(output["sections"]) if row[SECTIONS] >> index & 1
    ] == ["newly-broken", "to-do", "fix", "failing-any"]
    assert row[TIMES] == [minute, minute - 60, 0, 0, 0]
    assert [output["pages"][row[PLACES][0][0]], *row[PLACES][0][1:4]] == [
        "notes/a.md",
        12,
        3,
        "链接",
    ]
    assert (
        row[COPIES][row[BEST]][0] == "https://web.archive.org/web/20210805000000/ "
    )  # its original is the link's own address
    assert row[COPIES][row[BEST]][3] == 2
    assert row[SPANS] == [
        [
            list(Verdict).index(Verdict.BROKEN),
            list(Reason).index(Reason.NOT_FOUND),
            minute,
            minute,
            3,
        ]
    ]


def test_redirect_target_is_in_rows_of_redirects_only() -> None:
    spelled = link(
        url="http://x.example/é", final_url="http://x.example/%C3%A9"
    )  # the same, as it was asked
    redirected = link(id=2, final_url="http://y.example/", redirects=1)
    assert [row[FINAL] for row in data(report(*map(finding, (spelled, redirected))))["rows"]] == [
        "",
        "http://y.example/",
    ]


def test_to_do_entries_name_possible_new_addresses() -> None:
    parsed = page(report(finding(link(State.BROKEN), new=True, proposals=(proposal(),))))
    assert [node.text() for node in parsed.css(".todo .replacement")][
        -1
    ] == "Possibly moved: http://x.example/new confidence 88%"


def test_of_very_many_mirrors_the_best_is_kept() -> None:
    mirrors = [mirror(date(2015, 1, 1) + timedelta(days=day), id=day) for day in range(40)]
    (row,) = data(report(finding(link(State.BROKEN, mirrors=mirrors))))["rows"]
    assert len(row[COPIES]) == 20
    assert row[COPIES][row[BEST]][0].startswith(
        f"https://web.archive.org/web/{date(2015, 2, 9):%Y%m%d}"
    )


@pytest.mark.parametrize(
    ("lang", "title"), [(Lang.EN, "Links of notes"), (Lang.ZH, "notes 的链接")]
)
def test_page_says_its_language(lang: Lang, title: str) -> None:
    parsed = page(report(wiki="notes", lang=lang))
    root, heading = parsed.css_first("html"), parsed.css_first("h1")
    assert root is not None
    assert heading is not None
    assert (root.attributes["lang"], heading.text()) == (lang, title)


def runs(*numbers: int) -> list[RunStates]:
    """Return runs on the days 0, 1, 8 and 15, with these numbers of broken links."""
    days = (0, 1, 8, 15)
    return [
        RunStates(run_id=day, ended_at=NOW + timedelta(days=day), states={State.BROKEN: number})
        for day, number in zip(days, numbers, strict=False)
    ]


def test_charts_without_values_are_left_out() -> None:
    parsed = page(report(finding(link(State.BROKEN)), run_health=lambda: runs(1, 2)))
    assert [node.id for node in parsed.css("figcaption h2")] == [
        "chart-health",
        "chart-hosts",
        "chart-coverage",
    ]
    assert not page(report()).css("figure")


@pytest.mark.parametrize("numbers", [(), (3,), (0, 0)])
def test_one_run_and_runs_without_failures_have_no_chart(numbers: tuple[int, ...]) -> None:
    translate = translator_for(Lang.EN)
    assert timeline_of(runs(*numbers), translate, TimeFormatter(translate)) is None


def test_chart_over_time_has_a_scale_of_time_and_whole_numbers() -> None:
    translate = translator_for(Lang.EN)
    chart = timeline_of(runs(1, 3, 4, 2), translate, TimeFormatter(translate))
    assert chart is not None
    assert [round(step.left) for step in chart.steps] == [0, 6, 51, 96]
    assert sum(step.width for step in chart.steps) == pytest.approx(100)
    assert chart.ticks == [(4, 0.0), (2, 50.0), (0, 100.0)]
    assert [day for day, _ in chart.days] == ["2026-03-09", "2026-03-16", "2026-03-24"]
    assert [step.layers for step in chart.steps][1] == [("broken", 0.0, 75.0)]
    assert chart.steps[1].tooltip == "2026-03-10 03:00 +00:00: broken 3"
    assert chart.trend == "2 links fewer fail than on 2026-03-17."


def test_the_numbers_at_the_head_equal_those_of_the_table() -> None:
    copy = mirror(date(2021, 8, 5))
    subject = report(
        finding(link(State.BROKEN, mirrors=[copy])),
        finding(link(State.BROKEN, id=2)),
        finding(link(State.BROKEN, id=3, mirrors=[copy], citations=[place(mirror_id=1)])),
        finding(link(State.BROKEN, id=4), acknowledgement=Acknowledgement(note="known")),
        finding(link(State.SUSPECT, id=5)),
        finding(link(State.SUSPECT, id=6, role=Role.MIRROR)),
        finding(link(State.MOVED, id=7)),
        finding(link(State.BLOCKED, id=8)),
    )
    output = data(subject)
    names = [word for word, _ in output["sections"]]

    def rows(word: str) -> int:
        return sum(row[SECTIONS] >> names.index(word) & 1 for row in output["rows"])

    tiles = {
        (tile.attributes["href"] or "").removeprefix("#in="): int(tile.css("b")[0].text())
        for tile in page(subject).css(".tile")
    }
    assert tiles == {"to-do": 2, "failing": 2, "settled": 2, "working": 1, "unknown": 1}
    assert tiles == {word: rows(word) for word in tiles}
    assert "1 of 8 links and archive copies working" in page(subject).css(".verdict")[0].text()
    assert sum(tiles.values()) == len(output["rows"])
    assert (rows("fix"), rows("person")) == (1, 1)
    assert [node.text() for node in page(subject).css(".group h3 .number")] == ["1", "1"]


@pytest.mark.parametrize("compared", [True, False])
def test_nothing_is_marked_as_new_without_a_run_to_compare_with(compared: bool) -> None:
    run = RunRecord(
        id=1, command="run", started_at=NOW, finished_at=NOW, outcome=RunOutcome.FINISHED, totals={}
    )
    subject = report(finding(link(State.BROKEN), new=True), compared_with=run if compared else None)
    assert data(subject)["rows"][0][NEW] == int(compared)
    assert bool(page(subject).css(".badge")) is compared


@given(HOSTILE)
def test_host_names_lead_to_nothing_but_a_filter(text: str) -> None:
    parsed = page(report(finding(link(State.BROKEN, host=text))))
    for anchor in parsed.css(".bars a"):
        assert re.match(
            r"#(q=host:|in=)[\w.%~-]*(&in=failing-any)?$", anchor.attributes["href"] or ""
        )


def test_proposals_and_changed_content_are_the_last_elements_of_a_row() -> None:
    gone = finding(link(State.BROKEN), proposals=(proposal(),))
    output = data(report(gone, finding(link(id=2), drift=drift()), finding(link(id=3))))
    broken, changed, other = output["rows"]
    ((url, confidence, similarity, evidence),), *nothing = broken[len(other) :]
    assert (url, confidence, similarity) == ("http://x.example/new", 88, 50)
    assert nothing == [None, None, None, None]
    assert [(output["evidence"][kind], detail) for kind, detail in evidence] == [
        ("an archive recorded a redirect to it", "http://x.example/new"),
        ("a page there has the same title", "http://x.example/new"),
    ]
    minute = int(NOW.timestamp()) // 60
    assert changed[len(other) :] == [
        [],
        [drift().mirror, 25, minute, [["-", "what was cited"], ["+", "something else"]]],
        None,
        None,
        None,
    ]
    names = [word for word, _ in output["sections"]]
    assert [
        [names[bit] for bit in range(len(names)) if row[SECTIONS] >> bit & 1][:2]
        for row in (broken, changed)
    ] == [
        ["broken", "possibly-moved"],
        ["content-changed", "without-mirror"],
    ]


def test_refusals_of_archives_are_at_the_end_of_a_row() -> None:
    refusal = ArchiveRefusal(kind=RefusalKind.SERVICE, detail="wayback: blocked", public_copy=True)
    output = data(report(finding(link(), refusal=refusal), finding(link(id=2))))
    refused, other = output["rows"]
    *nothing, (kind, detail, kept), unfixed = refused[len(other) :]
    assert (nothing, unfixed) == ([[], None, None], None)
    assert (output["refusals"][kind], detail, output["kept"][kept]) == (
        "refused to the archive that tried to copy it",
        "wayback: blocked",
        "not kept here, but a public archive has a copy from another time",
    )
    names = [word for word, _ in output["sections"]]
    assert refused[SECTIONS] >> names.index("archives-refused") & 1
    assert not other[SECTIONS] >> names.index("archives-refused") & 1


@pytest.mark.parametrize(
    ("lang", "forms"),
    [
        (Lang.EN, ["{number} check", "{number} checks"]),
        (Lang.ZH, ["检查 {number} 次"] * 2),
    ],
)
def test_counts_by_the_script_have_the_plural_forms_of_the_language(
    lang: Lang, forms: list[str]
) -> None:
    assert data(report(lang=lang))["counted"]["{number} check"] == forms


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [string for item in value for string in strings(item)] if isinstance(value, list) else []


def test_an_internal_link_that_lacks_its_scheme_says_so() -> None:
    broken = BrokenInternalLink(
        page="a.md", line=1, column=1, target="lamps.com/oil", text="", broken="missing-page"
    )
    assert "https:// is missing" in "".join(Html().render(report(internal_links=[broken])))


def test_the_script_can_test_every_bit_of_a_row() -> None:
    assert len(Section) + len(RowFilter) <= 31
