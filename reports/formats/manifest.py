"""A manifest for site generators: the archive copy of each cited URL, and whether to use it now.

`schemas/manifest-1.json` specifies it. A change that breaks readers needs the next schema number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urldefrag

from reports.findings.descriptions import format_utc
from reports.formats.interface import Format
from reports.model import Finding, Report
from store.vocabulary import Role, State
from store.vocabulary.log_lines import escape_commands

SCHEMA = 1


class Manifest(Format):
    """One JSON document that maps cited URLs to archive copies."""

    suffix: ClassVar[str] = ".manifest.json"

    def render(self, report: Report) -> Iterator[str]:
        """Yield the document, one line for each URL that has a verified copy."""
        head = {
            "schema": SCHEMA,
            "wiki": report.wiki,
            "generated_at": format_utc(report.generated_at),
        }
        fields = "".join(f'  "{key}": {_to_json(value)},\n' for key, value in head.items())
        yield f'{{\n{fields}  "links": {{'
        separator = "\n"
        for url, entry in _entries(report):
            yield f"{separator}    {_to_json(url)}: {_to_json(entry)}"
            separator = ",\n"
        yield "\n  }\n}\n"


def _to_json(value: Any) -> str:
    return escape_commands(json.dumps(value), r"\u005b")


def _entries(report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each cited URL that has a verified copy, with its entry.

    URLs are as pages write them, without fragments, each once.
    """
    seen = set[str]()
    for finding in report.findings:
        if finding.best_mirror is None:
            continue
        for url in _cited_urls(finding):
            if url not in seen:
                seen.add(url)
                yield url, _entry(finding)


def _cited_urls(finding: Finding) -> Iterator[str]:
    """Yield the URLs of a finding's citations.

    The citations of a link's copies are left out, as each cited copy has its own finding.
    """
    is_mirror = finding.link.role is Role.MIRROR
    for place in finding.link.citations:
        if is_mirror or place.mirror_id is None:
            yield urldefrag(place.url).url


def _entry(finding: Finding) -> dict[str, Any]:
    link, tracked, copy = finding.link, finding.link.tracked_state, finding.best_mirror
    assert copy is not None  # noqa: S101  `_entries` leaves out the others
    return {
        "use": "copy" if tracked.state is State.BROKEN else "original",
        "original": urldefrag(link.original or link.url).url,
        "state": tracked.state,
        "since": format_utc(tracked.state_since),
        "copy": finding.replacement_url,
        "captured_at": format_utc(copy.captured_at),
        "verified_at": format_utc(copy.last_alive_at),
        "service": copy.service,
    }
