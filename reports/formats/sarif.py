"""SARIF 2.1.0 for code scanning: one result per citation of a problem, one rule per reason.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import quote

from reports.findings.descriptions import describe_changed_content, describe_finding, format_utc
from reports.findings.sections import sections_of
from reports.formats.interface import Format
from reports.formats.json_text import to_json_line
from reports.formats.jsonl import changed_content_object, proposal_objects
from reports.model import Finding, Report, Section
from reports.places import distinct_places
from reports.source_links import is_address, path_in_repository
from reports.wording.explanation_text import explanation_url
from reports.wording.labels import INTERNAL_LINK_LABELS, REASON_LABELS, internal_link_reason
from reports.wording.sanitize import plain, plain_url
from store.queries.link_records import CitedPlace
from store.vocabulary import Reason, Role, State
from store.work.runs import RunOutcome

_LEVELS: Mapping[State, str] = {
    State.BROKEN: "error",
    State.SUSPECT: "warning",
    State.MOVED: "note",
    State.BLOCKED: "note",
}
_SUCCESSFUL = {RunOutcome.FINISHED, RunOutcome.DEADLINE, RunOutcome.PARTIAL}
# The only rule about links that is not the reason of a verdict: a page whose content changed is
# alive.
_CONTENT_CHANGED = Section.CONTENT_CHANGED.value
_CONTENT_CHANGED_RULE = {
    "id": _CONTENT_CHANGED,
    "name": "ContentChanged",
    "shortDescription": {
        "text": "Content changed: most of the cited text is no longer on the page"
    },
}
# Reasons of links that work or were skipped. They have no results, so they need no rules.
_REASONS_WITHOUT_RESULTS = frozenset(
    {
        Reason.OK,
        Reason.CANONICALISED,
        Reason.REDIRECTED_TEMPORARILY,
        Reason.EXCLUDED,
        Reason.UNSAFE_ADDRESS,
        Reason.UNSUPPORTED_SCHEME,
        Reason.INVALID_URL,
        Reason.ROBOTS,
        Reason.CAPTURE_REQUEST,
    }
)
_RULE_REASONS = tuple(reason for reason in Reason if reason not in _REASONS_WITHOUT_RESULTS)
_RULE_INDEX: Mapping[str, int] = {
    rule: index for index, rule in enumerate((*_RULE_REASONS, _CONTENT_CHANGED))
}


class Sarif(Format):
    """A SARIF log. Links that work, and those that could not be checked, have no results."""

    suffix: ClassVar[str] = ".sarif"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the log, each result on a line of its own."""
        head = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
        yield to_json_line(head).removesuffix("}\n") + ',"runs":['
        yield to_json_line(_run(report)).removesuffix("}\n") + ',"results":['
        separator = "\n"
        for result in _results(report):
            yield separator + to_json_line(result).removesuffix("\n")
            separator = ",\n"
        yield "\n]}]}\n"


def _results(report: Report) -> Iterator[dict[str, Any]]:
    for finding in report.findings:
        yield from _state_results(finding, report.repository_folder)
        yield from _content_changed_results(finding, report.repository_folder)
    yield from _page_results(report)


def _run(report: Report) -> dict[str, Any]:
    rules = [*map(_reason_rule, _RULE_REASONS), _CONTENT_CHANGED_RULE, *_page_rules(report)]
    rules = [_with_help_uri(rule, report.docs_url) for rule in rules]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Holdfast", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"holdfast/{quote(report.wiki, errors='replace')}/"},
    }
    if report.run:
        successful = report.run.outcome in _SUCCESSFUL
        invocation = {
            "executionSuccessful": successful,
            "startTimeUtc": format_utc(report.run.started_at),
        }
        if report.run.finished_at:
            invocation["endTimeUtc"] = format_utc(report.run.finished_at)
        run["invocations"] = [invocation]
    return run


def _reason_rule(reason: Reason) -> dict[str, Any]:
    text = REASON_LABELS[reason]
    return {
        "id": reason,
        "name": reason.title().replace("-", ""),
        "shortDescription": {"text": text[0].upper() + text[1:]},
        "help": {"text": f"Run `holdfast explain {reason}` for what this means and what to do."},
    }


def _with_help_uri(rule: Mapping[str, Any], docs_url: str) -> dict[str, Any]:
    """Return a rule with the address that explains it, if the documentation has one."""
    url = explanation_url(docs_url, rule["id"])
    return {**rule, "helpUri": url} if url else dict(rule)


def _page_rules(report: Report) -> Sequence[dict[str, Any]]:
    """Return the rules about pages: broken internal links, and the warnings of this report."""
    internal = [
        {"id": word, "shortDescription": {"text": f"Broken internal link: {text}"}}
        for word, text in INTERNAL_LINK_LABELS.items()
    ]
    codes = sorted({warning.code for warning in report.warnings})
    return [*internal, *({"id": f"page/{code}"} for code in codes)]


