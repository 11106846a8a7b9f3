"""The records of patches. All offsets are bytes of the page's text in UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from msgspec import Struct, field

from reports.own_sites import OwnSites
from store.vocabulary import Citation, CitationKind, Page, State
from store.vocabulary.citing_keys import CITING_KEYS
from store.vocabulary.fixes import CitationFix, FixCause, FixWriter, TextEdit

# Not images, which are embedded in the page, and not front matter, whose keys hold one URL each.
KINDS_FOR_COPIES: Final = frozenset(CitationKind) - {CitationKind.IMAGE, CitationKind.FRONTMATTER}


class FixGoal(StrEnum):
    """The purpose of a patch. A patch has one goal, so that it can be reviewed as a whole."""

    REPAIR = "repair"  # fix links and copies that no longer work
    LEAVE = "leave"  # replace copies on archives that are to be left
    ADD_COPIES = "add-copies"  # add copies to living links without one
    ORIGINALS = "originals"  # cite originals that are alive again in place of their copies
    ROBUST_LINKS = "robust-links"  # add attributes for copy and original to HTML links


class FixPolicy(Struct, frozen=True, kw_only=True):
    """The fixes that the user wants besides those that are certain.

    Attributes:
        goal: What the patch is for.
        suspects: Fix failing links before they are confirmed broken.
        second_mirrors: Add a mirror on another service beside a single cited one.
        citing_keys: The keys of front matter that cite sources. None: any key is fixed, also those
            that describe the page itself.
        distrusted: Services whose copies are the last choice.
        own_sites: The sites of the wiki itself, whose pages get no copy when they fail.
        kinds: The kinds of citations to which copies are added.
        status_images: Patterns of further images that no copy can replace, as they show a state.
    """

    goal: FixGoal = FixGoal.REPAIR
    suspects: bool = False
    second_mirrors: bool = False
    citing_keys: Collection[str] | None = CITING_KEYS
    distrusted: Collection[str] = frozenset()
    own_sites: OwnSites = field(default_factory=OwnSites)
    kinds: Collection[CitationKind] = KINDS_FOR_COPIES
    status_images: Collection[str] = ()

    def repairs(self, state: State) -> bool:
        """Return whether links and mirrors in a state are repaired as failing ones."""
        return state is State.BROKEN or (self.suspects and state is State.SUSPECT)


class SkippedFix(Struct, frozen=True, kw_only=True):
    """A citation that needs a fix and gets none.

    Attributes:
        citation: The citation.
        cause: Why it needs one.
        reason: Why it gets none, in words for the user.
    """

    citation: Citation
    cause: FixCause
    reason: str


class PagePatch(Struct, frozen=True, kw_only=True):
    """The fixes of one page.

    Attributes:
        page: The page as read.
        before: Its bytes.
        after: Its bytes with all fixes.
        fixes: The fixes, in page order.
        skipped: The citations that need a fix and get none.
    """

    page: Page
    before: bytes
    after: bytes
    fixes: tuple[CitationFix, ...] = ()
    skipped: tuple[SkippedFix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTools:
    """The functions that write and verify edits; this package may not import them.

    Attributes:
        read_page: Reads the bytes of a page as a scan does, given its path. Raises ValueError if
            they cannot be read, TimeoutError if that takes too long.
        fix_writer: Returns the writer of fixes for a page's format, given the page's text in UTF-8,
            the page as read, and the text of an archive link.
        same_address: Returns whether two URLs identify the same link.
    """

    read_page: Callable[[bytes, str], Page]
    fix_writer: Callable[[bytes, Page, str], FixWriter]
    same_address: Callable[[str, str], bool]


def collect_edits(fixes: Sequence[CitationFix]) -> Sequence[TextEdit]:
    """Return the edits of all fixes: the first edit of each fix, then the second of each, etc.

    So at the very end of a page, all footnote marks come before the footnotes that are added there.
    An edit that several fixes share is returned once.
    """
    rounds = zip_longest(*(fix.edits for fix in fixes))
    shared = {fix.shared.edit for fix in fixes if fix.shared}
    edits: list[TextEdit] = []
    for edit in (edit for one_round in rounds for edit in one_round if edit):
        if edit not in shared or edit not in edits:
            edits.append(edit)
    return edits
