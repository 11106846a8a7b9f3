"""The first step of a job: pages into the store."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.screen import Screen
from crawler.cli.sources import find_sources, show_warning
from crawler.job import Job
from crawler.pages.sources import PageSource
from crawler.recording import ScanResult, record_scan

_SHOWN = 10


def scan(job: Job, pages: Sequence[str], screen: Screen) -> ScanResult:
    """Read the pages that changed; keep their citations."""
    sources = find_sources(job.loaded, pages)
    with screen.progress("reading pages", sum(isinstance(source, PageSource) for source in sources)) as advance:
        result = record_scan(job, sources, whole=not pages, on_page=advance)
    shown = result.warnings if screen.verbose else result.warnings[:_SHOWN]
    for warning in shown:
        show_warning(screen, warning)
    if len(shown) < len(result.warnings):
        screen.warn(f"{len(result.warnings) - len(shown)} more warnings about pages; -v shows them, and so does the report")
    return result
