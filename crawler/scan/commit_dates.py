"""Store the commit dates of citations for which the page itself gives no date."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from crawler.config import LoadedConfig
from crawler.git import dates_added
from crawler.jobs.job import Job
from crawler.scan.page_source import PageSource
from store.work.added_dates import set_added_dates, undated_citations


def store_commit_dates(
    job: Job, wiki: LoadedConfig, pages: Sequence[PageSource], *, since: datetime | None
) -> None:
    """Store the commit date of each new citation for which its page gives no date.

    Args:
        job: The running job.
        wiki: The configuration of the wiki.
        pages: The wiki's pages.
        since: Older commits are not read; None reads all.
    """
    undated = job.read_blocking(undated_citations, wiki.config.wiki, job.run_id)
    files = _real_paths(page.file for page in pages if page.file) if undated else ()
    if not files:
        return
    folder = Path(os.path.commonpath([file.parent for file in files]))
    suffixes = {file.suffix for file in files}
    day_by_url = dates_added(folder, undated, suffixes, since=since.date() if since else None)
    days = {citation_id: day for url, day in day_by_url.items() for citation_id in undated[url]}

    job.write_blocking(set_added_dates, days)


def _real_paths(files: Iterable[Path]) -> Sequence[Path]:
    """Return the paths of files without symbolic links. Each folder is resolved once."""
    folders: dict[Path, Path] = {}
    real = []
    for file in files:
        if file.is_symlink():
            real.append(file.resolve())
            continue
        if file.parent not in folders:
            folders[file.parent] = file.parent.resolve()
        real.append(folders[file.parent] / file.name)
    return real