def _state_results(finding: Finding, folder: str) -> Iterator[dict[str, Any]]:
    """Yield a result for each citation of a link that fails, moved or is blocked."""
    link, tracked = finding.link, finding.link.tracked_state
    if (
        tracked.reason is None
        or tracked.state not in _LEVELS
        or tracked.reason in _REASONS_WITHOUT_RESULTS
    ):
        return
    noun = "archive copy" if link.role is Role.MIRROR else "link"
    message = f"{noun} {tracked.state}: {plain_url(link.url)}: {describe_finding(finding)}"
    sections = set(sections_of(finding))
    needs_no_action = bool(sections & {Section.COVERED, Section.ACKNOWLEDGED})
    level = "note" if needs_no_action else _LEVELS[tracked.state]
    suppressions = _suppressions(finding) if Section.ACKNOWLEDGED in sections else {}
    properties: dict[str, Any] = {
        "state": tracked.state,
        "url": link.url,
        "best_mirror": finding.replacement_url,
    }
    if finding.proposals:
        # Not as SARIF `fixes`: tools may apply those without asking.
        properties["possibly_moved"] = proposal_objects(finding)
    for place in distinct_places(link.citations):
        yield {
            **_result(finding, tracked.reason, level, message, place=place, folder=folder),
            **suppressions,
            "baselineState": "new" if finding.new else "unchanged",
            "properties": properties,
        }


def _suppressions(finding: Finding) -> dict[str, Any]:
    """Return the property that marks a result as acknowledged (SARIF 3.27.23, 3.35)."""
    acknowledgement = finding.acknowledgement
    if acknowledgement is None:
        return {}
    suppression = {"kind": "external", "status": "accepted"}
    if acknowledgement.note:
        suppression["justification"] = plain(acknowledgement.note)
    return {"suppressions": [suppression]}


def _content_changed_results(finding: Finding, folder: str) -> Iterator[dict[str, Any]]:
    """Yield a result for each citation of a page whose content changed."""
    link, drift = finding.link, finding.drift
    if drift is None:
        return
    level = "note" if finding.covered else "warning"
    message = f"content changed: {plain_url(link.url)}: {describe_changed_content(drift)}"
    properties = {
        "state": link.tracked_state.state,
        "url": link.url,
        **changed_content_object(drift),
    }
    for place in distinct_places(link.citations):
        result = _result(finding, _CONTENT_CHANGED, level, message, place=place, folder=folder)
        yield {**result, "properties": properties}


def _result(
    finding: Finding, rule: str, level: str, message: str, *, place: CitedPlace, folder: str
) -> dict[str, Any]:
    link = finding.link
    region = {"startLine": place.line, "startColumn": place.column}
    return {
        "ruleId": rule,
        "ruleIndex": _RULE_INDEX[rule],
        "level": level,
        "message": {"text": _message(message)},
        "locations": [_location(folder, place.page, region)],
        "partialFingerprints": {"link/v1": _sha256(f"{place.page}\n{link.role}\n{link.url}")},
    }


def _page_results(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the results about pages: broken internal links and warnings."""
    folder = report.repository_folder
    for link in report.internal_links:
        reason = internal_link_reason(link.broken, link.target)
        message = f"broken internal link: {plain(link.target)}: {reason}"
        region = {"startLine": link.line, "startColumn": link.column}
        location = _location(folder, link.page, region)
        yield _page_result(link.broken, "warning", message, link.page, location)
    for warning in report.warnings:
        message = plain(warning.message) or warning.code
        region = {"startLine": max(1, warning.line)}
        location = _location(folder, warning.page, region)
        yield _page_result(f"page/{warning.code}", "note", message, warning.page, location)


def _page_result(
    rule: str, level: str, message: str, page: str, location: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _message(message)},
        "locations": [location],
        "partialFingerprints": {"page/v1": _sha256(f"{page}\n{rule}\n{message}")},
    }


def _location(folder: str, page: str, region: dict[str, int]) -> dict[str, Any]:
    """Return the location of a result.

    Args:
        folder: The folder of the wiki in its repository.
        page: The path of the page in the wiki, or the address of a published one.
        region: The line and column, counted from 1.
    """
    if is_address(page):
        artifact = {"uri": quote(page, safe=":/?#[]@!$&'()*+,;=%~", errors="replace")}
    else:
        path = path_in_repository(folder, page)
        artifact = {"uri": quote(path, safe="/", errors="replace"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _sha256(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _message(text: str) -> str:
    r"""Return a text as a plain text message, with brackets and braces escaped.

    Unescaped, braces are placeholders (SARIF 3.11.5) and brackets are links (3.11.6).

    >>> _message("[a](1) {0}")
    '\\[a\\](1) {{0}}'
    """
    return re.sub(r"[\[\]\\]", r"\\\g<0>", text).replace("{", "{{").replace("}", "}}")
