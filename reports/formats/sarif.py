"""SARIF 2.1.0, as code scanning reads it: one result a cited place that something is the matter with, one rule a reason.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import quote

from reports.descriptions import describe_changed_content, describe_finding, format_utc
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.formats.jsonl import changed_content_object, proposal_objects
from reports.labels import INTERNAL_LINK_LABELS, REASON_LABELS
from reports.model import Finding, Report, Section
from reports.sanitize import plain, plain_url
from reports.source_links import is_address
from store.queries.links import CitedPlace
from store.vocabulary import Reason, Role, State
from store.work.runs import RunOutcome

_LEVELS: Mapping[State, str] = {
    State.BROKEN: "error",
    State.SUSPECT: "warning",
    State.MOVED: "note",
    State.BLOCKED: "note",
}
_NO_LONGER = (
    Section.CONTENT_CHANGED.value
)  # the one rule of links that is no reason: a page that drifted is alive
_INDEX: Mapping[str, int] = {rule: index for index, rule in enumerate((*Reason, _NO_LONGER))}


class Sarif(Format):
    """See the module. Links that serve what was cited, and those nobody could ask, are no results."""

    suffix: ClassVar[str] = ".sarif"

    def render(self, report: Report) -> Iterator[str]:
        head = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
        yield (
            to_json_line(head).removesuffix("}\n")
            + ',"runs":['
            + to_json_line(_run(report)).removesuffix("}\n")
            + ',"results":['
        )
        separator = "\n"
        for finding in report.findings:
            for result in _of_link(finding):
                yield separator + to_json_line(result).removesuffix("\n")
                separator = ",\n"
        for result in _of_pages(report):
            yield separator + to_json_line(result).removesuffix("\n")
            separator = ",\n"
        yield "\n]}]}\n"


def _run(report: Report) -> dict[str, Any]:
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Holdfast",
                "rules": [*map(_rule, Reason), _DRIFT_RULE, *_page_rules(report)],
            }
        },
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"holdfast/{quote(report.wiki, errors='replace')}/"},
    }
    if report.run:
        ended = {"endTimeUtc": format_utc(report.run.finished_at)} if report.run.finished_at else {}
        successful = report.run.outcome in {RunOutcome.FINISHED, RunOutcome.DEADLINE}
        run["invocations"] = [
            {
                "executionSuccessful": successful,
                "startTimeUtc": format_utc(report.run.started_at),
                **ended,
            }
        ]
    return run


def _rule(reason: Reason) -> dict[str, Any]:
    text = REASON_LABELS[reason]
    return {
        "id": reason,
        "name": reason.title().replace("-", ""),
        "shortDescription": {"text": text[0].upper() + text[1:]},
    }


_DRIFT_RULE = {
    "id": _NO_LONGER,
    "name": "NoLongerWhatWasCited",
    "shortDescription": {
        "text": "The page is alive, and most of the text that was cited is gone from it"
    },
}


def _of_link(finding: Finding) -> Iterator[dict[str, Any]]:
    """What a link needs, at each place that cites it."""
    link, state = finding.link, finding.link.tracked_state.state
    if link.tracked_state.reason and state in _LEVELS:
        what = "archive copy" if link.role is Role.MIRROR else "link"
        message = f"{what} {state}: {plain_url(link.url)}: {describe_finding(finding)}"
        baseline = {"baselineState": "new" if finding.new else "unchanged"}
        told: dict[str, Any] = {
            "state": state,
            "url": link.url,
            "best_mirror": finding.best_mirror and finding.best_mirror.url,
        }
        if finding.proposals:  # no `fixes`: those are edits a tool may make unasked
            told["perhaps_moved"] = proposal_objects(finding)
        for place in link.citations:
            yield {
                **_result(finding, link.tracked_state.reason, _LEVELS[state], message, place),
                **baseline,
                "properties": told,
            }
    if finding.drift:
        message = f"no longer what was cited: {plain_url(link.url)}: {describe_changed_content(finding.drift)}"
        told = {"state": state, "url": link.url, **changed_content_object(finding.drift)}
        for place in link.citations:
            yield {
                **_result(
                    finding, _NO_LONGER, "note" if finding.covered else "warning", message, place
                ),
                "properties": told,
            }


def _result(
    finding: Finding, rule: str, level: str, message: str, place: CitedPlace
) -> dict[str, Any]:
    link = finding.link
    identity = sha256(
        f"{place.page}\n{link.role}\n{link.url}".encode("utf-8", "replace")
    ).hexdigest()
    return {
        "ruleId": rule,
        "ruleIndex": _INDEX[rule],
        "level": level,
        "message": {"text": _message(message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(place.page),
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
        "partialFingerprints": {"link/v1": identity},
    }


def _page_rules(report: Report) -> Sequence[dict[str, Any]]:
    """The rules behind those of links: how internal links lead nowhere, and the warnings of this report."""
    codes = sorted({warning.code for warning in report.warnings})
    internal = [
        {"id": word, "shortDescription": {"text": f"Internal link: {text}"}}
        for word, text in INTERNAL_LINK_LABELS.items()
    ]
    return [*internal, *({"id": f"page/{code}"} for code in codes)]


def _of_pages(report: Report) -> Iterator[dict[str, Any]]:
    """What pages themselves need: internal links that lead nowhere, and warnings."""
    for link in report.internal_links:
        message = f"internal link leads nowhere: {plain(link.target)}: {INTERNAL_LINK_LABELS.get(link.broken, link.broken)}"
        yield _of_page(
            link.broken,
            "warning",
            message,
            link.page,
            {"startLine": link.line, "startColumn": link.column},
        )
    for warning in report.warnings:
        yield _of_page(
            f"page/{warning.code}",
            "note",
            plain(warning.message) or warning.code,
            warning.page,
            {"startLine": max(1, warning.line)},
        )


def _of_page(
    rule: str, level: str, message: str, page: str, region: dict[str, int]
) -> dict[str, Any]:
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _message(message)},
        "locations": [
            {"physicalLocation": {"artifactLocation": _artifact(page), "region": region}}
        ],
        "partialFingerprints": {
            "page/v1": sha256(f"{page}\n{rule}\n{message}".encode("utf-8", "replace")).hexdigest()
        },
    }


def _artifact(page: str) -> dict[str, str]:
    if is_address(page):
        return {"uri": quote(page, safe=":/?#[]@!$&'()*+,;=%~", errors="replace")}
    return {"uri": quote(page, safe="/", errors="replace"), "uriBaseId": "%SRCROOT%"}


def _message(text: str) -> str:
    r"""Write a plain text message: brackets and braces have a meaning there (3.11.5, 3.11.6).

    >>> _message("[a](1) {0}")
    '\\[a\\](1) {{0}}'
    """
    return re.sub(r"[\[\]\\]", r"\\\g<0>", text).replace("{", "{{").replace("}", "}}")
