"""Understand which patch `holdfast fix` is to make: what it is for, and of which citations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix_wiki import FixRequest
from crawler.cli.leaving import services_to_leave
from crawler.config import LoadedConfig
from reports.patches import FixGoal
from store.vocabulary import CitationKind

# The values of --only, and the kinds of citations that they stand for.
CITATION_KINDS: Final[Mapping[str, CitationKind]] = {
    "footnotes": CitationKind.FOOTNOTE,
    "inline": CitationKind.INLINE,
    "references": CitationKind.REFERENCE,
    "autolinks": CitationKind.AUTOLINK,
    "bare": CitationKind.BARE,
    "html": CitationKind.HTML,
    "front-matter": CitationKind.FRONTMATTER,
}


def fix_request(
    loaded: LoadedConfig,
    *,
    leave: Sequence[str],
    add_copies: bool,
    robust_links: bool,
    since: date | None,
    options: Mapping[str, bool],
) -> FixRequest:
    """Return what a patch is for.

    Args:
        loaded: The configuration.
        leave: The values of --leave.
        add_copies: Whether copies are to be added.
        robust_links: Whether HTML links are to be made Robust Links.
        since: The value of --since.
        options: Whether each option that belongs to one goal is set: --suspects and
            --second-mirrors to the repair of broken citations, --only and --since to added copies.

    Raises:
        CommandFailed: The options contradict each other, or no archive has a name.
    """
    goals = {"--leave": bool(leave), "--add-copies": add_copies, "--robust-links": robust_links}
    wanted = [name for name, is_set in goals.items() if is_set]
    belongs = {"--only": "--add-copies", "--since": "--add-copies"}
    for name, is_set in options.items():
        if is_set and name not in belongs:
            wanted.append(name)
        elif is_set and belongs[name] not in wanted:
            raise CommandFailed(f"{name} chooses where copies are added: use it with --add-copies")
    if len(wanted) > 1 and any(goals.values()):
        first, second = wanted[:2]
        raise CommandFailed(f"{first} and {second} are two patches: run one after the other")
    if leave:
        return FixRequest(goal=FixGoal.LEAVE, leave=services_to_leave(loaded, leave))
    if add_copies:
        return FixRequest(goal=FixGoal.ADD_COPIES, since=since)
    return FixRequest(goal=FixGoal.ROBUST_LINKS) if robust_links else FixRequest()
