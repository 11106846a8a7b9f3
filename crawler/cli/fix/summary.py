"""Count what `holdfast fix` did with the citations of a wiki, and print a summary."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.cli.fix.copy_plans import describe_progress
from crawler.cli.fix.fixable_citations import StoredCitations
from crawler.cli.terminal.console import TerminalOutput
from crawler.cli.terminal.text_format import pluralize
from crawler.pages.fixes.edits import IS_ROBUST
from reports.patches import NO_MIRROR, FixCause, FixGoal, FixOptions
from reports.wording.sanitize import plain

# The noun for citations that need a copy in messages, by the goal of the patch.
_NEEDS_COPY = {
    FixGoal.REPAIR: "broken citation",
    FixGoal.LEAVE: "living citation",
    FixGoal.ADD_COPIES: "living citation",
    FixGoal.ORIGINALS: "living citation",
    FixGoal.ROBUST_LINKS: "HTML link",
}
_MAX_SHOWN_PLACES = 3  # in one message


@dataclass(slots=True)
class FixCounts:
    """Counts of what was fixed on the pages of a wiki, and of what was left.

    Attributes:
        causes: Number of fixes by cause.
        pages: Number of pages with fixes.
        originals: The URLs of the fixed links; of a fixed archive copy, that of its original.
        fixed_to_do: URLs of the links and copies on the to-do list that are fixed somewhere.
        not_on_to_do: Number of fixed citations that are not on the to-do list.
        without_mirror: Number of citations without a verified archive copy.
        to_fix_by_hand: Number of citations that only a person can fix.
        robust_links: Number of HTML links that are Robust Links already.
        declined: Number of fixes that the user declined.
        kept: Number of citations that keep a copy at an archive to leave, by reason.
        places_by_message: Places ("page:line") of citations that are not fixed, by the message that
            they share.
        changed_pages: Paths of the pages that changed since they were scanned.
        failed_pages: Number of pages that could not be read or written.
        has_reached_limit: Whether pages were left because enough citations are fixed.
    """

    causes: Counter[FixCause] = field(default_factory=Counter)
    pages: int = 0
    originals: set[str] = field(default_factory=set)
    fixed_to_do: set[str] = field(default_factory=set)
    not_on_to_do: int = 0
    without_mirror: int = 0
    to_fix_by_hand: int = 0
    robust_links: int = 0
    declined: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    places_by_message: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    changed_pages: list[str] = field(default_factory=list)
    failed_pages: int = 0
    has_reached_limit: bool = False

    @property
    def citations(self) -> int:
        """Number of citations fixed."""
        return self.causes.total()

    def left_by_planner(self) -> Mapping[str, int]:
        """Return the numbers of citations that are not fixed, by reason."""
        return {
            **self.kept,
            NO_MIRROR: self.without_mirror,
            IS_ROBUST: self.robust_links,
            "to fix by hand": self.to_fix_by_hand,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSummary:
    """The messages at the end of `holdfast fix` about one wiki.

    Attributes:
        terminal: Where messages go.
        counts: What was fixed and left.
        stored: What the store knows about the pages.
        options: Which citations to fix, and how to write archive links.
        is_written: Whether pages were changed; else the patch was printed.
    """

    terminal: TerminalOutput
    counts: FixCounts
    stored: StoredCitations
    options: FixOptions
    is_written: bool

    def show(self, why_nothing: Callable[[Mapping[str, int]], Sequence[str]]) -> None:
        """Print the warnings that pages or citations share, what was fixed, and what was left.

        Args:
            why_nothing: Returns lines that say why there is nothing to fix, given the result of
                `FixCounts.left_by_planner`.
        """
        note = self.terminal.note
        self._show_changed_pages()
        self._show_shared_messages()
        if self.counts.citations:
            note(self._fixed_line())
            if self.options.policy.goal is FixGoal.REPAIR:
                note(self._to_do_line())
        elif reason := self._reason_to_run_again():
            note(f"nothing was fixed: {reason}")
        else:
            for line in why_nothing(self.counts.left_by_planner()):
                note(line)
        self._show_left()

    def _show_changed_pages(self) -> None:
        """Print one warning for all pages that changed since they were scanned."""
        changed = self.counts.changed_pages
        if changed:
            pages = pluralize(len(changed), "page")
            self.terminal.warn(
                f"{pages} skipped, changed since the last scan: run holdfast scan "
                f"({_list_places(changed)})"
            )

    def _show_shared_messages(self) -> None:
        """Print one warning for each message that citations share."""
        for message, places in self.counts.places_by_message.items():
            if len(places) == 1:
                self.terminal.warn(f"{plain(places[0])}: {message}")
                continue
            number = pluralize(len(places), "citation")
            self.terminal.warn(f"{number} {message} ({_list_places(places)})")

    def _fixed_line(self) -> str:
        """Return how many citations are fixed, on how many pages, by cause, in which style."""
        counts = self.counts
        by_cause = ", ".join(
            f"{count:,} {cause.value}" for cause, count in counts.causes.most_common()
        )
        links = pluralize(len(counts.originals), "link")
        citations = f"{pluralize(counts.citations, 'citation')} of {links}"
        action = "fixed" if self.is_written else "to fix"
        pages = pluralize(counts.pages, "page")
        return f"{citations} {action} on {pages} ({by_cause}); style: {self.options.style.value}"

    def _to_do_line(self) -> str:
        """Return how much of the report's to-do list is fixed, and how many other citations."""
        fixed, total = len(self.counts.fixed_to_do), len(self.stored.to_do)
        action = "fixed" if self.is_written else "can be fixed"
        text = f"to-do list of the report: {fixed:,} of {total:,} {action}"
        if self.counts.not_on_to_do:
            others = pluralize(self.counts.not_on_to_do, "other citation")
            text += f"; {others}, which --to-do leaves alone"
        return text

    def _reason_to_run_again(self) -> str:
        """Return why there may be something to fix although nothing was; "" if there is not."""
        if self.counts.has_reached_limit:
            return "--max is reached"
        if self.counts.declined:
            return f"{pluralize(self.counts.declined, 'citation')} declined"
        if self.counts.failed_pages or self.counts.changed_pages:
            return "pages were left, see the warnings above"
        return ""

    def _show_left(self) -> None:
        """Print how many citations stay as they are, and what helps."""
        note = self.terminal.note
        for progress in self.stored.leave_progress:
            note(describe_progress(progress))
        for reason, number in self.counts.kept.most_common():
            note(f"  {number:,} kept: {reason}")
        if self.counts.without_mirror:
            noun = _NEEDS_COPY[self.options.policy.goal]
            note(
                f"{pluralize(self.counts.without_mirror, noun)} without a verified archive copy: "
                "none found yet; holdfast run and holdfast archive look for one"
            )
        if self.stored.acknowledged:
            count = pluralize(self.stored.acknowledged, "acknowledged citation")
            note(f"{count} left alone: use --acknowledged to fix them too")
        if self.counts.to_fix_by_hand:
            count = pluralize(self.counts.to_fix_by_hand, "citation")
            note(f"{count} to fix by hand: see the warnings above")


def _list_places(places: Sequence[str]) -> str:
    """Return a list of the first pages or places, and the number of the others."""
    shown = ", ".join(map(plain, places[:_MAX_SHOWN_PLACES]))
    more = len(places) - _MAX_SHOWN_PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown
