"""Limit a job to the links of its targets."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.targets import Target
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.jobs.job import Job
from store.work.scope import EVERYTHING, Scope
from store.work.stored_pages import page_ids

_MAX_PAGES = 10_000  # ids in one database query


def apply_scope(
    job: Job, targets: Sequence[Target], names: Sequence[str], terminal: TerminalOutput
) -> None:
    """Limit a job to its targets.

    Args:
        job: The job; its scope is set.
        targets: The wikis or changed pages to work on.
        names: Names of the wikis given on the command line; empty for all.
        terminal: Where to show how many pages changed.

    Raises:
        CommandFailed: More pages changed than one query can name.
    """
    if all(target.pages is None for target in targets):
        job.scope = Scope(wikis=tuple(names)) if names else EVERYTHING
        return
    ids: list[int] = []
    for target in targets:
        ids += job.read_blocking(page_ids, target.name, target.pages or ()).values()
    if len(ids) > _MAX_PAGES:
        raise CommandFailed(
            f"{len(ids):,} pages changed, the limit is {_MAX_PAGES}: run without --changed-since"
        )
    terminal.note(f"{pluralize(len(ids), 'page')} changed")
    job.scope = Scope(page_ids=tuple(ids))
