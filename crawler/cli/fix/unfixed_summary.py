"""Describe why `holdfast fix` has nothing to fix: the number of citations, and why each stays.

The planner of a patch reads only citations that may need a fix. If it fixes none, all citations are
read here and counted by the reason for which they stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from crawler.cli.fix.copy_plans import copies_not_returned
from crawler.cli.fix.fixable_citations import FixSelection
from crawler.cli.terminal.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.http.urls import is_web_url
from crawler.jobs.configured_database import open_configured_database
from crawler.pages.fixes.edits import IS_ROBUST
from reports.patches import FixGoal, FixPolicy
from reports.patches.unfixed_citations import (
    COUNTED_ELSEWHERE,
    WORKS_WITHOUT_COPY,
    UnfixedCitation,
    reasons_no_copy_added,
    reasons_not_repaired,
)
from store.queries.links import link_findings
from store.vocabulary import Role

_NO_FILE = "its page is that of a published site, not a file"
_OTHER_KIND = "it gets no copy here: an image, front matter, a title with a copy, or see --only"
_NO_HTML_LINK = "it is no HTML link"
# What follows the word "citations" in the first line.
_NOUN_SUFFIXES: Mapping[FixGoal, str] = {
    FixGoal.REPAIR: "",
    FixGoal.LEAVE: " of copies there",
    FixGoal.ADD_COPIES: "",
    FixGoal.ORIGINALS: " of archive copies",
    FixGoal.ROBUST_LINKS: "",
}


def describe_unfixed(
    loaded: LoadedConfig,
    selection: FixSelection,
    policy: FixPolicy,
    pages: Collection[str] | None,
    left_by_planner: Mapping[str, int],
) -> list[str]:
    """Return lines that say why there is nothing to fix.

    Args:
        loaded: The configuration of the wiki.
        selection: Which citations the patch was for.
        policy: Which fixes are wanted.
        pages: Paths of the pages named by the user; None for all.
        left_by_planner: Numbers of citations that the planner considered and did not fix, by
            reason. The summary of `holdfast fix` lists most of these.
    """
    database = open_configured_database(loaded)
    try:
        with database.read() as connection:
            unfixed: Counter[str] = Counter()
            for place, reason in _unfixed(connection, loaded, selection, policy):
                if pages is None or place.page in pages:
                    unfixed[_NO_FILE if is_web_url(place.page) else reason] += 1
    finally:
        database.close()
    total = unfixed.total()
    total_by_planner = sum(left_by_planner.values())
    # `_unfixed` has one reason for all citations of a kind. Those that the planner considered are
    # subtracted from its number, because they have the planner's more exact reasons.
    if selection.goal is FixGoal.ADD_COPIES:
        # Of living citations without a copy, the planner considers only some kinds.
        unfixed[_OTHER_KIND] = unfixed.pop(WORKS_WITHOUT_COPY, 0) - total_by_planner
    elif selection.goal is FixGoal.ROBUST_LINKS:
        # Of the planner's reasons, this is the one that the summary does not list.
        unfixed[IS_ROBUST] = left_by_planner.get(IS_ROBUST, 0)
        unfixed[_NO_HTML_LINK] -= total_by_planner
    elif selection.goal is FixGoal.LEAVE:
        total = total_by_planner
    del unfixed[COUNTED_ELSEWHERE]  # the summary lists these, too
    what = f"{pluralize(total, 'citation')}{_NOUN_SUFFIXES[selection.goal]}"
    lines = [f"nothing to fix: {what} looked at"]
    for reason, number in sorted(unfixed.items(), key=lambda item: (-item[1], item[0])):
        if number > 0:
            lines.append(f"  {number:,} left: {reason}")
    return lines


def _unfixed(
    connection: Connection, loaded: LoadedConfig, selection: FixSelection, policy: FixPolicy
) -> Iterable[UnfixedCitation]:
    """Return the citations that a patch does not fix, with the reasons."""
    if selection.goal is FixGoal.LEAVE:
        return ()  # the plan names every citation that stays
    if selection.goal is FixGoal.ORIGINALS:
        return copies_not_returned(connection, loaded)
    links = link_findings(connection, wiki=loaded.config.wiki)
    if selection.goal is FixGoal.ADD_COPIES:
        return reasons_no_copy_added(links, selection.since)
    if selection.goal is FixGoal.ROBUST_LINKS:
        found = (link for link in links if link.role is Role.LINK)
        return ((place, _NO_HTML_LINK) for link in found for place in link.citations)
    return reasons_not_repaired(links, policy)
