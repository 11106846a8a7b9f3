"""Test the bibliographies: their fields, and that no text breaks out of an entry."""

from __future__ import annotations

import json
import re
from datetime import date

from hypothesis import given

from reports.formats.bibliography import BibTeX, Csl
from reports.model import Report
from store.vocabulary import Role, State
from tests.unit.reports.example_findings import finding, link, mirror, place, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

COPY = mirror(date(2021, 8, 5), id=9)
CITED = [place(text=""), place(text="50 % of {all ferries", accessed=date(2021, 8, 3))]


def bibtex(subject: Report) -> str:
    return "".join(BibTeX().render(subject))


def test_an_entry_has_the_copy_and_its_dates() -> None:
    text = bibtex(report(finding(link(State.BROKEN, id=7, url="http://x.example/{a}", citations=CITED, mirrors=[COPY]))))  # fmt: skip
    assert text == (
        "@online{link7,\n"
        "  title = {{50 \\% of \\textbraceleft{}all ferries}},\n"
        "  url = {http://x.example/%7Ba%7D},\n"
        "  urldate = {2021-08-03},\n"
        f"  archiveurl = {{{COPY.url}}},\n"
        "  archivedate = {2021-08-05},\n"
        "  url-status = {dead},\n"
        "}\n\n"
    )


def test_csl_has_the_same_fields_as_bibtex() -> None:
    subject = report(finding(link(State.ALIVE, id=7, citations=CITED, mirrors=[COPY])))
    (item,) = json.loads("".join(Csl().render(subject)))
    assert item["accessed"] == {"date-parts": [[2021, 8, 3]]}
    assert item["archive_location"] == COPY.url
    assert item["custom"]["url-status"] == "live"
    assert item["custom"]["archivedate"] == "2021-08-05"


def test_unknown_fields_are_left_out() -> None:
    subject = report(finding(link(State.SUSPECT, id=7, citations=[place(text="")])))
    assert "urldate" not in bibtex(subject)
    assert "archive" not in bibtex(subject)
    assert "url-status" not in bibtex(subject)
    assert json.loads("".join(Csl().render(subject)))[0]["custom"] == {}


def test_a_cited_copy_is_no_source_of_its_own() -> None:
    assert bibtex(report(finding(link(role=Role.MIRROR, id=7)))) == ""
    assert "".join(Csl().render(report())) == "[]\n"


@given(HOSTILE)
def test_no_text_breaks_out_of_its_field(text: str) -> None:
    subject = hostile_report(text)
    items = json.loads("".join(Csl().render(subject)))
    entries = re.split(r"(?<=\n})\n\n", bibtex(subject))[:-1]
    assert len(items) == len(entries) > 0
    for entry in entries:
        assert entry.count("{") == entry.count("}")
