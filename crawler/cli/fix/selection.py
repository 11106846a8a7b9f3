"""Turn the options of `holdfast fix` into a selection of citations and a policy.

The selection says which stored citations are read, the policy how each of them is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import Struct

from crawler.archives import service_trust
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.fix.copy_plans import services_to_leave
from crawler.cli.fix.fixable_citations import FixSelection
from crawler.config import LoadedConfig
from crawler.scan.generators.own_addresses import own_addresses
from reports.own_sites import OwnSites
from reports.patches import FixGoal, FixPolicy
from reports.patches.records import KINDS_FOR_COPIES
from store.vocabulary import CitationKind

# The values of --only, and the kinds of citations that they select.
CITATION_KINDS: Final[Mapping[str, CitationKind]] = {
    "footnotes": CitationKind.FOOTNOTE,
    "inline": CitationKind.INLINE,
    "references": CitationKind.REFERENCE,
    "autolinks": CitationKind.AUTOLINK,
    "bare": CitationKind.BARE,
    "html": CitationKind.HTML,
    "front-matter": CitationKind.FRONTMATTER,
}


class GoalOptions(Struct, frozen=True, kw_only=True):
    """The options of `holdfast fix` that set the goal of the patch, and limit it.

    Attributes:
        leave: The archives whose copies are to be replaced (--leave).
        add_copies: Whether copies are to be added.
        originals: Whether originals that are alive again replace their copies.
        robust_links: Whether HTML links are to be made Robust Links.
        suspects: Whether failing links are repaired before they are confirmed broken.
        second_mirrors: Whether copies on a second archive are added.
        only: The kinds of citations to which copies are added (--only); none for the default.
        since: The first access date of citations to which copies are added (--since), None for all
            of them.
        only_to_do: Whether only links on the to-do list are fixed (--to-do).
        with_acknowledged: Whether acknowledged links are fixed, too (--acknowledged).
    """

    leave: tuple[str, ...]
    add_copies: bool
    originals: bool
    robust_links: bool
    suspects: bool
    second_mirrors: bool
    only: tuple[str, ...]
    since: date | None
    only_to_do: bool
    with_acknowledged: bool


def fix_selection(loaded: LoadedConfig, options: GoalOptions) -> FixSelection:
    """Return which stored citations a patch is for.

    Raises:
        CommandFailed: The options contradict each other, or --leave names no known archive.
    """
    goals = {
        "--leave": bool(options.leave),
        "--add-copies": options.add_copies,
        "--originals": options.originals,
        "--robust-links": options.robust_links,
    }
    repairs = {
        "--suspects": options.suspects,
        "--second-mirrors": options.second_mirrors,
        "--to-do": options.only_to_do,
        "--acknowledged": options.with_acknowledged,
    }
    set_options = [name for name, is_set in (goals | repairs).items() if is_set]
    if len(set_options) > 1 and any(goals.values()):
        first, second = set_options[:2]
        raise CommandFailed(f"{first} and {second} are two patches: run one after the other")
    for name, is_set in (("--only", options.only), ("--since", options.since)):
        if is_set and not options.add_copies:
            raise CommandFailed(f"{name} chooses where copies are added: use it with --add-copies")
    if options.leave:
        return FixSelection(goal=FixGoal.LEAVE, leave=services_to_leave(loaded, options.leave))
    if options.add_copies:
        return FixSelection(goal=FixGoal.ADD_COPIES, since=options.since)
    if options.originals:
        return FixSelection(goal=FixGoal.ORIGINALS)
    if options.robust_links:
        return FixSelection(goal=FixGoal.ROBUST_LINKS)
    return FixSelection(only_to_do=options.only_to_do, with_acknowledged=options.with_acknowledged)


def fix_policy(
    loaded: LoadedConfig, selection: FixSelection, options: GoalOptions, *, front_matter: bool
) -> FixPolicy:
    """Return the policy of a patch: which of the selected citations are fixed, and how.

    Args:
        loaded: The configuration.
        selection: Which stored citations the patch is for.
        options: The options of the command.
        front_matter: Whether front matter that describes the page itself is changed, too.
    """
    return FixPolicy(
        goal=selection.goal,
        suspects=options.suspects,
        second_mirrors=options.second_mirrors,
        citing_keys=None if front_matter else loaded.config.fix.front_matter,
        distrusted=service_trust(loaded).distrusted,
        own_sites=OwnSites.of(own_addresses(loaded)),
        status_images=loaded.config.fix.status_images,
        kinds={CITATION_KINDS[word] for word in options.only} or KINDS_FOR_COPIES,
    )


def default_policy(loaded: LoadedConfig) -> FixPolicy:
    """Return the policy of `holdfast fix` without options."""
    options = GoalOptions(
        leave=(),
        add_copies=False,
        originals=False,
        robust_links=False,
        suspects=False,
        second_mirrors=False,
        only=(),
        since=None,
        only_to_do=False,
        with_acknowledged=False,
    )
    return fix_policy(loaded, FixSelection(), options, front_matter=False)
