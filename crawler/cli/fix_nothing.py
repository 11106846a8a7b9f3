"""Describe why `holdfast fix` has nothing to fix: the number of citations, and why each stays.

The patch itself reads only what may need a fix. What is counted here is read when there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from crawler.cli.fix_store import FixSelection
from crawler.cli.leaving import copies_not_returned
from crawler.cli.text_format import pluralize
from crawler.config import LoadedConfig
from crawler.http.urls import is_external
from crawler.pages.fix_edits import IS_ROBUST
from reports.patches import FixGoal, FixPolicy
from reports.patches.unfixed_citations import (
    COUNTED_ELSEWHERE,
    WORKS_WITHOUT_COPY,
    UnfixedCitation,
    unfixed_by_repairs,
    without_added_copy,
)
from store.queries.links import link_findings
from store.schema.engine import open_database
from store.vocabulary import Role

_NO_FILE = "its page is that of a published site, not a file"
_OTHER_KIND = "it gets no copy here: an image, front matter, a title with a copy, or see --only"
_NO_HTML_LINK = "it is no HTML link"
_LOOKED_AT: Mapping[FixGoal, str] = {
    FixGoal.REPAIR: "",
    FixGoal.LEAVE: " of copies there",
    FixGoal.ADD_COPIES: "",
    FixGoal.ORIGINALS: " of archive copies",
    FixGoal.ROBUST_LINKS: "",
}


def nothing_to_fix(
    loaded: LoadedConfig,
    selection: FixSelection,
    policy: FixPolicy,
    pages: Collection[str] | None,
    counted: Mapping[str, int],
) -> list[str]:
    """Return lines that say why there is nothing to fix.

    Args:
        loaded: The configuration of the wiki.
        selection: Which citations the patch was for.
        policy: Which fixes are wanted.
        pages: Paths of the pages named by the user; None for all.
        counted: Numbers of citations that the planner considered and did not fix, by reason.
    """
    database = open_database(loaded.database_url)
    try:
        with database.read() as connection:
            unfixed: Counter[str] = Counter()
            for place, reason in _unfixed(connection, loaded, selection, policy):
                if pages is None or place.page in pages:
                    unfixed[_NO_FILE if is_external(place.page) else reason] += 1
    finally:
        database.close()
    looked_at = unfixed.total()
    # `_unfixed` gives one reason for citations that the planner left for several. Those are
    # subtracted from its number, because the summary lists them with the planner's reasons.
    if selection.goal is FixGoal.ADD_COPIES:
        # Of living citations without a copy, the planner considers only some kinds.
        unfixed[_OTHER_KIND] = unfixed.pop(WORKS_WITHOUT_COPY, 0) - sum(counted.values())
    elif selection.goal is FixGoal.ROBUST_LINKS:
        # Of the planner's reasons, this is the one that the summary does not list.
        unfixed[IS_ROBUST] = counted.get(IS_ROBUST, 0)
        unfixed[_NO_HTML_LINK] -= sum(counted.values())
    elif selection.goal is FixGoal.LEAVE:
        looked_at = sum(counted.values())
    del unfixed[COUNTED_ELSEWHERE]  # the summary lists these, too
    what = f"{pluralize(looked_at, 'citation')}{_LOOKED_AT[selection.goal]}"
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
        return without_added_copy(links, selection.since)
    if selection.goal is FixGoal.ROBUST_LINKS:
        found = (link for link in links if link.role is Role.LINK)
        return ((place, _NO_HTML_LINK) for link in found for place in link.citations)
    return unfixed_by_repairs(links, policy)
