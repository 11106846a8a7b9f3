"""Build pages with the findings about their links, and fix them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from crawler.http.urls import same_address
from crawler.pages.registry import reader_of
from crawler.scan.reader import read_page
from reports.patches import FixOptions, PagePatch, PageTools, citations_by_page, plan_page
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import Page, Reason, State, TrackedState
from store.vocabulary.fixes import FixWriter
from tests.unit.reports.example_findings import link, mirror, place


def write_fixes(text: bytes, page: Page, link_text: str) -> FixWriter:
    """Return the writer of fixes in the format of a page."""
    return reader_of(page.path).fix_writer(text, page, link_text)


TOOLS = PageTools(read_page=read_page, fix_writer=write_fixes, same_address=same_address)

ORIGINAL = "http://a.example/x"
WAYBACK = f"https://web.archive.org/web/20211105000000/{ORIGINAL}"
TODAY = "https://archive.ph/Ab3dE"  # does not hold its original
DAY = date(2021, 11, 5)

IN_WAYBACK = mirror(DAY, id=1, url=WAYBACK)
IN_TODAY = mirror(DAY, id=2, url=TODAY, service="archive.today")


def broken(
    *mirrors: MirrorFinding,
    state: State = State.BROKEN,
    reason: Reason = Reason.NOT_FOUND,
    **changes: Any,
) -> LinkFinding:
    """Return a broken link with its mirrors."""
    return link(
        tracked_state=TrackedState(state=state, reason=reason),
        mirrors=mirrors or (IN_WAYBACK,),
        **changes,
    )


def findings_on(
    pages: Mapping[str, bytes], known: Mapping[str, LinkFinding]
) -> Sequence[LinkFinding]:
    """Return the findings of pages: those in `known`, by original, with the pages' citations."""
    read = [read_page(data, path) for path, data in pages.items()]
    findings = []
    for number, (original, finding) in enumerate(known.items(), 1):
        ids = {each.url: each.id for each in finding.mirrors}
        places = [
            place(
                page=page.path,
                line=citation.line,
                column=citation.column,
                url=citation.url,
                text=citation.text,
                accessed=citation.accessed,
                mirror_id=ids.get(citation.url),
                block=citation.block,
                footnote=citation.footnote,
                notes=citation.notes,
            )
            for page in read
            for citation in page.citations
            if citation.original and same_address(citation.original, original)
        ]
        values = {
            name: getattr(finding, name)
            for name in (
                "role",
                "host",
                "original",
                "previous_state",
                "changed_run_id",
                "status_code",
                "final_url",
                "redirects",
                "warnings",
            )
        }
        findings.append(
            LinkFinding(
                id=number,
                url=original,
                tracked_state=finding.tracked_state,
                mirrors=finding.mirrors,
                citations=tuple(places),
                **values,
            )
        )
    return findings


def fix_page(
    text: str | bytes, known: LinkFinding | Mapping[str, LinkFinding] | None = None, **manner: Any
) -> PagePatch:
    """Fix one page. By default its link to ORIGINAL is broken and has a copy in the Wayback Machine."""
    data = text.encode() if isinstance(text, str) else text
    every = known if isinstance(known, Mapping) else {ORIGINAL: known or broken()}
    most, path = manner.pop("most", None), manner.pop("path", "a.md")
    offers = {
        list(every).index(original) + 1: url for original, url in manner.pop("offers", {}).items()
    }
    at_shared_targets = manner.pop("at_shared_targets", ())
    findings = findings_on({path: data}, every)
    cited = citations_by_page(findings, offers, at_shared_targets).get(path, {})
    return plan_page(
        data, path, cited, FixOptions(**{"link_text": "存档", **manner}), TOOLS, limit=most
    )


def fixed_text(
    text: str, known: LinkFinding | Mapping[str, LinkFinding] | None = None, **manner: Any
) -> str:
    """Return the text of a fixed page."""
    return fix_page(text, known, **manner).after.decode()
